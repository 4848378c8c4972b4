# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A hundred thousand records: what they take, and whether they take longer."
from pathlib import Path

from . import content, workload
from .contender import WITH
from .place import MODULES, Place, Station
from tests import template
from tests.instance import Instance
from tests.remote import Remote

GROUPS = {'memory'}
# Records in a transaction, which waits as a whole
LOT = 1
# Of 500 numbers of visits, those that are refused: 1 %
PART = 5


def measure(run):
    "Yield (name of a key, its runs)"
    sources = {}
    try:
        for name, size in [('small', 'records'), ('large', 'hundred')]:
            count = run.sizes[size]
            sources[name] = source(run, count, seed := run.draw()), count, seed
        peaks, rounds = [], []
        for number in range(run.rounds):
            found = {}
            for name in sorted(sources, reverse=number % 2):
                for word, poisoned in [('', False), ('poisoned_', True)]:
                    peak, seconds = once(run, *sources[name], poisoned)
                    found |= {f'{word}{way}_{name}': value
                        for way, value in seconds.items()}
                    if name == 'large':
                        peaks.append(peak)
            rounds.append(found)
            run.tell([found, peaks[-2:]])
    finally:
        for database, *_ in sources.values():
            database.drop()
    yield 'hundred_thousand_peak_rss_mb', peaks
    yield 'hundred_thousand_rate_ratio', rounds


def source(run, count, seed):
    "Return a database in which the records are and wait to be pushed"
    with Place(run.cluster, 1) as place:
        database = template.prepare(MODULES, 'source', cluster=run.cluster)
        instance = Instance(place.folder / 'source', database, 1)
        with Remote(instance) as remote:
            Station(instance, remote).create(count, seed, LOT)
        instance.server.stop()
    return database


def once(run, database, count, seed, poisoned):
    """Return (the largest process in MB, {way: microseconds a record}).

    All of it is new: the databases and their processes.
    """
    with Place(run.cluster, 2, copied=database) as place:
        first, second = place.stations
        if poisoned:
            for number, instance in enumerate([place.hub, second.instance]):
                refuse(instance, PART * number, PART * (number + 1))
        for station in place.stations:
            # The session, and what a process does once
            station.run('synchronise_pull_all')
        pushed, _ = first.run('synchronise_push_all', not poisoned)
        pulled, _ = second.run('synchronise_new', not poisoned)
        for number, instance in enumerate([place.hub, second.instance]):
            content.check_rows(
                content.stream(instance.database, WITH),
                expected(count, seed, PART * (number + 1) if poisoned else 0))
        peak = max(map(highest, [
                    place.hub.server.process.pid, *(
                        station.remote.process.process.pid
                        for station in place.stations)]))
    return peak, {
        'push': pushed / count * 1e6, 'pull': pulled / count * 1e6}


def refuse(instance, first, end):
    "Let the database refuse the records with so many visits"
    with instance.database.cluster.connect(instance.name) as connection:
        connection.cursor().execute(
            f"ALTER TABLE {WITH} ADD CHECK "
            f"(visits NOT BETWEEN {first} AND {end - 1})")


def expected(count, seed, visits):
    "Return the sorted records that nobody refused"
    return sorted(
        (record for record in workload.records(count, seed)
            if record['visits'] >= visits), key=lambda r: r['uuid'])


def highest(pid):
    "Return the most memory that a process has had, in MB"
    for line in Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmHWM:'):
            return int(line.split()[1]) * 1024 / 1e6
