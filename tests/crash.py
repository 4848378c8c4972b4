# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Kill the worker and the server of the hub again and again.

A worker of Celery synchronises a satellite all the time, a server answers as
its hub, and people write at both ends.  At random moments one of the two is
killed, with all its processes, and started again; nobody does anything else.
In the end everything that people saved must be at both ends, once.

The log of runs tells whether a batch was under way: the run that a kill met
never ended, ended because the hub was gone, or went on when it was back.
"""
import random
import sys
import time
from collections import Counter

from . import users, worker
from .caller import SpoolCron
from .ledger import Ledger
from .long_run import LongRun, arguments
from .network import standalone
from .postgresql import Cluster
from .spool import Spool
from .waiting import query

MODULES = ['test_synchronisation']
# A small batch, so that there are many messages
BATCH = '20'
# Persons at each end
PERSONS = 3
# Kills of one network
PIECE = 20
# Seconds between what was started and the next kill, at most
DELAY = 1.
# The part of the kills that wait for no run
ANY_TIME = .1
# The part that must have met a batch
DURING = .75
# How many runs may be needed after the last kill
RUNS = 20
BROKEN = {'interrupted', 'failed'}


class Crash:
    "A network, of one satellite, whose programs are killed."

    def __init__(self, network, seed):
        self.hub = network.hub
        self.satellite, = network.satellites
        self.random = random.Random(seed)
        self.seed = seed
        # How often what was killed, and the run that each kill met
        self.kills, self.met = Counter(), []
        folder = self.satellite.folder
        self.cron = self.make_cron(folder)
        worker.configure(
            folder, self.cron.broker, TRYTON_DATABASE=self.satellite.name,
            TRYTON_CONFIG=str(self.satellite.conf))
        self.worker = worker.Worker(folder)
        # What is killed, each with kill() and start()
        self.programs = {'worker': self.worker, 'hub': self.hub.server}
        # Those of the next kills, as each has its turn
        self.next = []

    def make_cron(self, folder):
        # A second is long for a run
        return SpoolCron(
            Spool(folder / 'broker', polling_interval=.05), folder / 'outbox')

    def run(self, kills):
        "Kill so often and return what was seen"
        with self.worker:
            with users.people(
                    [self.hub, self.satellite], self.seed,
                    PERSONS) as journals:
                for _ in range(kills):
                    self.kill()
            self.wait_until_level()
        rows = query(self.satellite,
            "SELECT id, state, breaks FROM synchronisation_run")
        self.runs = {number: state for number, state, _ in rows}
        # A run goes on with a hub that is back soon
        self.broken = {number for number, state, breaks in rows
            if state in BROKEN or breaks}
        ledger = Ledger(journals)
        return self.figures(ledger), ledger.check([self.hub, self.satellite])

    def last_run(self, ended=False):
        rows = query(
            self.satellite, "SELECT id, state FROM synchronisation_run "
            "WHERE state != 'running' OR NOT %s ORDER BY id DESC LIMIT 1",
            ended)
        return rows[0] if rows else (0, None)

    def kill(self):
        "Kill a program at some moment, and start it again"
        self.pause(self.random.random() * DELAY)
        if self.random.random() > ANY_TIME:
            self.cron.wait(self.running, "The next run")
        if not self.next:
            self.next = self.random.sample(
                list(self.programs), len(self.programs))
        name = self.next.pop()
        # Without its hub it ends at once
        met = self.running()
        self.programs[name].kill()
        self.met.append(met)
        self.kills[name] += 1
        self.programs[name].start()

    def running(self):
        "Return the run that is under way, if no kill has met it yet"
        number, state = self.last_run()
        return number if state == 'running' and number not in self.met else 0

    def pause(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.cron.call()
            time.sleep(min(left, .05))

    def wait_until_level(self):
        "Wait for runs that do all there is to do"
        first, _ = self.last_run()

        def is_level():
            last, state = self.last_run(ended=True)
            # A server that was killed leaves out some ids
            (count,), = query(
                self.satellite, "SELECT count(*) FROM synchronisation_run "
                "WHERE id > %s AND id <= %s", first, last)
            assert count <= RUNS, (
                f"{RUNS} runs did not level it: {self.left()}")
            # The first has what came of the last one below
            return count > 1 and state == 'done' and not self.is_pending()
        self.cron.wait(is_level, "A run that does all")

    def is_pending(self):
        return query(
            self.satellite, "SELECT 1 FROM synchronisation_record "
            "WHERE pending UNION ALL SELECT 1 FROM synchronisation_change "
            "LIMIT 1")

    def left(self):
        "Return what is not level yet, for who has to find out why"
        return {
            'waiting': [query(node, "SELECT place, peer, model, identity, "
                    "code, reason FROM synchronisation_quarantine LIMIT 5")
                for node in [self.hub, self.satellite]],
            'pending': query(
                self.satellite, "SELECT model, identity, dead, state FROM "
                "synchronisation_record WHERE pending LIMIT 5"),
            'runs': query(
                self.satellite, "SELECT state, code, count(*) FROM "
                "synchronisation_run GROUP BY state, code"),
            }

    def figures(self, ledger):
        figures = Counter(self.kills)
        figures['during'] = len(self.broken.intersection(self.met))
        figures['transactions'] = ledger.transactions
        figures['runs'] = len(self.runs)
        figures.update(self.runs.values())
        (figures['conflicts'],), = query(
            self.hub, "SELECT count(*) FROM synchronisation_conflict")
        return figures


def main(args=None):
    options = arguments(
        "Kill the programs of a network", kills=200).parse_args(args)
    run = LongRun('crash', options, 'PostgreSQL')
    cluster = Cluster.start()
    try:
        def work(seed, count):
            with standalone(cluster, MODULES, batch=BATCH) as net:
                return Crash(net, seed).run(count)
        kill_all(run, options, work)
    finally:
        cluster.stop()
    return judge(run, options.kills)


def kill_all(run, options, work):
    "Do the pieces of a LongRun by work(seed, how many kills)."
    for first in range(0, options.kills, PIECE):
        if str(first) in run.done:
            continue
        count = min(PIECE, options.kills - first)
        figures, problems = work(options.seed + first, count)
        run.finish(str(first), [figures, problems])
        print(f'{first + count} of {options.kills}', dict(figures),
            *problems, sep='\n', flush=True)


def summed(run):
    "Return the figures of a LongRun and its problems."
    total, problems = Counter(), []
    for figures, found in run.done.values():
        total.update(figures)
        problems += found
    return total, problems


def judge(run, kills):
    "Print the figures and return the exit status."
    total, problems = summed(run)
    share = total['during'] / kills
    run.report(
        f"{kills} kills, {total['worker']} of the worker and {total['hub']} "
        f"of the hub; {total['transactions']} transactions of users", (
            f"{len(problems)} violations; {total['during']} kills met a "
            f"batch ({share:.0%}); of {total['runs']} runs "
            f"{total['interrupted']} were interrupted and {total['failed']} "
            f"failed; {total['conflicts']} conflicts"
            + ('' if share >= DURING else '; too few kills met a batch')))
    return 1 if problems or share < DURING else 0


if __name__ == '__main__':
    sys.exit(main())
