# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"An instance that only sends, or only receives."
import pytest

from trytond.modules.synchronisation.errors import (
    ConfigurationError, RefusedError)

FULL = 'test_synchronisation.mode_full'


def allow(clinic, direction):
    "Say at the hub what a clinic may do"
    hub = clinic.network.hub
    with hub.transaction() as transaction:
        Instance = hub.pool.get('synchronisation.instance')
        instance, = Instance.search([('number', '=', 1)])
        instance.direction = direction
        instance.save()
        transaction.commit()


@pytest.fixture
def clinic(local):
    "A clinic and a hub that both have a record for all"
    clinic, = local(1).satellites
    clinic.create(FULL, code='C', name="clinic")
    clinic.network.hub.create(FULL, code='H', name="hub")
    return clinic


def codes(node):
    return [code for code, in node.values(FULL, 'code')]


def test_sends(clinic):
    "Test that the hub gets everything and the clinic nothing"
    allow(clinic, 'sends')
    clinic.network.configure({'direction': 'sends'})
    assert clinic.synchronise().complete
    assert codes(clinic.network.hub) == ['C', 'H']
    assert codes(clinic) == ['C']
    with pytest.raises(ConfigurationError, match="only sends"):
        clinic.satellite().fetch(FULL, ['H'])


def test_receives(clinic):
    "Test that the clinic gets everything, and what it has waits for a change"
    allow(clinic, 'receives')
    clinic.network.configure({'direction': 'receives'})
    assert clinic.synchronise().complete
    assert codes(clinic.network.hub) == ['H']
    assert codes(clinic) == ['C', 'H']
    assert clinic.satellite().status()['pending'] == 1
    allow(clinic, 'both')
    clinic.network.configure({'direction': 'both'})
    clinic.synchronise()
    assert codes(clinic.network.hub) == ['C', 'H']


@pytest.mark.parametrize('direction, task', [
        ('receives', 'push_all'), ('sends', 'pull_all')])
def test_hub_forbids(clinic, direction, task):
    "Test that the hub holds an instance to what it may do"
    allow(clinic, direction)
    with pytest.raises(RefusedError, match="direction") as error:
        getattr(clinic.satellite(), task)()
    assert error.value.code == 'direction'
