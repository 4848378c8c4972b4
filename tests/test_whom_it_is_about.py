# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Who has what happens to somebody has all that is known of that person."
import pytest

from trytond.modules.synchronisation import membership

from .test_institution import NOON, appoint, build, level, people
from .test_numbers import MODULES, patient, register

ILLNESS = 'gnuhealth.patient.disease'
APPOINTMENT = 'gnuhealth.appointment'


@pytest.fixture
def network(request, local):
    "A clinic that was granted an institution, C"
    network = local(1, getattr(request, 'param', MODULES))
    build(network.hub, 'C')
    membership.grant(
        network.hub.name, 1, 'gnuhealth.institution', ['C'])
    level(network)
    return network


def make_ill(node, person):
    "Let somebody have an allergy"
    node.create(
        ILLNESS, patient=patient(node, person), is_allergy=True,
        pathology=node.create(
            'gnuhealth.pathology', code='P1', name="Penicillin"))


def settle(network):
    for _ in range(2):
        level(network)


@pytest.mark.parametrize(
    'network', [('health_synchronisation', 'health_pediatrics')],
    indirect=True)
def test_mother_who_comes_herself(network):
    "Test that a clinic that knew her as a mother gets her allergies"
    hub, (one,) = network.hub, network.satellites
    eve, child = register(hub, name="Eve"), register(hub, name="Child")
    make_ill(hub, eve)
    hub.create(
        'gnuhealth.newborn', name="N1", patient=patient(hub, child),
        mother=patient(hub, eve), birth_date=NOON, sex='f',
        newborn_name="Child")
    appoint(hub, child, 'C')
    level(network)
    assert not one.find(ILLNESS)
    there, = one.find('party.party', ('name', '=', "Eve"))
    appoint(one, there, 'C')
    settle(network)
    assert one.values(ILLNESS, 'is_allergy') == [(True,)]


@pytest.mark.parametrize('is_later', [False, True])
def test_appointment_of_another(network, is_later):
    "Test that a clinic gets all of whom its appointment is of now"
    hub, (one,) = network.hub, network.satellites
    ann, bea = register(hub, name="Ann"), register(hub, name="Bea")
    appointment = appoint(hub, ann, 'C')
    if not is_later:
        make_ill(hub, bea)
    level(network)
    hub.write(APPOINTMENT, appointment, patient=patient(hub, bea))
    settle(network)
    if is_later:
        make_ill(hub, bea)
        settle(network)
    assert people(one) >= {"Bea"}
    assert one.values(ILLNESS, 'is_allergy') == [(True,)]


def test_own_appointment_without_a_place(network):
    "Test the same for what the clinic made, wherever it happens"
    hub, (one,) = network.hub, network.satellites
    one.create(
        APPOINTMENT, patient=patient(one, register(one, name="Ann")),
        institution=None, appointment_date=NOON, state='confirmed')
    level(network)
    bea = register(hub, name="Bea")
    make_ill(hub, bea)
    appointment, = hub.find(APPOINTMENT)
    hub.write(APPOINTMENT, appointment, patient=patient(hub, bea))
    settle(network)
    assert one.values(ILLNESS, 'is_allergy') == [(True,)]


def test_undone_deletion(network):
    "Test that a clinic gets what comes back where it works by now"
    hub, (one,) = network.hub, network.satellites
    build(hub, 'D')
    appointment = appoint(hub, register(hub, name="Ann"), 'D')
    level(network)
    hub.delete(APPOINTMENT, appointment)
    level(network)
    membership.grant(hub.name, 1, 'gnuhealth.institution', ['D'])
    level(network)
    with hub.transaction():
        Record = hub.pool.get('synchronisation.record')
        Record.undelete(Record.search([
                    ('model', '=', APPOINTMENT), ('dead', '=', True)]))
    settle(network)
    assert people(one) == {"Ann"}


def test_patient_of_two_places(network):
    "Test that she stays if one of the two is withdrawn"
    hub, (one,) = network.hub, network.satellites
    build(hub, 'D')
    ann, bea = register(hub, name="Ann"), register(hub, name="Bea")
    for person, codes in [(ann, 'CD'), (bea, 'C')]:
        for code in codes:
            appoint(hub, person, code)
    membership.grant(hub.name, 1, 'gnuhealth.institution', ['D'])
    level(network)
    assert people(one) == {"Ann", "Bea"}
    membership.withdraw(hub.name, 1, 'gnuhealth.institution', ['C'])
    settle(network)
    assert people(one) == {"Ann"}
    assert len(one.find(APPOINTMENT)) == 2


def test_patient_who_was_withdrawn_is_registered_again(network):
    "Test that she is one, known by the number on her card"
    hub, (one,) = network.hub, network.satellites
    register(one, ref='ANN123ANN', name="Ann")
    level(network)
    membership.withdraw(hub.name, 1, 'gnuhealth.patient', ['ANN123ANN'])
    level(network)
    assert not one.find('gnuhealth.patient')
    register(one, ref='ANN123ANN', name="Ann")
    for _ in range(3):
        one.synchronise()
    assert len(hub.find('gnuhealth.patient')) == 1
    assert len(one.find('gnuhealth.patient')) == 1


@pytest.mark.parametrize('is_deleted', [False, True])
def test_patient_who_turns_out_to_be_another(local, is_deleted):
    """Test that a clinic makes one of two patients of one person

    The centre corrected whose the one is, and the clinic made the other, with
    an allergy.
    """
    network = local(1, MODULES)
    hub, (one,) = network.hub, network.satellites
    there = patient(one, register(one, name="Ann"))
    bea = register(one, name="Bea", create_target=False)
    level(network)
    former, = hub.find('gnuhealth.patient')
    hub.write('gnuhealth.patient', former, party=hub.find(
            'party.party', ('name', '=', "Bea"))[0])
    if is_deleted:
        hub.delete('gnuhealth.patient', former)
    one.write('gnuhealth.patient', there, critical_info="edited")
    pathology = one.create('gnuhealth.pathology', code='P1', name="Penicillin")
    one.create('gnuhealth.patient', party=bea, diseases=[('create', [
                    {'pathology': pathology, 'is_allergy': True}])])
    settle(network)
    for node in [hub, one]:
        kept, = node.find('gnuhealth.patient')
        assert node.read(
            'gnuhealth.patient', kept, 'critical_info') == ("edited",)
        assert node.values(ILLNESS, 'patient') == [(kept,)]
