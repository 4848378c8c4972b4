# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A clinic that has an older patch level of GNU Health than its centre."
import pytest

from trytond.modules.health_synchronisation.tests.maker import MODULES

from . import older, workday
from .database import Database
from .instance import Instance

pytestmark = [pytest.mark.apart, pytest.mark.services]

# The present series offers it, the first version of it does not
NEW = 'daughter'


@pytest.fixture(scope='module')
def programs():
    return older.install()


@pytest.fixture
def centre(instance):
    centre = instance('sqlite', MODULES)
    centre.server.start()
    centre.run(workday.begin)
    return centre


@pytest.fixture
def clinic(programs, centre, tmp_path):
    database = Database('older', folder=tmp_path)
    database.create()
    database.activate(MODULES, programs)
    database.remember_wal()
    clinic = Instance(tmp_path / 'older', database, 1)
    clinic.programs = programs
    clinic.join(centre)
    clinic.run(workday.add_country)
    synchronise(clinic)
    yield clinic
    clinic.close()


def synchronise(clinic):
    done = clinic.command('run')
    assert done.returncode == 0, done.stdout + done.stderr


def compare(there, here, keys):
    "Check that an instance has what another one made, as it is there."
    made = there.run(workday.tell, keys)
    found = here.run(workday.tell, keys)
    for key, one, other in zip(keys, made, found):
        assert one is not None and one == other, key


def test_older_clinic(centre, clinic):
    "Test that both have all that is entered at either, in every module"
    assert clinic.run(workday.level) == older.VERSION
    assert centre.run(workday.level) > older.VERSION
    keys = clinic.run(workday.work, 'CLINIC')
    assert len(keys) > 50
    synchronise(clinic)
    compare(clinic, centre, keys)
    keys = centre.run(workday.work_for, 1, 'CENTRE')
    synchronise(clinic)
    compare(centre, clinic, keys)
    # What the form of the clinic does not offer yet is a value all the same
    assert NEW in centre.run(workday.choices)
    assert NEW not in clinic.run(workday.choices)
    key = centre.run(workday.relate, NEW)
    synchronise(clinic)
    assert clinic.run(workday.annotate, key) == [NEW, 'm']
    synchronise(clinic)
    compare(clinic, centre, [key])
    for instance in [centre, clinic]:
        assert instance.run(workday.waiting) == []
    verified = clinic.command('verify')
    assert verified.returncode == 0, verified.stdout + verified.stderr
