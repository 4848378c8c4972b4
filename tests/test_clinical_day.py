# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A record in every module of GNU Health, from a clinic to the centre and back."
import pytest

from trytond.modules.health_synchronisation.tests.maker import MODULES
from trytond.modules.synchronisation import coverage, membership

from .clinical_day import Catalogue, Day, contents, names

pytestmark = pytest.mark.long

# It has an assistant and no records
WITHOUT = {'health_history', 'health_synchronisation'}


@pytest.fixture
def network(local):
    network = local(1, tuple(MODULES))
    for node in [network.hub, *network.satellites]:
        # As the scripts of Tryton do
        node.create('country.country', name="Testland", code='TS')
    Catalogue(network.hub)
    synchronise(network)
    return network


def synchronise(network):
    clinic, = network.satellites
    outcome = clinic.synchronise()
    assert outcome.complete, outcome.errors


def modules(node, made):
    "Return the modules of the models of which there are records."
    with node.transaction():
        return {coverage.module_of(node.pool.get(model)) for model in made}


def compare(there, here, keys):
    "Check that an instance has what another one made, as it is there."
    made, found = contents(there), contents(here)
    assert keys <= made.keys()
    for key in keys:
        assert found.get(key) == made[key], key


def test_clinic(network):
    "Test that the centre has what a clinic entered in every module"
    clinic, = network.satellites
    day = Day(clinic, 'CLINIC')
    day.work()
    assert modules(clinic, day.made) >= set(MODULES) - WITHOUT - {
        # It adds fields to what the others have
        'health_crypto'}
    synchronise(network)
    keys = names(clinic, day.made)
    assert len(keys) > 50
    compare(clinic, network.hub, keys)
    assert network.hub.find('synchronisation.conflict') == []


def test_centre(network):
    "Test that a clinic has what the centre entered for its institution"
    clinic, = network.satellites
    day = Day(network.hub, 'CENTRE')
    day.found_clinic()
    membership.grant(network.hub.name, 1, 'gnuhealth.institution', ['CENTRE'])
    day.care()
    synchronise(network)
    compare(network.hub, clinic, names(network.hub, day.made))
    assert network.hub.find('synchronisation.conflict') == []
