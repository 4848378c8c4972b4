# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What it costs the ORM that changes are captured."
import time

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import workload
from .place import Place
from .task import WITH, WITHOUT, batched

GROUPS = {'capture'}
LOT = 500
MODELS = {'ours': WITH, 'theirs': WITHOUT}


def measure(run):
    "Yield (name of a key, its runs)"
    with Place(run.cluster, 1) as place:
        station, = place.stations
        station.do(work, LOT, run.draw(), False)
        rounds = [
            station.do(work, run.sizes['records'], run.draw(), bool(i % 2))
            for i in range(run.rounds)]
    for name in ['create', 'write']:
        yield f'capture_{name}_ratio', [found[name] for found in rounds]


def work(count, seed, reverse):
    """Create records and write them, with the mixin and without by turns.

    Return {create or write: {ours or theirs: seconds}}.  A turn is one
    transaction.
    """
    seconds = {
        word: dict.fromkeys(MODELS, 0.0) for word in ['create', 'write']}
    ids = {who: [] for who in MODELS}
    for number, values in enumerate(
            batched(workload.records(count, seed), LOT)):
        for who in sorted(MODELS, reverse=(number + reverse) % 2):
            taken, lot = timed(create, MODELS[who], values)
            seconds['create'][who] += taken
            ids[who].append(lot)
    for number, lots in enumerate(zip(*ids.values())):
        lots = dict(zip(ids, lots))
        for who in sorted(MODELS, reverse=(number + reverse) % 2):
            seconds['write'][who] += timed(write, MODELS[who], lots[who])[0]
    return seconds


def timed(function, name, values):
    "Return the seconds of a transaction with its commit, and its result"
    database, = Pool.database_list()
    Model = Pool(database).get(name)
    began = time.perf_counter()
    with Transaction().start(database, 1) as transaction:
        result = function(Model, values)
        transaction.commit()
    return time.perf_counter() - began, result


def create(Model, values):
    return [record.id for record in Model.create(values)]


def write(Model, ids):
    actions = []
    for number, record in enumerate(Model.browse(ids)):
        actions += [[record], {'visits': number, 'phone': f'+34 {number}'}]
    Model.write(*actions)
