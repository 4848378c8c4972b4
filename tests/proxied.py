# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Run over lines that break and swallow answers at random.

Two satellites synchronise with their hub again and again, each over a line of
its own whose weather is another one in each run, while people write at all
three.  Each run has to end, whatever the line does, and from time to time the
weather is fair: then all three must be equal, with all that people saved.
"""
import random
import sys
from collections import Counter
from contextlib import ExitStack

from . import foul, users
from .ledger import Ledger
from .line import FAIR, Weather
from .long_run import LongRun, arguments
from .network import standalone
from .postgresql import Cluster
from .remote import Remote

MODULES = ['test_synchronisation']
SATELLITES = 2
# A small batch, so that there are many messages
BATCH = '20'
PERSONS = 2
# Runs until the weather is fair
PIECE = 50
# Pauses are so many times shorter
TIMES = 20
# How many runs may be needed at the end
RUNS = 5
# Seconds in which each run has to end
DEADLINE = 600


def draw(rng):
    "Return a weather."
    return Weather(
        rate=rng.choice([0, 0, 200_000]),
        delay=rng.choice([0, 0, .02]),
        cuts=rng.choice([None, (.02, .5), (.1, 2)]),
        tears=rng.choice([None, (200, 5000), (2000, 50_000)]),
        swallows=rng.choice([0, 0, .1, .4]))


class Proxied:
    "A network over lines."

    def __init__(self, network, seed):
        self.network = network
        self.seed = seed
        self.random = random.Random(seed)
        self.figures = Counter()

    def run(self, runs):
        "Run so often; return what was seen and what is wrong."
        with ExitStack() as stack:
            sites = [
                self.site(stack, number, satellite)
                for number, satellite in enumerate(self.network.satellites)]
            with users.people(
                    self.network.instances, self.seed, PERSONS) as journals:
                for _ in range(runs):
                    self.exchange(*self.random.choice(sites))
            for line, satellite in sites:
                line.change(FAIR)
            # The first has what came of the last one
            for line, satellite in [*sites, *sites]:
                self.end(satellite)
            for line, _ in sites:
                self.figures['breaks'] += line.breaks
                self.figures['swallowed'] += line.swallowed
        ledger = Ledger(journals)
        self.figures['transactions'] = ledger.transactions
        return self.figures, ledger.check(self.network.instances)

    def site(self, stack, number, satellite):
        "Return the Line of a satellite and its Remote."
        line = stack.enter_context(foul.lined(
                self.network, satellite, seed=f'{self.seed} {number}'))
        remote = stack.enter_context(Remote(satellite))
        remote.do(foul.hasten, TIMES)
        return line, remote

    def exchange(self, line, satellite):
        line.change(draw(self.random))
        satellite.tell(foul.attempt)
        self.figures[satellite.result(DEADLINE)] += 1
        self.figures['runs'] += 1

    def end(self, satellite):
        "Run on a fair line until all is done."
        for _ in range(RUNS):
            if satellite.do(foul.attempt) == 'complete':
                return
        raise AssertionError(f"{RUNS} runs did not level it")


def main(args=None):
    options = arguments(
        "Run over lines that break", runs=1000).parse_args(args)
    run = LongRun('proxied', options, 'PostgreSQL')
    cluster = Cluster.start()
    try:
        for first in range(0, options.runs, PIECE):
            if str(first) in run.done:
                continue
            with standalone(
                    cluster, MODULES, SATELLITES, batch=BATCH) as network:
                figures, problems = Proxied(
                    network, options.seed + first).run(
                    min(PIECE, options.runs - first))
            run.finish(str(first), [figures, problems])
            print(first + PIECE, dict(figures), *problems, sep='\n',
                flush=True)
    finally:
        cluster.stop()
    return judge(run)


def judge(run):
    "Print the figures and return the exit status."
    total, problems = Counter(), []
    for figures, found in run.done.values():
        total.update(figures)
        problems += found
    run.report(
        f"{total['runs']} runs, {total['breaks']} breaks of the lines and "
        f"{total['swallowed']} answers swallowed; {total['transactions']} "
        "transactions of users",
        f"{len(problems)} violations; {total['complete']} runs were complete "
        "all the same")
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
