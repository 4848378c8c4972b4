# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A satellite that sends what no program of ours would send."
import json

import pytest

from trytond.modules.synchronisation import configuration, wire
from trytond.modules.synchronisation.message import Entry
from trytond.modules.synchronisation.protocol import first_position

P = 'test_synchronisation.'
# A position that neither side has reached
FAR = 1 << 30


def forge(model, identity):
    "Return an entry that the hub cannot take for a repeat"
    return Entry(model, identity, FAR)


def push(net, satellite, entry, others=None):
    """Push an entry in the name of a satellite and return the answer.

    Its positions are those since the beginning of the epochs; others has
    what is told instead of some.
    """
    header = next(
        message for message in (
            json.loads(text) for _, text, _ in reversed(net.messages))
        if message['from'] == satellite.number)
    text = wire.dumps({
            **header, 'at': 0, 'authors': [],
            'entries': wire.pack_entries([entry], 0, 0, wire.Authors())})
    for number, other in (others or {}).items():
        text = text.replace(str(number), str(other))
    return net.dial(configuration.load(satellite.name)).call('push', text)


def identity_of(node, model):
    "Return the identity of the only record of a model that travels"
    identity, = [i for m, i in node.values(
            'synchronisation.record', 'model', 'identity') if m == model]
    return identity


def values_of(node, model, key):
    "Return the name and the note of the record with a key"
    return [row[1:] for row in node.values(P + model, 'code', 'name', 'note')
        if row[0] == key]


def secret_network(local):
    "Return a network in which only one knows a record, and its identity"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'keyed', code='SECRET', name="x", note="private")
    net.level(1)
    return net, identity_of(net.hub, P + 'keyed')


def test_guessed_deletion(local):
    "Test that an instance cannot delete or see a record it was never told"
    net, identity = secret_network(local)
    one, two = net.satellites
    entry = forge(P + 'keyed', identity)
    entry.shown = {'': 1}
    answer = push(net, two, entry)
    (_, code, _, _), = json.loads(answer)['waiting']
    assert code == 'scope'
    assert "private" not in answer
    assert values_of(net.hub, 'keyed', 'SECRET') == [("x", "private")]


def test_guessed_edit(local):
    "Test that an instance cannot edit or see a record it was never told"
    net, identity = secret_network(local)
    one, two = net.satellites
    entry = forge(P + 'keyed', identity)
    entry.fields['name'] = entry.number, 1, "y"
    answer = push(net, two, entry)
    (_, code, _, _), = json.loads(answer)['waiting']
    assert code == 'scope'
    assert "private" not in answer
    assert values_of(net.hub, 'keyed', 'SECRET') == [("x", "private")]


@pytest.mark.parametrize('full', [True, False])
def test_number_of_nothing(local, full):
    "Test that nobody learns of a record by what seems to come again"
    net, identity = secret_network(local)
    one, two = net.satellites
    entry = forge(P + 'keyed', identity)
    entry.full = full
    entry.fields['name'] = entry.number, 0, "y"
    epoch = max(json.loads(text)['epoch'] for _, text, _ in net.messages
        if json.loads(text)['from'] == two.number)
    answer = push(net, two, entry, {FAR: -first_position(epoch)})
    assert json.loads(answer)['error'] == 'message'
    assert "private" not in answer


def test_guessed_reference(local):
    "Test that to refer to a record does not make it known"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'parent', name="secret")
    net.level(1)
    parent = identity_of(net.hub, P + 'parent')
    entry = forge(P + 'child', 'e7e0d1a4-6a1c-4a6e-9a52-0d9a6c1f2b11')
    entry.full = True
    entry.fields = {
        'name': (entry.number, 0, "x"), 'parent': (entry.number, 0, parent)}
    (_, code, _, _), = json.loads(push(net, two, entry))['waiting']
    assert code == 'scope'
    assert net.hub.find(P + 'child') == []
    two.synchronise()
    assert two.find(P + 'parent') == []


def test_version_of_the_future(local):
    "Test that nobody overwrites what came later by a version he never had"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann")
    clinic.synchronise()
    there, = net.hub.find(P + 'parent')
    net.hub.write(P + 'parent', there, name="Anna")
    entry = forge(P + 'parent', identity_of(net.hub, P + 'parent'))
    entry.fields['name'] = entry.number, FAR, "mine"
    (_, code, _, _), = json.loads(push(net, clinic, entry))['waiting']
    assert code == 'position'
    assert net.hub.values(P + 'parent', 'name') == [("Anna",)]


def test_deletion_of_the_future(local):
    "Test that nobody deletes what came later by a version he never had"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann")
    clinic.synchronise()
    there, = net.hub.find(P + 'parent')
    net.hub.write(P + 'parent', there, name="Anna")
    entry = forge(P + 'parent', identity_of(net.hub, P + 'parent'))
    entry.shown = {'': FAR}
    (_, code, _, _), = json.loads(push(net, clinic, entry))['waiting']
    assert code == 'position'
    assert net.hub.values(P + 'parent', 'name') == [("Anna",)]


def test_guessed_patient(local):
    "Test that what waits does not let its sender have what it would be"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'party_like', code='SECRET', patients=[
            ('create', [{'critical': "private"}])])
    net.level(1)
    two.create(P + 'parent', name="x")
    two.synchronise()
    entry = forge(P + 'patient_like', '2.1.1')
    entry.full = True
    entry.fields['party'] = (
        entry.number, 0, identity_of(net.hub, P + 'party_like'))
    (_, code, _, _), = json.loads(push(net, two, entry))['waiting']
    assert code == 'scope'
    two.synchronise()
    assert two.find(P + 'party_like') == two.find(P + 'patient_like') == []
