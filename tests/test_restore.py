# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A database is restored from a backup, and nothing that was sent is lost."
import sqlite3
from contextlib import closing

import pytest

from trytond.cache import Cache
from trytond.modules.synchronisation.errors import RefusedError

from .memory.scene import Scene
from .tap import before_answer, lost

P = 'test_synchronisation.'
KEYED, CHILD, MODE_UPDATE = P + 'keyed', P + 'child', P + 'mode_update'
FIELD, RELATION = P + 'field', P + 'field-keyed'


class Backup:
    "A backup of the database of a node."

    def __init__(self, node):
        self.node = node
        self.file = node.network.folder / f'{node.name}.sqlite'
        self.kept = self.file.with_suffix('.backup')
        copy(self.file, self.kept)

    def restore(self):
        copy(self.kept, self.file)
        Cache.drop(self.node.name)


def copy(source, target):
    with (closing(sqlite3.connect(source)) as source,
            closing(sqlite3.connect(target)) as target):
        source.backup(target)


def rows(node):
    "Return the code and the name of those that no module loads"
    return [row for row in node.values(KEYED, 'code', 'name')
        if len(row[0]) == 1]


@pytest.fixture
def clinic(local):
    "A satellite that has exchanged, with the record A"
    clinic, = local(1).satellites
    clinic.create(KEYED, code='A', name="first")
    clinic.synchronise()
    return clinic


def epoch_of_hub(node):
    with node.transaction():
        return node.pool.get('synchronisation.instance').of_hub().epoch


def write(node, code, name):
    record, = node.find(KEYED, ('code', '=', code))
    node.write(KEYED, record, name=name)


@pytest.mark.parametrize('declared', [True, False])
def test_restored(clinic, declared):
    """Test that what was sent comes back and what is new is taken

    The new records get the numbers, and ids, that those of the lost life had.
    """
    hub = clinic.network.hub
    backup = Backup(clinic)
    write(clinic, 'A', "of the lost life")
    clinic.create(KEYED, code='B', name="of the lost life")
    clinic.synchronise()
    backup.restore()
    if declared:
        before = clinic.satellite().status()
        result = clinic.satellite().restored()
        assert result['epoch'] > result['former']
        assert before['pending'] == 0
    clinic.create(KEYED, code='C', name="of the new life")
    for _ in range(2):
        assert clinic.synchronise().complete
    assert rows(clinic) == rows(hub)
    assert {('A', "of the lost life"), ('B', "of the lost life"),
        ('C', "of the new life")} <= set(rows(hub))


def test_edit_in_both_lives(clinic):
    "Test that of two edits of the two lives one is kept as a conflict"
    hub = clinic.network.hub
    backup = Backup(clinic)
    write(clinic, 'A', "of the lost life")
    clinic.synchronise()
    backup.restore()
    write(clinic, 'A', "of the new life")
    for _ in range(2):
        clinic.synchronise()
    assert rows(clinic) == rows(hub)
    with hub.transaction():
        conflict, = hub.pool.get('synchronisation.conflict').search([])
        assert {conflict.winner, conflict.loser} == {
            '"of the lost life"', '"of the new life"'}


def test_nothing_new_after_the_backup(clinic):
    "Test that a satellite that only pulls gets back what it had"
    backup = Backup(clinic)
    clinic.create(KEYED, code='B', name="of the lost life")
    clinic.synchronise()
    backup.restore()
    for _ in range(2):
        clinic.satellite().pull_all()
    assert rows(clinic) == rows(clinic.network.hub)


def test_deleted_in_the_lost_life(clinic):
    "Test that what was deleted stays deleted"
    backup = Backup(clinic)
    record, = clinic.find(KEYED, ('code', '=', 'A'))
    clinic.delete(KEYED, record)
    clinic.synchronise()
    backup.restore()
    for _ in range(2):
        clinic.synchronise()
    for node in [clinic, clinic.network.hub]:
        assert not node.find(KEYED, ('code', '=', 'A'))


def test_restored_again_and_again(clinic):
    "Test that one backup can be restored several times"
    hub = clinic.network.hub
    backup = Backup(clinic)
    for number in range(3):
        clinic.create(KEYED, code=str(number), name="lost")
        clinic.synchronise()
        clinic.synchronise()
        backup.restore()
        if number == 1:
            clinic.satellite().restored()
    for _ in range(2):
        clinic.synchronise()
    assert rows(clinic) == rows(hub)
    assert {str(number) for number in range(3)} <= {
        code for code, _ in rows(hub)}


def test_answer_lost_before_the_backup(clinic):
    "Test that a lost answer is not taken for another life"
    clinic.create(KEYED, code='B', name="sent")
    with pytest.raises(Exception, match="cut"):
        clinic.satellite(transport=before_answer(
                clinic.network, lost)).push_all()
    write(clinic, 'B', "edited")
    assert clinic.synchronise().complete
    assert ('B', "edited") in rows(clinic.network.hub)
    with clinic.transaction():
        clock = clinic.pool.get('synchronisation.clock').read_clock()
    assert clock.history == []


def test_restored_hub(local):
    """Test that a restored hub gets back what it lost

    Records of both satellites, edits, deletions, and what one of them had
    asked for.
    """
    net = local(2)
    hub, (one, two) = net.hub, net.satellites
    one.create(KEYED, code='A', name="first")
    two.create(KEYED, code='B', name="first")
    two.create(KEYED, code='D', name="to be deleted")
    net.level()
    backup = Backup(hub)
    write(one, 'A', "edited")
    one.create(KEYED, code='C', name="new")
    record, = two.find(KEYED, ('code', '=', 'D'))
    two.delete(KEYED, record)
    net.level()
    two.satellite().fetch(KEYED, ['A', 'C'])
    assert rows(two) == [
        ('A', "edited"), ('B', "first"), ('C', "new")]
    backup.restore()
    hub.satellite().restored()
    write(two, 'B', "edited")
    net.level(3)
    assert rows(hub) == [
        ('A', "edited"), ('B', "edited"), ('C', "new")]
    assert rows(two) == rows(hub)
    assert rows(one) == [row for row in rows(hub) if row[0] != 'B']
    write(hub, 'C', "of the new life")
    net.level()
    assert rows(two) == rows(hub)


def test_restored_hub_after_a_merge(local):
    "Test that who was merged with a record still has it from the new life"
    net = local(2)
    hub, (one, two) = net.hub, net.satellites
    one.create(KEYED, code='A', name="first")
    one.synchronise()
    two.create(KEYED, code='A', name="second")
    backup = Backup(hub)
    two.synchronise()
    backup.restore()
    hub.satellite().restored()
    net.level(3)
    write(hub, 'A', "of the new life")
    net.level()
    assert rows(two) == rows(hub) == [('A', "of the new life")]


def test_relations_of_two_that_a_hub_lost(local):
    """Test that a restored hub makes one of two relations in one message

    The satellite made its own before it took that of the other, which nothing
    in its database forbids.
    """
    net = local(2)
    hub, (one, two) = net.hub, net.satellites
    hub.create(KEYED, code='A')
    hub.create(FIELD, char='F')
    uuids = [uuid for uuid, in hub.values(FIELD, 'uuid')]
    for node in [one, two]:
        node.satellite().fetch(FIELD, uuids)
        node.satellite().fetch(KEYED, ['A'])
    backup = Backup(hub)

    def relate(node):
        record, = node.find(KEYED, ('code', '=', 'A'))
        field, = node.find(FIELD)
        node.write(FIELD, field, many2many=[('add', [record])])
    relate(two)
    two.synchronise()
    relate(one)
    one.satellite().pull_all()
    assert len(one.find(RELATION)) == 2
    backup.restore()
    hub.satellite().restored()
    net.level(3)
    for node in [hub, one, two]:
        assert len(node.find(RELATION)) == 1
    assert one.satellite().status()['pending'] == 0


def test_restored_hub_of_which_nobody_told(local):
    "Test that a satellite that knows more is refused and nothing changes"
    net = local(1)
    hub, (clinic,) = net.hub, net.satellites
    clinic.create(KEYED, code='A', name="first")
    clinic.synchronise()
    backup = Backup(hub)
    for code in 'BC':
        clinic.create(KEYED, code=code, name="lost at the hub")
        clinic.synchronise()
    backup.restore()
    write(clinic, 'A', "edited")
    with pytest.raises(RefusedError) as refusal:
        clinic.synchronise()
    assert refusal.value.code == 'position'
    assert rows(hub) == [('A', "first")]
    hub.satellite().restored()
    clinic.synchronise()
    assert rows(hub) == rows(clinic)


def test_restored_hub_and_what_stays_with_its_maker(local):
    "Test that records that the hub never gives are pushed to it again"
    model = P + 'mode_push_update'
    net = local(1)
    hub, (clinic,) = net.hub, net.satellites
    clinic.synchronise()
    backup = Backup(hub)
    clinic.create(model, code='A', name="lost at the hub")
    for _ in range(2):
        clinic.synchronise()
    backup.restore()
    hub.satellite().restored()
    for _ in range(2):
        assert clinic.synchronise().complete
    assert hub.values(model, 'code') == clinic.values(model, 'code')


def test_both_restored(local):
    "Test that a hub and a satellite are restored, of which one is told"
    net = local(1)
    hub, (clinic,) = net.hub, net.satellites
    clinic.create(KEYED, code='A', name="first")
    clinic.synchronise()
    older = Backup(clinic)
    clinic.create(KEYED, code='B', name="of the lost life")
    clinic.synchronise()
    backup = Backup(hub)
    hub.create(KEYED, code='C', name="lost")
    clinic.satellite().fetch(KEYED, ['C'])
    older.restore()
    backup.restore()
    hub.satellite().restored()
    clinic.create(KEYED, code='D', name="new")
    for _ in range(2):
        assert clinic.synchronise().complete
    assert rows(clinic) == rows(hub) == [
        ('A', "first"), ('B', "of the lost life"), ('D', "new")]


def test_restored_hub_and_what_only_it_writes(local):
    "Test that the satellites give it back, and its administrator is told"
    net = local(2)
    clinic, other = net.satellites
    hub = net.hub
    kept = hub.create(MODE_UPDATE, code='M1', name="old")
    net.level()
    backup = Backup(hub)
    hub.write(MODE_UPDATE, kept, name="new")
    hub.create(MODE_UPDATE, code='M2', name="new")
    clinic.synchronise()
    own, = clinic.find(MODE_UPDATE, ('code', '=', 'M2'))
    clinic.write(MODE_UPDATE, own, name="changed by a clinic")
    backup.restore()
    hub.satellite().restored()
    for _ in range(2):
        net.level()
    assert [row for row in hub.values(MODE_UPDATE, 'code', 'name')
        if row[0] == 'M1'] == [('M1', "new")]
    assert [row for row in other.values(MODE_UPDATE, 'code', 'name')
        if row[0] == 'M1'] == [('M1', "new")]
    with hub.transaction():
        Conflict = hub.pool.get('synchronisation.conflict')
        assert {c.why for c in Conflict.search([])} == {'lost'}


def test_restored_twice_from_one_backup(local):
    "Test that a second restore of the hub is not taken for the first"
    net = local(1)
    clinic, = net.satellites
    hub = net.hub
    clinic.create(KEYED, code='A', name="first")
    clinic.synchronise()
    backup = Backup(hub)
    for name in ["second", "third"]:
        backup.restore()
        life = hub.satellite().restored()['epoch']
        # As the sentence of later-life asks for
        if epoch_of_hub(clinic) > life:
            hub.satellite().restored(epoch_of_hub(clinic))
        write(clinic, 'A', name)
        clinic.synchronise()
    clinic.synchronise()
    assert ('A', "third") in rows(hub)
    assert rows(hub) == rows(clinic)


def test_much_that_a_hub_lost(local):
    "Test that one run gives back more than what it would send of new changes"
    net = local(1, batch='2')
    clinic, = net.satellites
    hub = net.hub
    clinic.synchronise()
    backup = Backup(hub)
    for number in range(30):
        clinic.create(KEYED, code=f'L{number}')
    clinic.synchronise()
    backup.restore()
    hub.satellite().restored()
    clinic.synchronise()
    codes = {code for code, in hub.values(KEYED, 'code')}
    assert {f'L{number}' for number in range(30)} <= codes


def test_deletion_by_the_hub_given_back():
    "Test that a hub shows what was deleted by the word of a satellite"
    scene = Scene(1)
    one, = scene.satellites
    guide = scene.centre.create('guide', key='g', name='first')
    scene.level()
    scene.centre.backup()
    scene.centre.delete(guide)
    one.pull()
    scene.centre.restore(True, one.store.instances.of_hub().epoch)
    assert scene.centre.has(guide)
    scene.level()
    assert not scene.centre.has(guide)
    assert (None, None, None, 'lost') in scene.centre.conflicts()


def test_copy_under_another_number(local):
    "Test that a copy of a satellite does not become another one"
    net = local(2)
    one, two = net.satellites
    one.create(KEYED, code='A', name="first")
    for _ in range(2):
        one.synchronise()
    copy(*(net.folder / f'{site.name}.sqlite' for site in [one, two]))
    Cache.drop(two.name)
    with pytest.raises(RefusedError, match='copy of that of instance 1'):
        two.synchronise()


def test_record_that_is_entered_again(clinic):
    "Test that it is the one that the clinic had sent and lost"
    backup = Backup(clinic)
    clinic.create(KEYED, code='B', name="first")
    clinic.synchronise()
    backup.restore()
    clinic.satellite().restored()
    clinic.create(KEYED, code='B', name="again")
    clinic.network.level(2)
    for node in [clinic.network.hub, clinic]:
        assert rows(node) == [('A', "first"), ('B', "first")]
        with node.transaction():
            case, = node.pool.get('synchronisation.conflict').search([])
            assert (case.loser, case.why) == ('"again"', 'conflict')
