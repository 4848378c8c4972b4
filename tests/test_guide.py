# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The classes of the guide for developers, as they are written there."
import json

import pytest

from . import configuration
from .throwaway import Throwaway

pytestmark = pytest.mark.long

CLASSES = '''
from trytond.modules.synchronisation import SyncMixin, SyncUUIDMixin
from trytond.pool import Pool, PoolMeta


class Party(SyncMixin, metaclass=PoolMeta):
    __name__ = 'party.party'
    unique_id_column = 'ref'


class PatientData(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient'
    unique_id_column = 'puid'


class Appointment(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.appointment'


def register():
    Pool.register(
        Party, PatientData, Appointment, module='guide', type_='model')
'''
STORY = '''
import json
import sys
from pathlib import Path

template, folder = map(Path, sys.argv[1:])
from trytond.config import config
config.read_dict({'database': {'uri': 'sqlite://', 'path': str(folder)}})
from tests.local import LocalNetwork

network = LocalNetwork(template, folder, 1)
clinic, = network.satellites
with clinic.transaction() as transaction:
    party, = clinic.pool.get('party.party').create([{
                'name': "Ana", 'lastname': "Betz", 'is_person': True,
                'is_patient': True, 'create_target': True, 'gender': 'f',
                'fed_country': 'XXX'}])
    patient, = clinic.pool.get('gnuhealth.patient').search([
            ('party', '=', party.id)])
    clinic.pool.get('gnuhealth.appointment').create([
            {'patient': patient.id, 'comments': text, 'state': 'free'}
            for text in ["first", "second"]])
    transaction.commit()
outcome = clinic.synchronise()
names = {
    'party.party': ['ref', 'name', 'lastname'],
    'gnuhealth.patient': ['puid'],
    'gnuhealth.appointment': ['uuid', 'comments'],
    }
print(json.dumps([
            outcome.complete, {
                model: [node.values(model, *fields)
                    for node in [clinic, network.hub]]
                for model, fields in names.items()}]))
network.close()
'''


def test_classes_of_the_guide(prepared, tmp_path):
    "Test that the three classes of the guide are all that is needed"
    database = prepared('sqlite', ['health', 'synchronisation'], 'template')
    conf = tmp_path / 'trytond.conf'
    configuration.write(conf, database)
    module = Throwaway(
        tmp_path / 'modules', 'guide', CLASSES, ['health', 'synchronisation'])
    result = module.activate(conf, database.name)
    assert not result.returncode, result.stderr
    folder = tmp_path / 'network'
    folder.mkdir()
    result = module.python(STORY, database.file, folder)
    assert not result.returncode, result.stderr
    complete, models = json.loads(result.stdout.splitlines()[-1])
    assert complete
    for model, (clinic, hub) in models.items():
        assert clinic == hub, model
        assert clinic, model
    assert len(models['gnuhealth.appointment'][0]) == 2
