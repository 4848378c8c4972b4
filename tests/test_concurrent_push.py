# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Satellites that push at the same time while users of the hub write."
import json
import random
from collections import defaultdict
from contextlib import ExitStack, closing

import pytest

from trytond import backend
from trytond.pool import Pool
from trytond.transaction import Transaction

from .remote import Remote
from .waiting import query, until

MODULES = ['test_synchronisation']
FULL = 'test_synchronisation.mode_full'
KEYED = 'test_synchronisation.keyed'
PARENT = 'test_synchronisation.parent'
RECORD = 'synchronisation_record'
ROUNDS = 5
# How many transactions each user commits in a round
COUNT = 15
HOT = [f'hot-{i}' for i in range(6)]
RETRIES = 5

pytestmark = pytest.mark.postgresql


def create_hot(pool):
    pool.get(KEYED).create([{'code': code} for code in HOT])


def fetch_hot():
    outcome = make_satellite().fetch(KEYED, HOT)
    assert outcome.complete, outcome.errors


def make_satellite():
    from trytond.modules.synchronisation.satellite import Satellite
    return Satellite(*Pool.database_list())


def synchronise():
    outcome = make_satellite().synchronise()
    assert outcome.complete, outcome.errors
    return outcome.as_dict()['moved']


def status():
    return make_satellite().status()


def user_works(who, seed):
    """Commit some transactions, and return the edits that were made.

    They are [code, field, value seen, value written].
    """
    choose = random.Random(seed)
    edits = []
    for i in range(COUNT):
        # In any order, unlike the exchange: they may get into a deadlock
        codes = choose.sample(HOT, 2)
        field = choose.choice(['name', 'note'])
        edits += save(f'{who}-{seed}-{i}', codes, field)
    return edits


def save(name, codes, field):
    "Work in one transaction, which is tried again as trytond does it"
    for count in range(RETRIES, -1, -1):
        try:
            with Transaction().start(*Pool.database_list(), 1):
                create_unit(Pool(), name)
                return [edit(Pool(), code, field, name) for code in codes]
        except backend.DatabaseOperationalError:
            if not count:
                raise


def create_unit(pool, name):
    pool.get(FULL).create([
            {'code': f'{name}-{part}', 'name': name} for part in 'ab'])
    pool.get(PARENT).create([{
                'name': name,
                'lines': [('create', [{'name': name}])],
                }])


def edit(pool, code, field, name):
    record, = pool.get(KEYED).search([('code', '=', code)])
    seen, value = getattr(record, field), f'{name} {code}'
    pool.get(KEYED).write([record], {field: value})
    return code, field, seen, value


def contents(instance, *tables):
    return {
        table: query(instance, f"SELECT {names} FROM {table} ORDER BY 1")
        for table, names in tables}


def check_places(hub):
    "Check that every transaction has a place of its own at the hub"
    transactions = set()
    for column in ['unit', 'position']:
        names, places = defaultdict(set), defaultdict(set)
        for model in [FULL, PARENT]:
            for place, name in query(
                    hub, f"SELECT r.{column}, t.name FROM {RECORD} r "
                    f"JOIN {model.replace('.', '_')} t ON t.id = r.record "
                    "WHERE r.model = %s", model):
                names[place].add(name)
                places[name].add(place)
        assert all(len(found) == 1 for found in names.values())
        assert all(len(found) == 1 for found in places.values())
        transactions |= set(places)
    assert len(transactions) == 3 * ROUNDS * COUNT


def check_accounted(instance, edits):
    "Check that each value is there, in a conflict, or was seen by its heir"
    values = {
        value for row in query(
            instance,
            "SELECT name, note FROM test_synchronisation_keyed")
        for value in row}
    for row in query(
            instance,
            "SELECT winner, loser FROM synchronisation_conflict"):
        values.update(map(json.loads, row))
    values.update(seen for _, _, seen, _ in edits)
    assert not {value for _, _, _, value in edits} - values


def test_concurrent_push(network):
    "Test that pushes at the same time lose nothing and share no place"
    net = network('postgresql', MODULES)
    hub, *satellites = net.instances
    hub.call(create_hot)
    with ExitStack() as stack:
        users = [stack.enter_context(Remote(i)) for i in net.instances]
        runs = [stack.enter_context(Remote(i)) for i in satellites]
        for run in runs:
            run.do(fetch_hot)
        edits = []
        for number in range(ROUNDS):
            for i, user in enumerate(users):
                user.tell(user_works, f'user-{i}', number)
            for run in runs:
                run.tell(synchronise)
            for remote in runs:
                remote.result()
            for user in users:
                edits += user.result()
        # What the first tells, the second has after the next
        for run in runs + runs:
            run.do(synchronise)
        for run in runs:
            assert not run.do(synchronise)
            known = run.do(status)
            assert (known['pending'], known['quarantined']) == (0, 0)
    check_places(hub)
    shared = [
        ('test_synchronisation_mode_full', 'code, name'),
        ('test_synchronisation_keyed', 'code, name, note'),
        ]
    theirs = contents(hub, *shared)
    for satellite in satellites:
        assert contents(satellite, *shared) == theirs
    assert len(edits) == 3 * ROUNDS * COUNT * 2
    check_accounted(hub, edits)


def blocked(instance):
    return query(
        instance, "SELECT pid FROM pg_stat_activity WHERE datname = %s "
        "AND cardinality(pg_blocking_pids(pid)) > 0", instance.name)


def test_first_contact(network):
    "Test that two satellites meet a new hub at the same time"
    net = network('postgresql', MODULES)
    net.hub.call(create_hot)
    with ExitStack() as stack:
        runs = [stack.enter_context(Remote(i)) for i in net.satellites]
        slow = stack.enter_context(closing(net.hub.database.connect()))
        # What the hub does first takes long
        slow.cursor().execute(f'LOCK TABLE "{RECORD}" IN SHARE MODE')
        for count, run in enumerate(runs, 1):
            run.tell(synchronise)
            until(lambda: len(blocked(net.hub)) == count, "The wait")
        slow.rollback()
        for run in runs:
            run.result()
