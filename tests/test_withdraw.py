# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A record that leaves the scope of a satellite is dropped, not deleted."
import pytest

from trytond.modules.synchronisation import membership
from trytond.modules.synchronisation.errors import ConfigurationError

from .test_undelete import undelete

P = 'test_synchronisation.'
PARTY, PATIENT, KEYED = P + 'party_like', P + 'patient_like', P + 'keyed'


@pytest.fixture
def clinic(local):
    "A clinic that has the patient P1 of the hub"
    clinic, = local(1).satellites
    hub = clinic.network.hub
    party = hub.create(PARTY, code='P1', name="Ann")
    hub.create(PATIENT, party=party)
    membership.grant(hub.name, 1, PATIENT, ['P1'])
    clinic.synchronise()
    assert clinic.values(PATIENT, 'code') == [('P1',)]
    return clinic


def test_dropped(clinic):
    "Test that the clinic drops the patient with the person, the hub does not"
    hub = clinic.network.hub
    result = membership.withdraw(hub.name, 1, PATIENT, ['P1'])
    assert result == {
        'complete': True, 'records': 2, 'missing': [], 'errors': []}
    clinic.synchronise()
    assert clinic.values(PATIENT, 'code') == []
    assert clinic.values(PARTY, 'code') == []
    assert hub.values(PATIENT, 'code') == [('P1',)]
    # Nor is what happens to it later told
    party, = hub.find(PARTY)
    hub.write(PARTY, party, name="Bea")
    clinic.synchronise()
    assert clinic.values(PARTY, 'code') == []
    assert clinic.satellite().status()['quarantined'] == 0


def test_edit_on_its_way(clinic):
    "Test that what the clinic had changed arrives before it drops it"
    hub = clinic.network.hub
    party, = clinic.find(PARTY)
    clinic.write(PARTY, party, name="Bea")
    membership.withdraw(hub.name, 1, PATIENT, ['P1'])
    clinic.satellite().pull_all()
    assert clinic.values(PARTY, 'name') == [("Bea",)]
    clinic.network.level()
    assert clinic.values(PARTY, 'name') == []
    assert hub.values(PARTY, 'name') == [("Bea",)]


def test_granted_again(clinic):
    "Test that a record can come back"
    hub = clinic.network.hub
    membership.withdraw(hub.name, 1, PATIENT, ['P1'])
    clinic.synchronise()
    membership.grant(hub.name, 1, PATIENT, ['P1'])
    clinic.synchronise()
    assert clinic.values(PATIENT, 'code') == [('P1',)]


def test_missing(clinic):
    "Test that a key that nothing has is named"
    result = membership.withdraw(clinic.network.hub.name, 1, PATIENT, ['P2'])
    assert not result['complete']
    assert result['missing'] == ['P2']


@pytest.mark.parametrize('number, model, words', [
        (7, PATIENT, "instance 7"),
        (1, 'res.user', "res.user"),
        (1, P + 'mode_full', "meant for every instance")])
def test_refused(clinic, number, model, words):
    "Test that what cannot be withdrawn is refused in words"
    with pytest.raises(ConfigurationError, match=words):
        membership.withdraw(clinic.network.hub.name, number, model, ['P1'])


@pytest.mark.parametrize('how', ['undelete', 'edit'])
def test_child_that_was_deleted_before(local, how):
    "Test that what comes back later does not come where its owner left"
    net = local(2)
    one, two = net.satellites
    hub = net.hub
    hub.create(P + 'parent', name="Ann", lines=[
            ('create', [{'name': "one"}, {'name': "two"}])])
    (uuid,), = hub.values(P + 'parent', 'uuid')
    for node in [one, two]:
        node.satellite().fetch(P + 'parent', [uuid])
    hub.delete(P + 'child', *hub.find(P + 'child', ('name', '=', "one")))
    one.synchronise()
    membership.withdraw(hub.name, 1, P + 'parent', [uuid])
    one.synchronise()
    one.synchronise()
    assert one.values(P + 'parent', 'name') == []
    if how == 'undelete':
        two.synchronise()
        undelete(hub, 'child')
    else:
        child, = two.find(P + 'child', ('name', '=', "one"))
        two.write(P + 'child', child, name="edited")
    net.level()
    for model in ['parent', 'child']:
        assert one.values(P + model, 'name') == []
    assert len(two.find(P + 'child')) == 2
