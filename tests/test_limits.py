# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What one database holds and another one does not."
import random

import pytest

from trytond.pool import Pool
from trytond.transaction import Transaction

pytestmark = [pytest.mark.services, pytest.mark.postgresql]

MODULES = ('test_synchronisation',)
KEYED = 'test_synchronisation.keyed'
QUARANTINE = 'synchronisation.quarantine'


def create(codes):
    "Create records, each in a unit of its own"
    database, = Pool.database_list()
    for code in codes:
        with Transaction().start(database, 1):
            Pool().get(KEYED).create([{'code': code}])


def codes(pool):
    return sorted(
        len(record.code) for record in pool.get(KEYED).search(
            [('code', 'like', 'x%')]))


def waiting(pool):
    return [
        [row.code, row.reason] for row in pool.get(QUARANTINE).search([])]


def long_code():
    "Return a text that the index of a unique field of PostgreSQL cannot hold"
    return 'x' + random.Random(1).randbytes(4000).hex()


def check(receiver, sender, synchronise):
    "Check that one record waits with its reason, and the rest arrives."
    sender.run(create, ['x1', long_code(), 'x3'])
    result = synchronise()
    assert result.returncode == 1, result
    assert receiver.call(codes) == [2, 2]
    (code, reason), = receiver.call(waiting)
    assert code == 'constraint' and "index row" in reason


def test_push(instance):
    "Test that a hub on PostgreSQL takes the rest of a push"
    hub = instance('postgresql', MODULES)
    hub.server.start()
    clinic = instance('sqlite', MODULES, 1, hub)
    check(hub, clinic, lambda: clinic.command('push'))


def test_pull(instance):
    "Test that a satellite on PostgreSQL takes the rest of a pull"
    hub = instance('sqlite', MODULES)
    hub.server.start()
    clinic = instance('postgresql', MODULES, 1, hub)
    check(clinic, hub, lambda: clinic.command(
            'fetch', KEYED, 'x1', long_code(), 'x3'))
