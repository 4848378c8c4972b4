# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is captured is folded in lots, whatever comes in."
from unittest import mock

import pytest

from trytond.modules.synchronisation import change
from trytond.modules.synchronisation.lot import lots
from trytond.modules.synchronisation.protocol import NO_UNIT

P = 'test_synchronisation.'
KEYED, PARENT, CHILD = P + 'keyed', P + 'parent', P + 'child'


@pytest.fixture(autouse=True)
def small():
    with mock.patch.object(change, 'RECORDS', 3):
        yield


def test_whole_units():
    "Test that a unit is not divided, and that lots are not too large"
    rows = [(1, 'a', 1), (4, 'a', 1), (2, 'b', 2), (3, 'c', 1), (5, 'd', 9)]
    assert list(lots(rows, 3)) == [[1, 4], [2, 3], [5]]


def test_what_has_no_unit():
    "Test that what was there before is divided"
    rows = [(id_, NO_UNIT, 2) for id_ in range(4)]
    assert list(lots(rows, 4)) == [[0, 1], [2, 3]]


def test_interleaved_units(local):
    "Test that units whose changes took their ids in turn stay whole"
    network = local(1)
    one, = network.satellites
    network.level()
    for number in range(3):
        with one.transaction():
            one.pool.get(KEYED).create([{'code': f'C{number}'}])
            one.pool.get(PARENT).create([{'name': f'P{number}'}])
    take_turns(one)
    units = []
    with one.transaction():
        Change = one.pool.get('synchronisation.change')
        for changes in Change.lots():
            units.append([change.unit for change in changes])
            Change.consume(changes)
    assert [len(lot) for lot in units] == [2, 2, 2]
    assert all(first == second for first, second in units)


def take_turns(node):
    "Let the second changes of units have ids beyond those of all others"
    with node.transaction() as transaction:
        Change = node.pool.get('synchronisation.change')
        table, cursor = (
            Change.__table__(), transaction.connection.cursor())
        cursor.execute(*table.update(
                [table.id], [table.id + 100],
                where=table.model == PARENT))


def test_order_of_lots(local):
    "Test that what came first is numbered first"
    network = local(1)
    one, = network.satellites
    network.level()
    for number in range(8):
        one.create(KEYED, code=f'C{number}')
    network.level()
    places = [place for _, place in sorted(
            (record, place) for model, record, place in one.values(
                'synchronisation.record', 'model', 'record', 'position')
            if model == KEYED)]
    assert places == sorted(places)
    assert len(set(places)) == len(places) >= 8


def test_move_and_deletion_in_two_lots(local):
    "Test that a clinic hears of the deletion, not that it may not have it"
    network = local(1)
    hub, (one,) = network.hub, network.satellites
    parent = one.create(PARENT, name="Known")
    one.create(CHILD, parent=parent)
    network.level()
    there, = hub.find(CHILD)
    hub.write(CHILD, there, parent=hub.create(PARENT, name="Unknown"))
    for number in range(5):
        hub.create(KEYED, code=f'C{number}')
    hub.delete(CHILD, there)
    network.level()
    assert one.find(CHILD) == []
    # It can be undone there
    assert (CHILD, True) in [(model, bool(dead)) for model, dead in one.values(
            'synchronisation.record', 'model', 'dead')]
