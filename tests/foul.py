# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Records that go over a line which is cut each minute, and what it carries."
import random
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from trytond.pool import Pool
from trytond.transaction import Transaction

from .line import FAIR, FOUL, Line, hastened
from .remote import Remote

MODULES = ['test_synchronisation']
MODEL = 'test_synchronisation.mode_full'
FILED = 'test_synchronisation.field'
# Letters that do not compress to less than so many bytes
LETTERS = 220
# How many runs it may take, one every few minutes
RUNS = 40
# Seconds that one of them may take
LONGEST = 6 * 60 * 60

Carried = namedtuple('Carried', 'up down breaks runs')


def create(pool, count, seed):
    "Create records, a few in a transaction, as people do"
    rng = random.Random(seed)
    for begin in range(0, count, 10):
        pool.get(MODEL).create([{
                    'code': f'{seed}.{number}',
                    'name': f'{rng.getrandbits(4 * LETTERS):x}',
                    } for number in range(begin, min(begin + 10, count))])
        Transaction().commit()


def attach(pool, size, seed):
    "Create a record with a file"
    pool.get(FILED).create([{'binary': random.Random(seed).randbytes(size)}])
    Transaction().commit()


def arrived(pool):
    "Return how much of a file has arrived"
    whole = [len(record.binary or b'')
        for record in pool.get(FILED).search([])]
    parts = pool.get('synchronisation.file.part').search([])
    return sum(whole) + sum(part.size for part in parts)


def count(pool):
    return pool.get(MODEL).search_count([])


def hasten(times):
    "Let a satellite take a second for so many"
    from trytond.modules.synchronisation import cycle, pace
    pace.AIM /= times
    cycle.REDIALS = [seconds / times for seconds in cycle.REDIALS]


def synchronise():
    "Run, and return what ended it, None if it is complete"
    from trytond.modules.synchronisation.errors import HubUnreachableError
    from trytond.modules.synchronisation.satellite import Satellite
    try:
        outcome = Satellite(*Pool.database_list()).synchronise()
    except HubUnreachableError as error:
        return str(error)
    assert outcome.complete, outcome.errors


def attempt():
    "Run, and return how it ended."
    from trytond.modules.synchronisation.errors import HubUnreachableError
    from trytond.modules.synchronisation.satellite import Satellite
    try:
        outcome = Satellite(*Pool.database_list()).synchronise()
    except HubUnreachableError:
        return 'broken'
    # People write meanwhile
    return 'complete' if outcome.complete else 'incomplete'


def until_level(satellite, most=RUNS):
    "Run as often as cron would; return how many runs it took"
    for number in range(1, most + 1):
        satellite.tell(synchronise)
        problem = satellite.result(LONGEST)
        if not problem:
            return number
    raise AssertionError(problem)


@contextmanager
def lined(net, satellite, weather=FAIR, seed=0, **options):
    "Give a Line to the hub of a network, over which a satellite dials"
    with Line(net.hub.server.port, weather, seed) as line:
        satellite.configure(synchronisation_url=(
                f'http://127.0.0.1:{line.port}/{net.hub.name}/'), **options)
        yield line


def carry_file(net, satellite, size, seed, times, weather):
    """Let a satellite push a file, and a record now and then meanwhile.

    Return (what was Carried, the seconds that each record took).
    """
    with lined(net, satellite, seed=seed) as line, (
            Remote(satellite)) as remote, Remote(satellite) as user, (
            Remote(net.hub)) as hub, ThreadPoolExecutor(1) as threads:
        remote.do(hasten, times)
        remote.do(synchronise)
        line.change(hastened(weather, times))
        before = line.up, line.down, line.breaks
        user.call(attach, size, seed)
        runs, delays = threads.submit(until_level, remote), []
        while not runs.done():
            delays += delay_of_record(
                user, hub, f'{seed} {len(delays)}', runs.done)
        remote.do(synchronise)
        assert hub.call(arrived) == size
        up, down, breaks = (
            now - then for now, then in zip(
                (line.up, line.down, line.breaks), before))
        return Carried(up, down, breaks, runs.result()), [
            times * delay for delay in delays]


def delay_of_record(user, hub, seed, is_over):
    """Create a record and return how many seconds it took to the hub.

    That is a list, which is empty if the runs are over before it goes.
    """
    known, began = hub.call(count), time.monotonic()
    user.call(create, 1, seed)
    while not is_over():
        if hub.call(count) > known:
            return [time.monotonic() - began]
        time.sleep(.05)
    return []


def carry(net, satellite, size, seed, times, weather=FOUL, first=0):
    """Let a satellite push so many new records; return what was Carried.

    It has signed in before, over a fair line, and has learnt what the line
    carries by the first records, which do not count.
    """
    with lined(net, satellite, seed=seed) as line, (
            Remote(satellite)) as remote, Remote(net.hub) as hub:
        remote.do(hasten, times)
        remote.do(synchronise)
        line.change(hastened(weather, times))
        if first:
            remote.call(create, first, f'{seed} first')
            until_level(remote)
        before = hub.call(count)
        remote.call(create, size, seed)
        up, down, breaks = line.up, line.down, line.breaks
        runs = until_level(remote)
        assert hub.call(count) - before == size
        return Carried(
            line.up - up, line.down - down, line.breaks - breaks, runs)
