# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The tests of each module again, on PostgreSQL."
import os
import subprocess
import sys

import pytest

from . import tree
from .environment import BACKEND_URI, ROOT


@pytest.mark.parametrize('name', tree.names())
def test_module(name, postgresql):
    "Test that a module passes its tests on PostgreSQL"
    environment = {
        name: value for name, value in os.environ.items()
        if not name.startswith('PYTEST_')}
    result = subprocess.run([
            sys.executable, '-m', 'pytest', '-p', 'no:xdist',
            '-p', 'no:cacheprovider', f'modules/{name}'],
        env=environment | {BACKEND_URI: postgresql.uri}, cwd=ROOT,
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert not result.returncode, result.stdout + result.stderr


def test_durability(postgresql):
    "Test that the commits of the cluster survive a loss of power"
    with postgresql.connect() as connection, connection.cursor() as cursor:
        for setting in ['fsync', 'synchronous_commit', 'full_page_writes']:
            cursor.execute(f'SHOW {setting}')
            assert cursor.fetchone() == ('on',)
