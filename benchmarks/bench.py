# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Measure, print a table and keep the results.

make bench ONLY=push,noop PEERS=1 SEED=n
"""
import argparse
import random
import signal
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from pathlib import Path

from . import (
    capture, changed, exchange, memory, noop, party, result, size, table,
    workload)
from .hall import Hall
from .key import KEYS, SIZES, chosen
from tests import environment
from tests.postgresql import Cluster

ROUNDS = 5
# The last ones leave large databases
PARTS = [exchange, party, size, capture, memory, noop, changed]
# Where goes what was measured with other sizes, which is no result
TRIAL = environment.CACHE / 'benchmarks.json'


class Run:
    "What the parts of the benchmark need."

    def __init__(self, options, cluster):
        self.seed = options.seed
        self.random = random.Random(self.seed)
        self.rounds = options.rounds
        self.sizes = {
            name: max(10, int(size * options.scale))
            for name, size in SIZES.items()}
        self.wanted = [
            name for name in chosen(options.only)
            if options.peers or not KEYS[name].groups & exchange.INSTALLED]
        self.cluster = cluster
        self.why = {}
        self.stack = ExitStack()
        self.halls = {}

    def hall(self, size):
        "Return the Hall with so many records, which stays until the end."
        if size not in self.halls:
            began = time.monotonic()
            self.halls[size] = self.stack.enter_context(
                Hall(self, self.sizes[size]))
            self.tell(
                f"made {self.sizes[size]} records in "
                f"{time.monotonic() - began:.0f} s")
        return self.halls[size]

    def draw(self):
        "Return a new seed of records."
        seed = self.random.randrange(10 ** 9)
        workload.check(seed)
        return seed

    def tell(self, what):
        print(time.strftime('%H:%M:%S'), what, flush=True)

    def fail(self, names, error):
        "Note why keys cannot be measured"
        traceback.print_exception(error)
        self.why |= dict.fromkeys(
            names, f"It failed with {type(error).__name__}.")

    def part(self, part):
        "Return the entries of the keys that a part measures"
        names = [name for name in self.wanted if owner(name) is part]
        runs = {}
        try:
            for name, found in part.measure(self):
                runs[name] = found
        except Exception as error:
            self.fail([n for n in names if n not in self.why], error)
        return {
            name: result.entry(
                name, runs.get(name, []), self.sizes, self.seed,
                self.why.get(name, "It was not measured."))
            for name in names}


def owner(name):
    "Return the part that measures a key"
    return next(
        part for part in PARTS if KEYS[name].groups & part.GROUPS)


def some_groups(text):
    found = text.split(',')
    try:
        chosen(found)
    except ValueError as error:
        raise argparse.ArgumentTypeError(error)
    return found


def options(args):
    parser = argparse.ArgumentParser(description="Measure the engine")
    parser.add_argument('--only', default=[], type=some_groups,
        help="groups to measure, separated by commas")
    parser.add_argument('--peers', action='store_true',
        help="install and measure Morango and PouchDB, too")
    parser.add_argument('--seed', type=int,
        default=random.SystemRandom().randrange(10 ** 6))
    parser.add_argument('--rounds', type=int, default=ROUNDS)
    parser.add_argument('--scale', type=float, default=1,
        help="a part of the sizes, to try whether it works")
    return parser.parse_args(args)


def main(args=None):
    chosen_options = options(args)
    # What it started is stopped with it, as for Ctrl-C
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    trial = chosen_options.scale != 1 or chosen_options.rounds < ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        environment.prepare(Path(folder))
        cluster = Cluster.start()
        try:
            check_durable(cluster)
            run = Run(chosen_options, cluster)
            with run.stack:
                return measure(run, trial)
        finally:
            cluster.stop()


def check_durable(cluster):
    "Refuse to measure with commits that a loss of power can take back"
    with cluster.connect() as connection, connection.cursor() as cursor:
        for name in ['fsync', 'synchronous_commit']:
            cursor.execute(f'SHOW {name}')
            if cursor.fetchone() != ('on',):
                raise RuntimeError(
                    f"{name} of PostgreSQL is off; set it to on.")


def measure(run, trial):
    run.tell(f"seed {run.seed}, {run.rounds} rounds, {run.sizes}")
    found = {}
    for part in PARTS:
        if any(owner(name) is part for name in run.wanted):
            began = time.monotonic()
            found |= (entries := run.part(part))
            run.tell(f"{part.__name__} took {time.monotonic() - began:.0f} s")
            keep(entries, trial)
    print('\n'.join(table.text(found)))
    return 0 if all(made['holds'] for made in found.values()) else 1


def keep(entries, trial):
    if trial:
        result.merge(entries, TRIAL)
        return
    table.publish(result.merge(entries))
    result.remember(entries)


if __name__ == '__main__':
    sys.exit(main())
