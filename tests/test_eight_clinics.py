# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The patients of a folder of Synthea files, spread over eight clinics.

SYNTHEA names a folder; without it a small one is invented.
"""
import os

import pytest

from trytond.modules.health_synchronisation import sample
from trytond.modules.health_synchronisation.loader import (
    load_clinic, load_master)
from trytond.modules.health_synchronisation.synthea import Folder, expected

pytestmark = pytest.mark.long

CLINICS = 8
# What belongs to patients
KINDS = {
    'patients': 'gnuhealth.patient',
    'identifiers': 'gnuhealth.person_alternative_identification',
    'deaths': 'gnuhealth.death_certificate',
    'conditions': 'gnuhealth.patient.disease',
    'immunizations': 'gnuhealth.vaccination',
    'appointments': 'gnuhealth.appointment',
    'evaluations': 'gnuhealth.patient.evaluation',
    }
NUMBER = ('alternative_id_type', '=', 'country_id')


@pytest.fixture
def folder(tmp_path):
    path = os.environ.get('SYNTHEA')
    if not path:
        path = tmp_path / 'synthea'
        sample.write(path, seed=8, patients=40, organizations=CLINICS)
    return Folder(path)


def counts(node):
    "Return how many of each kind a node has."
    with node.transaction(active_test=False):
        found = {kind: node.pool.get(model).search_count([])
            for kind, model in KINDS.items()}
        found['allergies'] = node.pool.get(KINDS['conditions']).search_count(
            [('is_allergy', '=', True)])
        return found


def numbers(node):
    "Return the national numbers of the persons that a node has."
    with node.transaction():
        Identifier = node.pool.get(KINDS['identifiers'])
        return sorted(i.code for i in Identifier.search([NUMBER]))


def wanted(folder, part=None):
    found = expected(folder, part)
    return {kind: found[kind] for kind in [*KINDS, 'allergies']}


def synchronise(clinic):
    outcome = clinic.synchronise()
    assert outcome.complete, outcome.errors


def test_eight_clinics(local, folder):
    "Test that the centre has all, and each clinic exactly its own"
    network = local(CLINICS, ('health_synchronisation',))
    load_master(network.hub.name, folder)
    for number, clinic in enumerate(network.satellites, 1):
        # The codes come from the centre
        synchronise(clinic)
        load_clinic(clinic.name, folder, number, (number, CLINICS))
        synchronise(clinic)
    for clinic in network.satellites:
        synchronise(clinic)
    assert counts(network.hub) == wanted(folder)
    assert numbers(network.hub) == sorted(p.ssn for p in folder.patients)
    for number, clinic in enumerate(network.satellites, 1):
        part = number, CLINICS
        assert counts(clinic) == wanted(folder, part)
        assert numbers(clinic) == sorted(p.ssn for p in folder.part(part))
        proved = clinic.satellite().verify()
        assert proved.complete, proved.errors
    assert network.hub.find('synchronisation.conflict') == []
