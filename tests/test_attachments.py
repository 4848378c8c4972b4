# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is attached to a record goes where the record goes."
from unittest.mock import patch

import pytest

from trytond.modules.synchronisation import registry

MODULES = ('health_synchronisation',)
DATA = bytes(range(256)) * 40


@pytest.fixture
def network(local):
    return local(2, MODULES)


def attach(node, model, id_, name):
    node.create(
        'ir.attachment', resource=f'{model},{id_}', name=name, data=DATA)


def attached(node):
    "Return the (name, data, name of what it is attached to) of a node."
    with node.transaction():
        return sorted(
            (a.name, a.data, a.resource.rec_name)
            for a in node.pool.get('ir.attachment').search([]))


def test_attachment(network):
    "Test that files and notes of a record travel with it, and others do not"
    one, two = network.satellites
    party = one.create('party.party', name="Ann", code='A', ref='ANN001AAA')
    attach(one, 'party.party', party, 'scan')
    one.create('ir.note', resource=f'party.party,{party}', message="Call her")
    menu, *_ = one.find('ir.ui.menu')
    attach(one, 'ir.ui.menu', menu, 'of the database')
    assert one.synchronise().complete
    expected = [('scan', DATA, "Ann")]
    assert attached(network.hub) == expected
    assert network.hub.values('ir.note', 'message') == [("Call her",)]
    assert attached(two) == []
    two.satellite().fetch('party.party', ['ANN001AAA'])
    assert attached(two) == expected
    assert two.values('ir.note', 'message') == [("Call her",)]
    outcome = one.satellite().verify()
    assert outcome.complete, outcome.errors


def test_attachment_of_what_travels_later(network):
    "Test that a file follows its record once that begins to synchronise"
    one, _ = network.satellites
    with one.transaction():
        models = registry.models()
    before = {n: m for n, m in models.items() if n != 'gnuhealth.du'}
    with patch.object(registry, 'models', lambda: before):
        unit = one.create('gnuhealth.du', name="Blue house")
        attach(one, 'gnuhealth.du', unit, 'map')
        assert one.synchronise().complete
        assert attached(network.hub) == []
    assert one.synchronise().complete
    assert attached(network.hub) == [('map', DATA, "Blue house")]


def test_attachment_of_what_is_for_all(network):
    "Test that a file goes to all where its record does"
    one, two = network.satellites
    hub = network.hub
    category = hub.create('party.category', name="Friends")
    attach(hub, 'party.category', category, 'for all')
    hub.create(
        'ir.note', resource=f'party.category,{category}', message="Read")
    network.level()
    assert one.values('party.category', 'name') == [("Friends",)]
    for node in [one, two]:
        assert attached(node) == [('for all', DATA, "Friends")]
        assert node.values('ir.note', 'message') == [("Read",)]
