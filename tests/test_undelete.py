# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A deletion is undone from the tombstone."
import pytest

from trytond.model.exceptions import AccessError
from trytond.modules.synchronisation.exceptions import RestoreError

from .test_decisions import P, record
from .test_regressions import push_in_vain

RECORD = 'synchronisation.record'


def undelete(node, model, user=1, **context):
    "Undo the deletion of the one record of a model that is dead."
    with node.transaction(user, **context):
        Record = node.pool.get(RECORD)
        Record.undelete(Record.search([
                    ('model', '=', P + model), ('dead', '=', True)]))


def nodes(net):
    return [net.hub, *net.satellites]


@pytest.mark.parametrize('place', [0, 1, 2])
@pytest.mark.parametrize('deleter', [0, 1])
def test_everywhere(local, place, deleter):
    "Test that a record comes back at every instance, under its identity"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'keyed', code="A", name="a", note="n")
    one.synchronise()
    two.satellite().fetch(P + 'keyed', ["A"])
    before = one.values(RECORD, 'identity')
    node = nodes(net)[deleter]
    node.delete(P + 'keyed', record(node))
    net.level()
    assert not two.find(P + 'keyed', ('code', '=', "A"))
    undelete(nodes(net)[place], 'keyed')
    net.level()
    for node in nodes(net):
        assert node.read(P + 'keyed', record(node), 'name', 'note') == (
            "a", "n")
        assert node.values(RECORD, 'identity') == before
    for node in net.satellites:
        assert node.satellite().status()['pending'] == 0
    # It is a record like any other again
    two.write(P + 'keyed', record(two), name="b")
    net.level()
    assert [node.read(P + 'keyed', record(node), 'name')
        for node in nodes(net)] == [("b",)] * 3


def test_what_went_with_it(local):
    "Test that what was deleted with a record comes back with it"
    net = local(1)
    clinic, = net.satellites
    parent = clinic.create(P + 'parent', name="Ann", lines=[
            ('create', [{'name': "one"}, {'name': "two"}])])
    clinic.synchronise()
    clinic.delete(P + 'parent', parent)
    net.level()
    assert not net.hub.find(P + 'child')
    undelete(net.hub, 'parent')
    net.level()
    for node in nodes(net):
        assert node.values(P + 'parent', 'name') == [("Ann",)]
        assert node.values(P + 'child', 'name') == [("one",), ("two",)]


def test_what_it_needs(local):
    "Test that a record comes back with what it refers to"
    net = local(1)
    clinic, = net.satellites
    parent = clinic.create(P + 'parent', name="Ann", lines=[
            ('create', [{'name': "one"}])])
    clinic.synchronise()
    clinic.delete(P + 'parent', parent)
    net.level()
    undelete(clinic, 'child')
    net.level()
    for node in nodes(net):
        assert node.values(P + 'parent', 'name') == [("Ann",)]
        assert node.values(P + 'child', 'name') == [("one",)]


def test_what_it_needs_was_merged(local):
    "Test that it comes back with what it referred to by a former name"
    net = local(2)
    clinic, laptop = net.satellites
    net.enrol(laptop.number, clinic)
    for node, name in [(net.hub, "Ann"), (clinic, "Anne")]:
        party = node.create(P + 'party_like', code="A", name=name)
    patient = clinic.create(P + 'patient_like', party=party)
    laptop.synchronise()
    clinic.delete(P + 'patient_like', patient)
    laptop.synchronise()
    clinic.synchronise()
    clinic.delete(P + 'party_like', party)
    clinic.synchronise()
    undelete(clinic, 'patient_like')
    net.level()
    for node in [net.hub, clinic]:
        party, = node.find(P + 'party_like', ('name', '=', "Ann"))
        assert node.values(P + 'patient_like', 'party') == [(party,)]


def test_alive(local):
    "Test that what was not deleted does not come twice"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'keyed', code="A")
    clinic.synchronise()
    with pytest.raises(RestoreError, match="is not deleted"):
        with clinic.transaction():
            Record = clinic.pool.get(RECORD)
            Record.undelete(Record.search([]))


def test_key_taken(local):
    "Test that a sentence says what is in the way"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'keyed', code="A")
    clinic.synchronise()
    clinic.delete(P + 'keyed', record(clinic))
    clinic.synchronise()
    clinic.create(P + 'keyed', code="A")
    with pytest.raises(RestoreError, match='code "A"'):
        undelete(clinic, 'keyed')


def test_access(local):
    "Test that only who may create a record brings it back"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'keyed', code="A")
    clinic.synchronise()
    clinic.delete(P + 'keyed', record(clinic))
    clinic.synchronise()
    with clinic.transaction():
        pool = clinic.pool
        group = pool.get('ir.model.data').get_id(
            'synchronisation', 'group_synchronisation')
        user, = pool.get('res.user').create([{
                    'name': "Ann", 'login': 'ann',
                    'groups': [('add', [group])]}])
        model, = pool.get('ir.model').search([('model', '=', P + 'keyed')])
        pool.get('ir.model.access').create([
                {'model': model.id, 'perm_read': True}])
        user = user.id
    with pytest.raises(AccessError):
        undelete(clinic, 'keyed', user, _check_access=True)


@pytest.mark.parametrize('place', [0, 1])
def test_edit_meanwhile(local, place):
    "Test that an edit meanwhile does not conflict with what came back"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'keyed', code="A", name="a", note="n")
    one.synchronise()
    two.satellite().fetch(P + 'keyed', ["A"])
    node = nodes(net)[place]
    node.delete(P + 'keyed', record(node))
    two.write(P + 'keyed', record(two), name="b")
    if node is one:
        two.satellite().push_all()
    # So that the deletion is known
    node.satellite().status()
    undelete(node, 'keyed')
    net.level()
    assert [node.read(P + 'keyed', record(node), 'name', 'note')
        for node in nodes(net)] == [("b", "n")] * 3
    # Only that it came back, at most
    assert {field for field, in net.hub.values(
            'synchronisation.conflict', 'field')} <= {None}


def test_what_it_needs_is_deleted(local):
    "Test that a record does not come back to what was deleted a moment ago"
    net = local(1)
    clinic, = net.satellites
    left, right = [
        clinic.create(P + 'keyed', code=code, name=code) for code in "AB"]
    composite = clinic.create(P + 'composite', left=left, right=right)
    clinic.synchronise()
    clinic.delete(P + 'composite', composite)
    clinic.synchronise()
    clinic.delete(P + 'keyed', right)
    with pytest.raises(RestoreError, match="Test Keyed"):
        undelete(clinic, 'composite')
    clinic.synchronise()
    undelete(clinic, 'composite')
    net.level()
    for node in nodes(net):
        assert len(node.find(P + 'composite')) == 1
        assert node.find(P + 'keyed', ('code', '=', "B"))


def test_of_what_the_hub_took_without_an_answer(local):
    "Test that what comes back is no later edit of what was sent before"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'keyed', code="A", name="first", note="n")
    push_in_vain(net, clinic)
    clinic.delete(P + 'keyed', record(clinic))
    # It is numbered
    clinic.satellite().status()
    undelete(clinic, 'keyed')
    net.hub.write(P + 'keyed', record(net.hub), name="second")
    net.level()
    assert [node.read(P + 'keyed', record(node), 'name')
        for node in nodes(net)] == [("second",)] * 2
    assert net.hub.find('synchronisation.conflict') == []


def test_edited_at_the_hub_before_and_after(local):
    "Test that who only took a value of the hub is no author of it"
    net = local(2)
    clinic, laptop = net.satellites
    net.enrol(laptop.number, clinic)
    clinic.create(P + 'keyed', code="A", name="first")
    clinic.synchronise()
    laptop.satellite().fetch(P + 'keyed', ["A"])
    net.hub.write(P + 'keyed', record(net.hub), name="second")
    clinic.delete(P + 'keyed', record(clinic))
    # It is numbered
    clinic.satellite().status()
    undelete(clinic, 'keyed')
    laptop.synchronise()
    clinic.satellite().pull_all()
    laptop.synchronise()
    assert [node.read(P + 'keyed', record(node), 'name')
        for node in nodes(net)] == [("second",)] * 3
    net.hub.write(P + 'keyed', record(net.hub), name="third")
    net.level()
    assert [node.read(P + 'keyed', record(node), 'name')
        for node in nodes(net)] == [("third",)] * 3
    assert net.hub.find('synchronisation.conflict') == []


@pytest.mark.long
def test_relation_made_again(local):
    "Test that what was made again meanwhile does not come back beside it"
    hub = local(1, ('health_synchronisation',)).hub
    party = hub.create('party.party', name="Ann", code='A', ref='ANN001AAA')
    category = hub.create('party.category', name="Friends")
    for word in ['add', 'remove', 'add']:
        hub.write('party.party', party, categories=[(word, [category])])
        # The fold tells what was deleted from what is new
        hub.satellite().status()
    with hub.transaction():
        Record = hub.pool.get(RECORD)
        dead = Record.search([
                ('model', '=', 'party.party-party.category'),
                ('dead', '=', True)])
        assert len(dead) == 1
        with pytest.raises(RestoreError):
            Record.undelete(dead)
    assert len(hub.find('party.party-party.category')) == 1


@pytest.mark.parametrize('place', [0, 1, 2])
def test_what_referred_to_it(local, place):
    "Test that what refers to it does so again, also where it is undone"
    net = local(2)
    one, two = net.satellites
    keyed = one.create(P + 'keyed', code="A", name="a")
    field = one.create(
        P + 'field', char="x", reference=f'{P}keyed,{keyed}')
    one.synchronise()
    two.satellite().fetch(P + 'field', [*one.read(P + 'field', field, 'uuid')])
    one.delete(P + 'keyed', record(one))
    net.level()
    undelete(nodes(net)[place], 'keyed')
    net.level()
    for node in nodes(net):
        with node.transaction():
            row, = node.pool.get(P + 'field').search([])
            assert row.reference.code == "A"


def test_what_was_deleted_before_it(local):
    "Test that what was deleted for itself does not come back with it"
    net = local(2)
    one, two = net.satellites
    parent = one.create(P + 'parent', name="Ann", lines=[
            ('create', [{'name': "wrong"}, {'name': "right"}])])
    one.synchronise()
    two.satellite().fetch(
        P + 'parent', [*one.read(P + 'parent', parent, 'uuid')])
    one.delete(P + 'child', *one.find(P + 'child', ('name', '=', "wrong")))
    one.synchronise()
    one.delete(P + 'parent', parent)
    net.level()
    # The clinic heard of both in one answer
    undelete(two, 'parent')
    net.level()
    for node in nodes(net):
        assert node.values(P + 'child', 'name') == [("right",)]


def test_what_only_the_hub_writes(local):
    "Test that it comes back at the hub only, from where all get it"
    net = local(1)
    one, = net.satellites
    row = net.hub.create(P + 'mode_update', code="M", name="m")
    one.synchronise()
    net.hub.delete(P + 'mode_update', row)
    one.synchronise()
    with pytest.raises(RestoreError, match="Only the hub"):
        undelete(one, 'mode_update')
    undelete(net.hub, 'mode_update')
    net.level()
    assert one.values(P + 'mode_update', 'code') == [("M",)]
