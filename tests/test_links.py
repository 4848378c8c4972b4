# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What belongs to a record by a Reference field."
import json
import subprocess
import sys

from .environment import ROOT, clean

SCRIPT = '''
import json
from tests import pool_only
from trytond.modules.synchronisation import links, registry
from trytond.transaction import Transaction

MODEL = 'test_synchronisation.field'
with Transaction().start(':memory:', 0) as transaction:
    pool_only.fill(pool_only.closure(['test_synchronisation']))
    models = registry.models()
    registry.models = lambda: {MODEL: models[MODEL]}
    models[MODEL].sync_owners = ('reference',)
    cursor = transaction.connection.cursor()
    cursor.execute(
        'CREATE TABLE test_synchronisation_field '
        '(id INTEGER, reference VARCHAR)')
    cursor.execute(
        'INSERT INTO test_synchronisation_field VALUES '
        f"(1, '{MODEL},7'), (2, '{MODEL},77'), (3, 'party.party,7'), "
        '(4, NULL)')
    print(json.dumps([
                list(links.belongings(MODEL, [7, 8])),
                list(links.targets(models[MODEL], [1, 2, 4], owners=True))]))
'''


def test_references():
    "Test that a record leads to what belongs to it, and that to the record"
    done = subprocess.run(
        [sys.executable, '-c', SCRIPT], cwd=ROOT,
        env=clean() | {'TRYTOND_DATABASE_URI': 'sqlite://'},
        check=True, capture_output=True, text=True)
    model = 'test_synchronisation.field'
    assert json.loads(done.stdout) == [
        [[model, 1]], [[1, [model, 7]], [2, [model, 77]]]]
