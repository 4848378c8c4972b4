# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Numbers that clinics give, or type, without a network."
import datetime as dt

from . import puids
from .test_restore import Backup

MODULES = ('health_synchronisation',)


def register(clinic, **values):
    "Register a patient as the form of GNU Health does"
    return clinic.create('party.party', **{
            'name': "Ann", 'lastname': "Lee", 'is_person': True,
            'is_patient': True, 'create_target': True, 'fed_country': 'XXX',
            'gender': 'f', 'dob': dt.date(1980, 2, 3), **values})


def employ(clinic):
    "Let the user who works at a clinic be a health professional"
    clinic.create('gnuhealth.healthprofessional', party=register(
            clinic, name="Doctor", is_patient=False, create_target=False,
            is_healthprof=True, internal_user=1))


def patient(clinic, party):
    id_, = clinic.find('gnuhealth.patient', ('party', '=', party))
    return id_


def names(node, puid):
    return [node.read('party.party', id_, 'name')[0]
        for id_ in node.find('party.party', ('ref', '=', puid))]


def test_codes_of_two_clinics(local):
    "Test that what two clinics number without a network never clashes"
    network = local(2, MODULES)
    for clinic in network.satellites:
        employ(clinic)
        for _ in range(3):
            clinic.create('gnuhealth.patient.evaluation', patient=patient(
                    clinic, register(clinic)))
    for clinic in network.satellites:
        assert clinic.synchronise().complete
    codes = network.hub.values('gnuhealth.patient.evaluation', 'code')
    assert len(set(codes)) == 6
    assert network.hub.find('synchronisation.conflict') == []
    accounts = network.hub.values('party.party', 'federation_account')
    assert len({account for account, in accounts if account}) == 8


def test_typed_puid(local):
    "Test that one PUID for two persons makes no patient of both"
    network = local(2, MODULES)
    one, two = network.satellites
    register(one, ref='TYP123PUI')
    register(two, ref='TYP123PUI', name="Bea", dob=dt.date(1950, 2, 3))
    for clinic in [one, two, one, two]:
        assert clinic.synchronise().complete
    assert names(network.hub, 'TYP123PUI') == ["Ann"]
    assert names(network.hub, 'TYP123PUI~2') == ["Bea"]
    assert names(one, 'TYP123PUI') == ["Ann"]
    assert names(two, 'TYP123PUI~2') == ["Bea"]
    assert len(network.hub.find('gnuhealth.patient')) == 2
    assert ('key', 'open') in [(row['why'], row['state']) for row in [
            dict(zip(['why', 'state'], values)) for values in
            network.hub.values('synchronisation.conflict', 'why', 'state')]]


def test_same_person(local):
    "Test that one person who comes to two clinics becomes one patient"
    network = local(2, MODULES)
    one, two = network.satellites
    register(one, ref='TYP123PUI', name="Anne")
    register(two, ref='TYP123PUI')
    for clinic in [one, two, one, two]:
        assert clinic.synchronise().complete
    assert len(names(network.hub, 'TYP123PUI')) == 1
    assert len(network.hub.find('gnuhealth.patient')) == 1
    # Nothing of what refers to the person is in conflict
    assert {field for field, in network.hub.values(
            'synchronisation.conflict', 'field')} == {
        'code', 'federation_account', 'given', 'name'}
    for node in [network.hub, one, two]:
        # GNU Health lets nobody edit a person with two official names
        id_, = node.find('party.party', ('ref', '=', 'TYP123PUI'))
        node.write('party.party', id_, lastname=f"Ray {node.number}")


def test_other_names_of_one_person(local):
    "Test that a person keeps each nickname that two clinics know"
    network = local(2, MODULES)
    one, two = network.satellites
    for clinic, nickname in [(one, "Annie"), (two, "Nan")]:
        party = register(clinic, ref='TYP123PUI')
        clinic.create('gnuhealth.person_name', party=party, use='nickname',
            given=nickname)
    for clinic in [one, two, one, two]:
        assert clinic.synchronise().complete
    for node in [network.hub, one, two]:
        assert node.values('gnuhealth.person_name', 'use', 'given') == [
            ('nickname', "Annie"), ('nickname', "Nan"), ('official', "Ann")]


def test_simulation():
    "Test that nothing that clinics draw on their own clashes"
    given, _ = puids.simulate(clinics=20, each=2000)
    assert given == 0


def test_count():
    "Test that the simulation would tell of clashes"
    first = int('AAA000AAA', 36)
    assert puids.count_clashes(
        [[first, first + 1], [first + 1, first], [first]]) == 3


def test_restored_clinic(local):
    "Test that no number is given again, of appointments and evaluations"
    network = local(1, MODULES)
    one, = network.satellites
    employ(one)
    who = patient(one, register(one))

    def work():
        one.create(
            'gnuhealth.appointment', patient=who, state='confirmed',
            appointment_date=dt.datetime(2026, 3, 4, 12))
        one.create('gnuhealth.patient.evaluation', patient=who)
    work()
    one.synchronise()
    backup = Backup(one)
    for _ in range(2):
        work()
    one.synchronise()
    backup.restore()
    one.satellite().restored()
    for _ in range(2):
        one.synchronise()
    work()
    assert one.synchronise().complete
    for model, name in [
            ('gnuhealth.appointment', 'name'),
            ('gnuhealth.patient.evaluation', 'code')]:
        numbers = network.hub.values(model, name)
        assert len(set(numbers)) == len(numbers) == 4
    assert network.hub.find('synchronisation.conflict') == []


def test_sectors_without_an_area(local):
    "Test that two of one name are two, as nothing tells where they are"
    network = local(1, MODULES)
    clinic, = network.satellites
    sector = 'gnuhealth.operational_sector'
    with clinic.transaction():
        clinic.pool.get(sector).create([
                {'name': "North", 'info': info} for info in ["one", "two"]])
    network.level()
    for node in [network.hub, clinic]:
        assert node.values(sector, 'info') == [("one",), ("two",)]
