# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A model that cannot be synchronised is refused when the server starts."
from contextlib import closing

import pytest

from . import configuration
from .throwaway import Throwaway

SOURCE = '''
from trytond.model import ModelSQL, fields
from trytond.modules.synchronisation import SyncMixin
from trytond.pool import Pool


class Ward({bases}):
    "Ward"
    __name__ = 'hospital.ward'
    {attribute}
    code = fields.Char("Code")


def register():
    Pool.register(Ward, module='hospital', type_='model')
'''
PLAIN = SOURCE.format(bases='ModelSQL', attribute='')
WITHOUT = SOURCE.format(bases='SyncMixin, ModelSQL', attribute='')
RIGHT = SOURCE.format(
    bases='SyncMixin, ModelSQL', attribute="unique_id_column = 'code'")
START = '''
import sys
from trytond.config import config
config.update_etc([sys.argv[1]])
from trytond.pool import Pool
Pool.start()
Pool(sys.argv[2]).init()
'''


@pytest.fixture
def hospital(prepared, tmp_path):
    "hospital(source) returns the outcome of the activation of a module"
    database = prepared('sqlite', ['synchronisation'])
    conf = tmp_path / 'trytond.conf'
    configuration.write(conf, database)
    module = Throwaway(
        tmp_path / 'modules', 'hospital', PLAIN, ['synchronisation'])
    file = tmp_path / 'modules' / 'throwaway_hospital' / '__init__.py'

    class Hospital:
        def activate(self, source):
            file.write_text(source)
            return module.activate(conf, database.name)

        def start(self, source):
            file.write_text(source)
            return module.python(START, conf, database.name)

        def execute(self, statement):
            with closing(database.connect()) as connection, connection:
                return connection.execute(statement).fetchall()
    return Hospital()


def is_refused(result, sentence):
    "Whether a process ended with this sentence"
    return result.returncode and sentence in result.stderr.splitlines()[-1]


def test_without_column(hospital):
    "Test that a model whose key is not named stops activation and start"
    sentence = ('The model "hospital.ward" has no unique_id_column; name the '
        "field that identifies its records, or use SyncUUIDMixin.")
    result = hospital.activate(WITHOUT)
    assert is_refused(result, sentence), result.stderr
    assert not hospital.execute(
        "SELECT 1 FROM sqlite_master WHERE name = 'hospital_ward'")
    result = hospital.activate(RIGHT)
    assert not result.returncode, result.stderr
    assert not hospital.start(RIGHT).returncode
    result = hospital.start(WITHOUT)
    assert is_refused(result, sentence), result.stderr


def test_not_unique(hospital):
    "Test that keys that rows share are named, and that the rows stay"
    assert not hospital.activate(PLAIN).returncode
    hospital.execute(
        "INSERT INTO hospital_ward (code) VALUES ('A'), ('B'), ('A')")
    rows = hospital.execute("SELECT * FROM hospital_ward")
    result = hospital.activate(RIGHT)
    assert is_refused(result, 'The model "hospital.ward" has several records '
        'whose code is "A"; give each its own'), result.stderr
    assert hospital.execute("SELECT * FROM hospital_ward") == rows
    hospital.execute("UPDATE hospital_ward SET code = 'C' WHERE id = 3")
    result = hospital.activate(RIGHT)
    assert not result.returncode, result.stderr
