# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The processor time of a record by process, without a profiler.

Unlike seconds it hardly depends on what else the machine does.
"""
from .hall import TICK, ticks
from .place import Place
from tests.waiting import query

# (stage, which satellite, task)
STAGES = [
    ('push', 0, 'synchronise_push_all'),
    ('pull', 1, 'synchronise_new'),
    ]
BACKENDS = (
    "SELECT pid FROM pg_stat_activity "
    "WHERE datname = %s AND pid <> pg_backend_pid()")


def measure(cluster, records, rounds=1):
    """Yield (stage, {who: microseconds a record}) of each round.

    Who is the satellite or the hub, and the database of each: on SQLite that
    is in their processes.
    """
    with Place(cluster) as place:
        warm(place)
        for seed in range(rounds):
            place.stations[0].create(records, 1000 + seed)
            for stage, number, name in STAGES:
                yield stage, once(place, place.stations[number], name, records)


def warm(place):
    "Do what is only done once, and what the other created"
    for seed, station in enumerate(place.stations * 2, 1):
        station.create(10, seed)
        station.run('synchronise')
    for station in place.stations:
        station.run('synchronise')


def once(place, station, name, records):
    before = spent(place, station)
    station.run(name)
    after = spent(place, station)
    return {
        who: sum(now - before[who].get(pid, 0)
            for pid, now in found.items()) * TICK * 1000 / records
        for who, found in after.items()}


def spent(place, station):
    "Return {who: {pid: ticks}}"
    result = {}
    for who, instance, process in [
            ('satellite', station.instance,
                station.remote.process.process),
            ('hub', place.hub, place.hub.server.process)]:
        result[who] = {process.pid: ticks(process.pid)}
        if place.cluster:
            result[f'database of the {who}'] = {
                pid: ticks(pid)
                for pid, in query(instance, BACKENDS, instance.name)}
    return result


def lines(found):
    "Return the lines of the table of what measure() gave, the medians"
    stages = {}
    for stage, costs in found:
        stages.setdefault(stage, []).append(costs)
    for stage, rounds in stages.items():
        medians = {
            who: sorted(costs[who] for costs in rounds)[len(rounds) // 2]
            for who in rounds[0]}
        yield f"{stage}: {sum(medians.values()):.0f} µs a record, " + (
            ', '.join(f'{who} {cost:.0f}' for who, cost in medians.items()))
