# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What the exchange of 500 records asks for, counted.

Other than seconds these figures are the same on any machine.  The limits are
a little above what is so today: who needs more has to say so here.
"""
import pytest

from benchmarks import task, workload
from benchmarks.contender import WITH as TABLE
from benchmarks.content import check, stream
from benchmarks.place import Place

from .count import counting

MODEL = task.WITH
COUNT = 500
# Calls of the driver at the satellite and at the hub, rows that they write
NEW_PUSHED = 70, 37, 1_550, 1_550
NEW_PULLED = 46, 15, 1_050, 5
CHANGED_PUSHED = 64, 31, 1_550, 1_050
CHANGED_PULLED = 43, 17, 1_050, 5
NOOP = 29, 10, 2, 0
# Bytes a record both ways, with the headers of HTTP
BYTES_PUSHED, BYTES_PULLED, BYTES_CHANGED = 130, 150, 60
# Bytes of a cycle in which nothing changed, each way
BYTES_NOOP = 1000


def create(node, seed):
    "Create records, each in a transaction of its own"
    for values in workload.records(COUNT, seed):
        node.create(MODEL, **values)


def edit(node, value):
    for id_ in node.find(MODEL):
        node.write(MODEL, id_, visits=value)


def level(network):
    "Let nothing be left to do, neither what is only done once"
    for _ in range(2):
        for satellite in network.satellites:
            assert satellite.synchronise().complete


@pytest.fixture
def measured(local, monkeypatch):
    """measured(node, task) returns what a task asks for.

    It is (calls of the driver here, those at the hub, rows written here, rows
    written at the hub).
    """
    network = local(2)
    level(network)

    def make(node, task):
        with counting(monkeypatch) as count:
            outcome = getattr(node.satellite(), task)()
        assert outcome.complete, outcome.errors
        names = node.name, network.hub.name
        return (*(count.calls[n] for n in names),
            *(count.rows[n] for n in names))
    make.network = network
    return make


def within(figures, limits):
    return all(figure <= limit for figure, limit in zip(figures, limits))


def test_new(measured):
    "Test what 500 new records cost in a push and in a pull"
    one, two = measured.network.satellites
    create(one, 1)
    pushed = measured(one, 'push_all')
    pulled = measured(two, 'new')
    assert len(two.find(MODEL)) == COUNT
    assert within(pushed, NEW_PUSHED), pushed
    assert within(pulled, NEW_PULLED), pulled


def test_changed(measured):
    "Test what 500 records of which a field changed cost"
    one, two = measured.network.satellites
    create(one, 1)
    level(measured.network)
    edit(one, -1)
    pushed = measured(one, 'push_all')
    pulled = measured(two, 'pull_all')
    assert set(two.values(MODEL, 'visits')) == {(-1,)}
    assert within(pushed, CHANGED_PUSHED), pushed
    assert within(pulled, CHANGED_PULLED), pulled


@pytest.mark.parametrize('count', [0, COUNT])
def test_noop(measured, count):
    "Test what a cycle costs in which nothing changed, few and many records"
    one, _ = measured.network.satellites
    if count:
        create(one, 1)
        level(measured.network)
    figures = measured(one, 'synchronise')
    assert within(figures, NOOP), figures


def carried(place, station, task):
    "Return the requests of a task, and the bytes to the hub and from it"
    place.proxy.reset()
    station.run(task)
    return place.proxy.requests, place.proxy.up, place.proxy.down


@pytest.mark.services
def test_line(postgresql):
    "Test what goes over a real line, in one request each"
    with Place(postgresql, 2, proxied=True) as place:
        first, second = place.stations
        for station in place.stations:
            station.run('synchronise')
        first.create(COUNT, 1)
        pushed = carried(place, first, 'synchronise_push_all')
        pulled = carried(place, second, 'synchronise_new')
        check(stream(second.instance.database, TABLE), COUNT, 1)
        first.run('synchronise')
        first.do(task.edit, COUNT, 0, -1)
        changed = carried(place, first, 'synchronise_push_all')
        noop = carried(place, first, 'synchronise')
    for (requests, *sizes), limit in [
            (pushed, BYTES_PUSHED), (pulled, BYTES_PULLED),
            (changed, BYTES_CHANGED)]:
        assert requests == 1
        assert sum(sizes) / COUNT <= limit
    assert noop[0] == 1
    assert max(noop[1:]) <= BYTES_NOOP
