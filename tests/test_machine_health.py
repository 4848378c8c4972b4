# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Random histories with the models of GNU Health, see test_machine.py."
import logging

import pytest

from .test_machine import instances, run

pytestmark = pytest.mark.long

CASES = 15


@pytest.fixture(scope='module')
def clinics(tmp_path_factory):
    from .machine.health import CLINIC
    yield from instances(CLINIC, tmp_path_factory.mktemp('clinics'))


def test_clinics(clinics, caplog):
    "Test that whatever clinics enter is lost nowhere and ends level"
    caplog.set_level(logging.CRITICAL)
    run(clinics, 1, CASES)


def test_names(clinics):
    "Test that a person whom nobody could edit would be found"
    from .machine.health import NAME, PARTY
    from .memory.oracle import Violation
    clinics.begin(0, False)
    doctor, = clinics.hub.find(PARTY, ('internal_user', '=', 1))
    clinics.mix.check_end(clinics.hub)
    clinics.hub.create(NAME, party=doctor, use='official', given="Other")
    with pytest.raises(Violation):
        clinics.mix.check_end(clinics.hub)
