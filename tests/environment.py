# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the processes of the tests inherit, set before trytond is imported."
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / '.cache'
BIN = Path(sys.executable).parent
ETC = ROOT / 'etc'
MEMORY = Path('/dev/shm')
# What the databases of the tests may need there
ROOM = 1 << 30

# The address of the PostgreSQL on which this very process runs its tests.
BACKEND_URI = 'SYNCHRONISATION_TESTS_URI'


def quickest():
    "Return the folder in memory, None for another one"
    if MEMORY.exists() and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY


def clean():
    "Return the environment without what would change trytond's settings"
    environment = {
        name: value for name, value in os.environ.items()
        if not name.startswith(('TRYTOND_', 'CELERY_'))
        and name not in {'DB_NAME', 'DB_CACHE', 'TRYTONPASSFILE'}}
    environment['PYTHONPATH'] = str(ROOT)
    return environment


def prepare(folder):
    "Settle the environment of this process, whose databases are in folder"
    uri = os.environ.get(BACKEND_URI)
    settings = {
        'TRYTOND_DATABASE_URI': uri or 'sqlite://',
        'TRYTOND_DATABASE__PATH': str(folder),
        'DB_NAME': f'test_{os.getpid()}' if uri else ':memory:',
        }
    for name in set(os.environ) - set(clean()):
        del os.environ[name]
    os.environ.update(settings)
