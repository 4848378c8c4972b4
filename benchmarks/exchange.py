# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Pushes and pulls of new records, of ours and of others by turns."
from contextlib import ExitStack

from .contender import Insert, Morango, Ours, PouchDB

GROUPS = {'insert', 'morango', 'pouchdb'}
# Who is measured on which back end, by the end of the keys
PEERS = {
    'postgresql': {
        'insert': Insert, 'morango': Morango, 'pouchdb': PouchDB},
    'sqlite': {'morango_sqlite': Morango},
    }
# What is only measured with PEERS=1, for it is installed first
INSTALLED = {'morango', 'morango_sqlite', 'pouchdb'}
WAYS = 'push', 'pull'
# Records of the round that is not counted
WARM = 500


def measure(run):
    "Yield (name of a key, its runs)"
    for backend, peers in PEERS.items():
        wanted = {
            name: peer for name, peer in peers.items()
            if any(f'{way}_vs_{name}' in run.wanted for way in WAYS)}
        if wanted:
            yield from contest(
                run, run.cluster if backend == 'postgresql' else None, wanted)


def contest(run, cluster, peers):
    "Let ours and the peers push and pull by turns"
    with ExitStack() as stack:
        contenders = {
            'ours': warmed(run, stack.enter_context(Ours(cluster)))}
        for name, make in peers.items():
            try:
                contenders[name] = warmed(
                    run, stack.enter_context(make(cluster)))
            except Exception as error:
                # The others can be measured without it
                run.fail([f'{way}_vs_{name}' for way in WAYS], error)
        rounds = []
        for number in range(run.rounds):
            names = sorted(contenders, reverse=number % 2)
            rounds.append({
                    name: once(contenders[name], run.sizes['records'], seed)
                    for seed in [run.draw()] for name in names})
            run.tell(rounds[-1])
    for name in contenders.keys() - {'ours'}:
        for i, way in enumerate(WAYS):
            yield f'{way}_vs_{name}', [
                {'ours': found['ours'][i], 'theirs': found[name][i]}
                for found in rounds]


def warmed(run, contender):
    once(contender, WARM, run.draw())
    return contender


def once(contender, count, seed):
    "Return the seconds of a push and of a pull of new records"
    contender.create(count, seed)
    seconds = contender.push(), contender.pull()
    contender.check(count, seed)
    return seconds
