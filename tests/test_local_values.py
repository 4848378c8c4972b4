# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What stays at an instance is there again with a record that comes back."
import sqlite3
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor

import pytest

from trytond.modules.synchronisation import membership

from . import late
from .database import PASSWORD
from .process import find, get_target
from .remote import Remote
from .tap import held_up
from .test_numbers import MODULES, register
from .waiting import until_blocked

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


def undelete(node, model):
    with node.transaction() as transaction:
        Record = node.pool.get('synchronisation.record')
        Record.undelete(Record.search([
                    ('model', '=', model), ('dead', '=', True)]))
        transaction.commit()


def test_deleted_and_undone(clinic):
    "Test that an undone deletion brings it back"
    hub = clinic.network.hub
    record, = clinic.find(FIELD)
    clinic.delete(FIELD, record)
    clinic.synchronise()
    undelete(clinic, FIELD)
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
    arrive = held_up(clinic)
    clinic.satellite().fetch('party.party', ['ABC123DEF'])
    net.hub.write('party.party', known, ref='GHI123JKL')
    arrive()
    net.level(2)
    assert [row for row in clinic.values(
            'party.party', 'ref', 'internal_user') if row[1]] == [
        ('GHI123JKL', 1)]
    assert len(clinic.find('gnuhealth.patient')) == 1


@pytest.mark.parametrize('place', ['hub', 'clinic'])
def test_two_that_had_one_login(local, place):
    "Test that both come back, one of them with the login"
    net = local(1, MODULES)
    clinic, = net.satellites
    doctors = [
        register(clinic, ref=ref, is_patient=False, create_target=False)
        for ref in ['ABC123DEF', 'GHI123JKL']]
    clinic.synchronise()
    for doctor in doctors:
        clinic.write('party.party', doctor, internal_user=1)
        clinic.delete('party.party', doctor)
        clinic.synchronise()
    undelete({'hub': net.hub, 'clinic': clinic}[place], 'party.party')
    net.level(3)
    rows = dict(clinic.values('party.party', 'ref', 'internal_user'))
    assert rows.keys() >= {'ABC123DEF', 'GHI123JKL'}
    assert list(rows.values()).count(1) == 1


def test_rule_of_the_database(clinic):
    "Test that a value that the database refuses keeps no record away"
    hub = clinic.network.hub
    database = sqlite3.connect(
        clinic.network.folder / f'{clinic.name}.sqlite')
    database.execute(
        'CREATE UNIQUE INDEX rule ON test_synchronisation_field(local)')
    database.close()
    there, = hub.find(FIELD)
    hub.write(FIELD, there, char="edited")
    here, = clinic.find(FIELD)
    clinic.delete(FIELD, here)
    clinic.create(FIELD, char="second", local="here")
    clinic.network.level(2)
    assert values(clinic) == [("edited", None), ("second", "here")]


def test_value_that_the_field_cannot_have_any_more(clinic):
    "Test that a module that was updated meanwhile keeps no record away"
    hub = clinic.network.hub
    there, = hub.find(FIELD)
    hub.write(FIELD, there, char="edited")
    here, = clinic.find(FIELD)
    clinic.delete(FIELD, here)
    with clinic.transaction() as transaction:
        Local = clinic.pool.get('synchronisation.local_value')
        # As if it had been an integer
        Local.write(Local.search([]), {'kept': '{"local": 5}'})
        transaction.commit()
    clinic.network.level(2)
    assert values(clinic) == [("edited", None)]


def test_two_rows_that_are_deleted_as_one(local):
    "Test that a doctor who was two has the login if the one comes back"
    net = local(1, MODULES)
    clinic, = net.satellites
    plain = {'is_patient': False, 'create_target': False}
    known = register(net.hub, ref='ABC123DEF', **plain)
    register(clinic, internal_user=1, ref='GHI123JKL', **plain)
    arrive = held_up(clinic)
    clinic.satellite().fetch('party.party', ['ABC123DEF'])
    here, = clinic.find('party.party', ('ref', '=', 'ABC123DEF'))
    # As who saves it in the form does
    clinic.write('party.party', here, create_target=False)
    net.hub.write('party.party', known, ref='GHI123JKL')
    arrive()
    net.hub.delete('party.party', known)
    net.level(2)
    undelete(net.hub, 'party.party')
    net.level(2)
    assert ('GHI123JKL', 1) in clinic.values(
        'party.party', 'ref', 'internal_user')


def create(pool):
    pool.get(FIELD).create([{'char': "first", 'local': "here"}])


def delete(pool):
    Field = pool.get(FIELD)
    Field.delete(Field.search([]))


def begin(target):
    late.start('x', late.OPEN, find(target))


@pytest.mark.postgresql
def test_two_users_delete_it(network):
    "Test that the second hears of no error of the database"
    clinic, = network(
        'postgresql', ['test_synchronisation'], satellites=1).satellites
    clinic.call(create)
    with (clinic.server, Remote(clinic) as slow,
            ThreadPoolExecutor(1) as threads):
        url = clinic.url.replace('//', f'//admin:{PASSWORD}@')
        model = getattr(
            xmlrpc.client.ServerProxy(url, allow_none=True).model, FIELD)
        ids = model.search([], 0, None, None, {})
        slow.do(begin, get_target(delete))
        deleting = threads.submit(model.delete, ids, {})
        until_blocked(clinic, 'trytond')
        slow.do(late.commit, 'x')
        assert deleting.result(60) is None
