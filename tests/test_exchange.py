# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What one instance does to the others."
import pytest

from .local import LocalNetwork

P = 'test_synchronisation.'


@pytest.fixture
def local(prepared, tmp_path):
    networks = []

    def make(satellites=2, **options):
        template = prepared('sqlite', ['test_synchronisation'], 'template')
        network = LocalNetwork(template.file, tmp_path, satellites, options)
        networks.append(network)
        return network
    yield make
    for network in networks:
        network.close()


def test_push_new(local):
    "Test that what a satellite creates is at the hub"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann", lines=[
            ('create', [{'name': "one"}, {'name': "two"}])])
    outcome = clinic.synchronise()
    assert outcome.complete, outcome.errors
    assert outcome.moved[P + 'parent']['pushed'] == 1
    assert net.hub.values(P + 'parent', 'name') == [("Ann",)]
    assert net.hub.values(P + 'child', 'name') == [("one",), ("two",)]
    assert clinic.satellite().status()['pending'] == 0


def test_nothing_changed(local):
    "Test that a cycle without changes is one request that writes nothing"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann")
    clinic.synchronise()
    outcome = clinic.synchronise()
    assert outcome.requests == 1
    assert not outcome.moved
    assert outcome.complete


def test_edit_both_ways(local):
    "Test that an edit at the hub comes back to the satellite that made it"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann")
    clinic.synchronise()
    there, = net.hub.find(P + 'parent')
    net.hub.write(P + 'parent', there, name="Anna")
    outcome = clinic.synchronise()
    assert outcome.moved[P + 'parent']['pulled'] == 1
    assert clinic.values(P + 'parent', 'name') == [("Anna",)]
    here, = clinic.find(P + 'parent')
    clinic.write(P + 'parent', here, name="Annie")
    clinic.synchronise()
    assert net.hub.values(P + 'parent', 'name') == [("Annie",)]


def test_full_is_offered(local):
    "Test that a record in mode full reaches every satellite"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'mode_full', code='A', name="x")
    net.level(1)
    assert two.values(P + 'mode_full', 'code', 'name') == [('A', "x")]


def test_default_is_fetched(local):
    "Test that a record in the default mode comes only to who asks for it"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'keyed', code='A', name="x")
    net.level(2)
    assert ('A', "x") not in two.values(P + 'keyed', 'code', 'name')
    outcome = two.satellite().fetch(P + 'keyed', ['A', 'none'])
    assert outcome.missing == ['none'] and not outcome.complete
    assert ('A', "x") in two.values(P + 'keyed', 'code', 'name')
    here, = one.find(P + 'keyed', ('code', '=', 'A'))
    one.write(P + 'keyed', here, name="y")
    net.level(1)
    assert ('A', "y") in two.values(P + 'keyed', 'code', 'name')
