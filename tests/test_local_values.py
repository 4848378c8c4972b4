# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What stays at an instance is there again with a record that comes back."
import pytest

from trytond.modules.synchronisation import membership

from .tap import held_up
from .test_numbers import MODULES, register

P = 'test_synchronisation.'
FIELD = P + 'field'


@pytest.fixture
def clinic(local):
    "A satellite with a record that has something of its own"
    clinic, = local(1).satellites
    clinic.create(FIELD, char="first", local="here")
    clinic.synchronise()
    return clinic


def values(node):
    return node.values(FIELD, 'char', 'local')


def test_deleted_and_undone(clinic):
    "Test that an undone deletion brings it back"
    hub = clinic.network.hub
    record, = clinic.find(FIELD)
    clinic.delete(FIELD, record)
    clinic.synchronise()
    with clinic.transaction() as transaction:
        Record = clinic.pool.get('synchronisation.record')
        Record.undelete(Record.search([('model', '=', FIELD)]))
        transaction.commit()
    clinic.synchronise()
    assert values(clinic) == [("first", "here")]
    assert values(hub) == [("first", None)]
    assert clinic.values('synchronisation.local_value', 'kept') == []


def test_refused_deletion(clinic):
    "Test that a deletion which an edit of the hub undoes brings it back"
    hub = clinic.network.hub
    there, = hub.find(FIELD)
    hub.write(FIELD, there, char="edited", local="of the hub")
    here, = clinic.find(FIELD)
    clinic.delete(FIELD, here)
    clinic.network.level(2)
    assert values(clinic) == [("edited", "here")]
    assert values(hub) == [("edited", "of the hub")]


def test_deletion_of_another(clinic):
    "Test that who deleted nothing has it again as well"
    hub = clinic.network.hub
    there, = hub.find(FIELD)
    hub.write(FIELD, there, local="of the hub")
    hub.delete(FIELD, there)
    here, = clinic.find(FIELD)
    clinic.write(FIELD, here, char="edited")
    clinic.network.level(2)
    assert values(clinic) == [("edited", "here")]
    assert values(hub) == [("edited", "of the hub")]


def test_withdrawn_and_granted(clinic):
    "Test that a record which left and is granted again has it"
    hub = clinic.network.hub
    (uuid,), = clinic.values(FIELD, 'uuid')
    assert membership.withdraw(hub.name, 1, FIELD, [uuid])['complete']
    clinic.synchronise()
    assert values(clinic) == []
    membership.grant(hub.name, 1, FIELD, [uuid])
    clinic.network.level(2)
    assert values(clinic) == [("first", "here")]


def test_login_that_another_has_by_then(local):
    "Test that a doctor comes back without the login that another has"
    net = local(1, MODULES)
    clinic, = net.satellites
    doctor = register(clinic, internal_user=1, ref='ABC123DEF')
    clinic.synchronise()
    patient, = clinic.find('gnuhealth.patient')
    clinic.delete('gnuhealth.patient', patient)
    clinic.delete('party.party', doctor)
    there, = net.hub.find('party.party', ('ref', '=', 'ABC123DEF'))
    net.hub.write('party.party', there, name="Anne")
    register(clinic, internal_user=1, ref='GHI123JKL', name="Bea")
    net.level(2)
    assert clinic.values('party.party', 'name', 'internal_user')[:2] == [
        ("Anne", None), ("Bea", 1)]


def test_two_rows_that_become_one(local):
    "Test that a doctor who turns out to be a known person keeps the login"
    net = local(1, MODULES)
    clinic, = net.satellites
    known = register(net.hub, ref='ABC123DEF')
    register(clinic, internal_user=1, ref='GHI123JKL')
    late = held_up(clinic)
    clinic.satellite().fetch('party.party', ['ABC123DEF'])
    net.hub.write('party.party', known, ref='GHI123JKL')
    late()
    net.level(2)
    assert [row for row in clinic.values(
            'party.party', 'ref', 'internal_user') if row[1]] == [
        ('GHI123JKL', 1)]
    assert len(clinic.find('gnuhealth.patient')) == 1
