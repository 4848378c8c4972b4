# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A clinic has what happens at its institution."
import datetime as dt

import pytest

from trytond.modules.synchronisation import membership
from trytond.modules.synchronisation.errors import ConfigurationError

from .test_numbers import patient, register

MODULES = ('health_synchronisation',)
NOON = dt.datetime(2026, 3, 4, 12)


def found(node, name):
    "Return the codes of the institutions, as those of a clinic, of a node"
    id_, = node.find('gnuhealth.institution', ('code', '=', name))
    return id_


def build(node, code):
    "Create an institution."
    party = node.create(
        'party.party', name=f"Hospital {code}", is_institution=True,
        is_person=False, fed_country='XXX', ref=f'REF-{code}')
    return node.create(
        'gnuhealth.institution', code=code, party=party,
        institution_type='clinic', public_level='public')


def appoint(node, person, code):
    return node.create(
        'gnuhealth.appointment', patient=patient(node, person),
        institution=found(node, code), appointment_date=NOON,
        state='confirmed')


def people(node):
    return {name for name, person in node.values(
            'party.party', 'name', 'is_person') if person}


@pytest.fixture
def network(local):
    "Two clinics, of which each knows the institutions of both"
    network = local(2, MODULES)
    for clinic, code in zip(network.satellites, 'AB'):
        build(clinic, code)
    level(network)
    level(network)
    return network


def level(network):
    for clinic in network.satellites:
        outcome = clinic.synchronise()
        assert outcome.complete, outcome.errors


def test_appointment_at_a_clinic(network):
    "Test that a clinic gets who is to come to it, with what is known of him"
    hub, (one, two) = network.hub, network.satellites
    ann = register(hub, name="Ann")
    register(hub, name="Bea")
    hub.create(
        'gnuhealth.patient.disease', patient=patient(hub, ann),
        pathology=hub.create('gnuhealth.pathology', code='P1', name="Pain"))
    level(network)
    assert people(one) == people(two) == set()
    appoint(hub, ann, 'A')
    level(network)
    assert people(one) == {"Ann"}
    assert len(one.find('gnuhealth.appointment')) == 1
    assert len(one.find('gnuhealth.patient.disease')) == 1
    assert people(two) == set()
    assert two.find('gnuhealth.appointment') == []
    # Who has the patient gets what comes later, wherever it happens
    appoint(hub, ann, 'B')
    level(network)
    assert len(one.find('gnuhealth.appointment')) == 2
    assert people(two) == {"Ann"}


def test_clinic_sends_a_patient_to_another(network):
    "Test that a patient goes to the clinic where he has an appointment"
    one, two = network.satellites
    ann = register(one, name="Ann")
    appoint(one, ann, 'B')
    level(network)
    assert people(two) == {"Ann"}
    id_, = two.find('gnuhealth.appointment')
    assert two.read('gnuhealth.appointment', id_, 'appointment_date') == (
        NOON,)
    two.write('gnuhealth.appointment', id_, comments="Came late")
    level(network)
    level(network)
    assert one.values('gnuhealth.appointment', 'comments') == [
        ("Came late",)]


def test_granted_institution(local):
    "Test that a clinic gets what is there when it is said where it is"
    network = local(2, MODULES)
    hub, (one, two) = network.hub, network.satellites
    build(hub, 'C')
    ann = register(hub, name="Ann")
    appoint(hub, ann, 'C')
    hub.create('gnuhealth.hospital.ward', name="East",
        institution=found(hub, 'C'))
    level(network)
    assert people(one) == people(two) == set()
    assert one.values('gnuhealth.institution', 'code') == [('C',)]
    result = membership.grant(
        hub.name, 1, 'gnuhealth.institution', ['C'])
    assert result['complete']
    level(network)
    assert people(one) == {"Ann"}
    bea = register(hub, name="Bea")
    appoint(hub, bea, 'C')
    level(network)
    assert people(one) == {"Ann", "Bea"}
    assert people(two) == set()
    # It moves to another place, and keeps what all have
    membership.withdraw(hub.name, 1, 'gnuhealth.institution', ['C'])
    level(network)
    assert people(one) == set()
    assert one.values('gnuhealth.institution', 'code') == [('C',)]
    carl = register(hub, name="Carl")
    appoint(hub, carl, 'C')
    level(network)
    assert people(one) == set()


def test_only_places_are_granted(local):
    "Test that other records that all have are granted to nobody"
    network = local(1, MODULES)
    with pytest.raises(ConfigurationError):
        membership.grant(network.hub.name, 1, 'gnuhealth.specialty', ['X'])
