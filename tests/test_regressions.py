# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Short histories that went wrong once."
import pytest

from trytond.modules.synchronisation.errors import HubUnreachableError

from .local import Wire
from .memory.scene import Scene

P = 'test_synchronisation.'


class Deaf(Wire):
    "A line over which no answer comes."

    def call(self, method, text):
        super().call(method, text)
        raise HubUnreachableError("the answer was lost")


def push_in_vain(net, clinic):
    with pytest.raises(HubUnreachableError):
        clinic.satellite(
            transport=lambda settings: Deaf(net, settings)).push_all()


def test_deletion_of_parent_and_edit_of_child(local):
    "Test that an edit of a child survives the deletion of its parent"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann", lines=[
            ('create', [{'name': "one"}])])
    clinic.synchronise()
    child, = clinic.find(P + 'child')
    clinic.write(P + 'child', child, name="two")
    net.hub.delete(P + 'parent', net.hub.find(P + 'parent')[0])
    clinic.satellite().pull_all()
    assert clinic.values(P + 'child', 'name') == [("two",)]
    net.level()
    assert net.hub.values(P + 'child', 'name') == [("two",)]
    assert net.hub.values(P + 'parent', 'name') == [("Ann",)]
    assert clinic.satellite().status()['quarantined'] == 0


def test_deletion_of_child_then_parent(local):
    "Test that records deleted one after the other are all deleted"
    net = local(1)
    clinic, = net.satellites
    parent = clinic.create(P + 'parent', name="Ann", lines=[
            ('create', [{'name': "one"}])])
    other = clinic.create(P + 'parent', name="Bob")
    clinic.synchronise()
    clinic.delete(P + 'parent', other)
    clinic.delete(P + 'child', clinic.find(P + 'child')[0])
    clinic.delete(P + 'parent', parent)
    clinic.synchronise()
    assert not net.hub.find(P + 'parent') + net.hub.find(P + 'child')
    assert not clinic.find(P + 'parent')


def test_deletion_of_what_was_sent_and_edited(local):
    "Test that a record of which the hub did not answer keeps its edits"
    net = local(1)
    clinic, = net.satellites
    node = clinic.create(P + 'node', name="one")
    push_in_vain(net, clinic)
    clinic.write(P + 'node', node, name="two")
    net.hub.delete(P + 'node', net.hub.find(P + 'node')[0])
    clinic.satellite().pull_all()
    assert clinic.values(P + 'node', 'name') == [("two",)]
    net.level()
    assert net.hub.values(P + 'node', 'name') == [("two",)]


def test_edit_of_an_offer_not_taken(local):
    "Test that who edits a row of a module learns the edits before"
    net = local(2)
    one, two = net.satellites
    milk, = two.find(P + 'translated', ('code', '=', 'MILK'))
    for node, name in [(one, 'name'), (two, 'description')]:
        # Others may not edit what a module loads
        with node.transaction(user=0):
            Model = node.pool.get(P + 'translated')
            Model.write([Model(milk)], {name: name})
    one.satellite().push_all()
    two.satellite().pull_all()
    net.level()
    assert two.read(P + 'translated', milk, 'name', 'description') == (
        'name', 'description')


def test_field_named_as_a_method(local):
    "Test that a column may have the name of a method of a table"
    net = local(1)
    clinic, = net.satellites
    master = net.hub.create(P + 'mode_update', code='A')
    net.hub.create(P + 'mode_default', code='B', update=master)
    clinic.synchronise()
    clinic.satellite().fetch(P + 'mode_default', ['B'])
    net.hub.delete(P + 'mode_update', master)
    net.level()
    assert not clinic.find(P + 'mode_update')
    assert clinic.values(P + 'mode_default', 'code', 'update') == [
        ('B', None)]


def test_owners_of_owners(local, monkeypatch):
    "Test that what belongs to a new member comes with it"
    net = local(2)
    one, two = net.satellites
    for node in [net.hub, one, two]:
        Node = node.pool.get(P + 'node')
        monkeypatch.setattr(Node, 'sync_owners', ('next',))
    top = one.create(P + 'node', name="top")
    one.create(P + 'parent', name="Ann")
    one.synchronise()
    with net.hub.transaction():
        Scope = net.hub.pool.get('synchronisation.scope')
        Record = net.hub.pool.get('synchronisation.record')
        record, = Record.search([('model', '=', P + 'node')])
        Scope.create([{'record': record, 'instance': 2, 'kind': 'member',
                    'place': record.position}])
    middle = one.create(P + 'node', name="middle", next=top)
    one.create(P + 'node', name="bottom", next=middle)
    net.level()
    assert two.values(P + 'node', 'name') == [
        ("bottom",), ("middle",), ("top",)]


def test_edit_and_child_of_the_deleted(local):
    "Test that a parent comes back with its edit, not as it was"
    net = local(1)
    clinic, = net.satellites
    parent = clinic.create(P + 'parent', name="Ann")
    clinic.synchronise()
    clinic.write(P + 'parent', parent, name="Anna")
    clinic.create(P + 'child', name="one", parent=parent)
    net.hub.delete(P + 'parent', net.hub.find(P + 'parent')[0])
    net.level()
    assert net.hub.values(P + 'parent', 'name') == [("Anna",)]
    assert net.hub.values(P + 'child', 'name') == [("one",)]
    assert clinic.satellite().status()['pending'] == 0


def test_parent_before_its_turn(local):
    "Test that an offer that came as a parent goes when it is deleted"
    net = local(1)
    clinic, = net.satellites
    master = net.hub.create(P + 'mode_update', code='A')
    record = net.hub.create(P + 'mode_default', code='B', update=master)
    clinic.satellite().fetch(P + 'mode_default', ['B'])
    assert clinic.values(P + 'mode_update', 'code') == [('A',)]
    net.hub.write(P + 'mode_default', record, update=None)
    net.hub.delete(P + 'mode_update', master)
    clinic.satellite().pull_all()
    clinic.satellite().new()
    net.level()
    assert not clinic.find(P + 'mode_update')


def linked(node, model, link):
    "Return the name of each record and of the one it refers to."
    with node.transaction():
        return sorted(
            (r.name, getattr(r, link) and getattr(r, link).name)
            for r in node.pool.get(P + model).search([]))


@pytest.mark.parametrize('name', ['cycle_a', 'cycle_b'])
def test_deletion_of_circle(local, name):
    "Test that what comes back is the same everywhere"
    net = local(1)
    clinic, = net.satellites
    with clinic.transaction():
        A = clinic.pool.get(P + 'cycle_a')
        B = clinic.pool.get(P + 'cycle_b')
        a, = A.create([{'name': "a"}])
        b, = B.create([{'name': "b", 'a': a}])
        A.write([a], {'b': b})
    clinic.synchronise()
    clinic.write(P + name, clinic.find(P + name)[0], name="edited")
    net.hub.delete(P + 'cycle_a', net.hub.find(P + 'cycle_a')[0])
    net.level()
    for model, link in [('cycle_a', 'b'), ('cycle_b', 'a')]:
        assert linked(clinic, model, link) == linked(net.hub, model, link)
    assert ("edited",) in net.hub.values(P + name, 'name')
    assert clinic.satellite().status()['quarantined'] == 0


@pytest.mark.parametrize('first', [0, 1])
def test_tags_of_two(local, first):
    """Test that a many2many stays a set that two instances added to

    The one that sends later knew by then what the other had added, which
    nothing in its database forbids.
    """
    net = local(1)
    clinic, = net.satellites
    net.hub.create(P + 'keyed', code="A")
    field = net.hub.create(P + 'field', char="F")
    clinic.satellite().fetch(P + 'field', [
            uuid for uuid, in net.hub.values(P + 'field', 'uuid')])
    clinic.satellite().fetch(P + 'keyed', ["A"])
    for node in [net.hub, clinic]:
        keyed, = node.find(P + 'keyed', ('code', '=', "A"))
        field, = node.find(P + 'field')
        node.write(P + 'field', field, many2many=[('add', [keyed])])
    if first:
        clinic.satellite().pull_all()
    net.level()
    for node in [net.hub, clinic]:
        assert len(node.find(P + 'field-keyed')) == 1
    assert clinic.satellite().status()['pending'] == 0


def test_deleted_again_in_the_middle(local):
    """Test that a laptop follows a record that comes back twice

    The first time by what the laptop made below it, the second time from the
    centre, which gets with the deletion what was written in between.
    """
    net = local(2)
    middle, laptop = net.satellites
    net.enrol(laptop.number, middle)
    parent = net.hub.create(P + 'parent', name="Ann")
    uuids = [uuid for uuid, in net.hub.values(P + 'parent', 'uuid')]
    for node in [middle, laptop]:
        node.satellite().fetch(P + 'parent', uuids)
    middle.delete(P + 'parent', *middle.find(P + 'parent'))
    laptop.create(
        P + 'child', name="one", parent=laptop.find(P + 'parent')[0])
    laptop.synchronise()
    middle.write(P + 'parent', *middle.find(P + 'parent'), name="Eve")
    laptop.synchronise()
    assert laptop.values(P + 'parent', 'name') == [("Eve",)]
    middle.delete(P + 'parent', *middle.find(P + 'parent'))
    net.hub.create(P + 'child', name="two", parent=parent)
    for _ in range(3):
        for node in [middle, laptop]:
            node.synchronise()
    names = [node.values(P + 'parent', 'name')
        for node in [net.hub, middle, laptop]]
    assert names == [[("Eve",)]] * 3


def test_late_edit_of_what_both_deleted():
    "Test that a late edit makes nothing alive that its author deleted since"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name="first")
    scene.centre.delete(thing)
    one.write(thing, name="edited")
    message = one.build_push()
    one.delete(thing)
    one.pull()
    one.apply(message, one.arrive(message))
    assert scene.centre.has(thing)
    scene.level()
    assert not scene.centre.has(thing) and not one.has(thing)


def test_undone_deletion_of_what_was_edited(local):
    "Test that an edit that was deleted unsent comes back at the centre, too"
    net = local(2)
    middle, laptop = net.satellites
    net.enrol(laptop.number, middle)
    net.hub.create(P + 'parent', name="Ann")
    uuids = [uuid for uuid, in net.hub.values(P + 'parent', 'uuid')]
    for node in [middle, laptop]:
        node.satellite().fetch(P + 'parent', uuids)
    parent, = laptop.find(P + 'parent')
    laptop.write(P + 'parent', parent, name="Eve")
    laptop.delete(P + 'parent', parent)
    for node in [laptop, middle]:
        node.synchronise()
    with laptop.transaction():
        Record = laptop.pool.get('synchronisation.record')
        Record.undelete(Record.search([('dead', '=', True)]))
    for _ in range(2):
        for node in [laptop, middle]:
            node.synchronise()
    names = [node.values(P + 'parent', 'name')
        for node in [net.hub, middle, laptop]]
    assert names == [[("Eve",)]] * 3


@pytest.mark.parametrize('first', [0, 1])
def test_deleted_and_made_again(local, first):
    "Test that what has a key of two fields is replaced in one transaction"
    net = local(1)
    clinic, = net.satellites
    left, right = [
        clinic.create(P + 'keyed', code=code, name=code) for code in "AB"]
    clinic.create(P + 'composite', note="one", left=left, right=right)
    clinic.synchronise()
    node = [net.hub, clinic][first]
    with node.transaction():
        Composite = node.pool.get(P + 'composite')
        old, = Composite.search([])
        left, right = old.left, old.right
        Composite.delete([old])
        Composite.create([{
                    'note': "two", 'left': left.id, 'right': right.id}])
    clinic.satellite().push_all()
    clinic.satellite().fetch(P + 'composite', ['["A","B"]'])
    net.level()
    for node in [net.hub, clinic]:
        assert node.values(P + 'composite', 'note') == [("two",)]
    assert clinic.satellite().status()['quarantined'] == 0


def test_deletion_of_what_its_author_edited():
    "Test that the last edit of who deleted a record goes up with the deletion"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first', other='first')
    scene.level()
    with below.unit() as unit:
        unit.write(thing, name='second')
        unit.delete(thing)
    scene.centre.write(thing, other='kept')
    below.push()
    scene.level()
    assert scene.values(thing) == ['second'] * 3
    assert scene.values(thing, 'other') == ['kept'] * 3
    assert [why for *_, why in scene.conflicts()] == ['deletion']


def test_replaced_by_one_with_its_key():
    "Test that who deletes a record had it, and means another by the new one"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    offer = scene.centre.create('offer', key='a', name='first')
    middle.pull()
    below.pull()
    with below.unit() as unit:
        unit.delete(offer)
        made = unit.create('offer', key='a', name='second')
    made = below.key(made)
    # As if nothing had been offered to it yet
    message = below.build_push()
    message.text = message.text.replace('"known":', '"known":0,"former":')
    below.apply(message, below.arrive(message))
    scene.level()
    assert scene.values(made) == ['second'] * 3
    assert not any(site.has(offer) for site in scene.sites)


def test_forgotten_after_its_tombstone():
    "Test that what came back, was withdrawn and granted again is there"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    scene.centre.delete(thing)
    two.pull()
    one.write(thing, name='second')
    one.push()
    scene.centre.take_from(2, thing)
    two.pull()
    two.fetch('shared')
    scene.level()
    assert scene.values(thing) == ['second'] * 3


def test_own_record_that_another_gave_back():
    "Test that a restored hub takes a record from who made it"
    scene = Scene()
    one, two = scene.satellites
    thing = one.create('thing', key='a', name='first')
    scene.centre.backup()
    one.push_in_vain()
    two.fetch('a')
    two.pull()
    scene.centre.restore(True, two.store.instances.of_hub().epoch)
    two.synchronise()
    two.push()
    scene.level()
    assert scene.values(thing) == ['first'] * 3
    assert not scene.centre.waiting()


def test_late_word_of_a_life_that_was_lost_again():
    "Test that what a hub said of a restore is over once it was restored again"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    scene.centre.backup()
    lives = iter([9, 1])
    scene.centre.store.lives = lives
    scene.centre.restore(True)
    message = one.ask()
    answer = one.arrive(message)
    scene.centre.restore(True)
    one.synchronise()
    one.apply(message, answer)
    one.write(thing, name='second')
    scene.level()
    assert scene.values(thing) == ['second'] * 2


def delete_and_import(node, id_):
    "Export a record with its uuid, delete it and import it again."
    with node.transaction():
        Node = node.pool.get(P + 'node')
        rows = Node.export_data([Node(id_)], ['name', 'uuid'])
    node.delete(P + 'node', id_)
    with node.transaction():
        node.pool.get(P + 'node').import_data(['name', 'uuid'], rows)


@pytest.mark.parametrize('place', [0, 1])
def test_imported_under_the_uuid_of_a_deleted_one(local, place):
    "Test that it is something new, and stops no exchange"
    net = local(1)
    one, = net.satellites
    node = [net.hub, one][place]
    id_ = node.create(P + 'node', name="x")
    net.level()
    delete_and_import(node, id_)
    one.create(P + 'keyed', code="B", name="b")
    assert one.synchronise().complete
    assert net.hub.find(P + 'keyed', ('code', '=', "B"))
    assert net.hub.values(P + 'node', 'name') == [("x",)]
