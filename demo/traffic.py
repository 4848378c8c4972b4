# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the runs of the clinics moved, and what that cost."
from collections import Counter

# What a run may cost in which nothing moved, in requests and bytes each way
IDLE_REQUESTS = 2
IDLE_BYTES = 4000


def describe(outcome):
    return (
        f"{outcome['task']}: {count(outcome):,} moved, "
        f"{outcome['requests']} requests, "
        f"{outcome['bytes_up']:,} bytes sent, "
        f"{outcome['bytes_down']:,} received, {outcome['seconds']:.1f} s")


def describe_most(outcomes):
    requests, sent, received = (
        max(outcome[name] for outcome in outcomes)
        for name in ['requests', 'bytes_up', 'bytes_down'])
    return f"{requests} requests, {sent:,} bytes sent, {received:,} received"


def count(outcome):
    "Return how many records a run moved."
    return sum(
        counts.get('pushed', 0) + counts.get('pulled', 0)
        for counts in outcome['moved'].values())


def moved(runs):
    "Return {model: Counter of pushed, pulled and waiting} of some runs."
    result = {}
    for outcome in runs:
        for model, counts in outcome['moved'].items():
            result.setdefault(model, Counter()).update(counts)
    return result


def costs(runs):
    "Return {task: Counter} of runs, requests, bytes and seconds."
    result = {}
    for outcome in runs:
        cost = result.setdefault(outcome['task'], Counter())
        cost['runs'] += 1
        for name in ['requests', 'bytes_up', 'bytes_down', 'seconds']:
            cost[name] += outcome[name]
    return result


def check_complete(name, outcome):
    "Yield what was left undone by a run."
    if not outcome['complete']:
        yield f"{outcome['task']} at {name}: {' '.join(outcome['errors'])}"


def check_idle(name, outcome):
    "Yield what a run, in which nothing moved, cost too much."
    task = f"{outcome['task']} at {name}, with nothing to move,"
    if outcome['requests'] > IDLE_REQUESTS:
        yield f"{task} made {outcome['requests']} requests."
    for way in ['bytes_up', 'bytes_down']:
        if outcome[way] >= IDLE_BYTES:
            yield f"{task} needed {outcome[way]} {way.replace('_', ' ')}."
