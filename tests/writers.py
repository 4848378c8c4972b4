# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""People write at both ends while a satellite synchronises without a pause.

They use servers of their own, which PostgreSQL knows by another name than the
hub and the satellite, so that who waits for the module can be told from who
waits for another person.

Then the cost of the capture alone is measured, see capture_cost.py.
"""
import statistics
import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager

from . import capture_cost, configuration, port, users
from .clients import MEANWHILE, Client
from .ledger import Ledger
from .long_run import LongRun, arguments
from .network import standalone
from .postgresql import Cluster
from .server import Server
from .waiting import query, until
from .waits import USERS, Waits

MODULES = ['test_synchronisation']
WRITERS = 8
# Seconds that somebody may wait for the row that is being replaced
LONGEST = .2
# What a person may cost by the capture of what they save, at the 99th
# percentile
RATIO = 1.1
# Kinds of locks that are held on a row
ROW = {'transactionid', 'tuple'}


@contextmanager
def server(instance):
    "Give the URL of a server for the users of an instance"
    number = port.claim()
    conf = instance.folder / 'users.conf'
    configuration.write(
        conf, instance.database, number, synchronisation=instance.settings())
    result = Server(
        [conf], instance.database, number, instance.folder / 'users.log')
    result.environment = {'TRYTOND_APPNAME': USERS}
    with result:
        yield f'{result.address}{instance.name}/'


class Writers:
    "People at both ends of a network, of one satellite."

    def __init__(self, network, seed, writers=WRITERS, longest=LONGEST):
        self.instances = [network.hub, *network.satellites]
        self.seed = seed
        self.writers = writers
        self.longest = longest

    def run(self, seconds):
        "Let them write so long; return what was seen and what was wrong"
        with ExitStack() as stack:
            urls = [stack.enter_context(server(i)) for i in self.instances]
            journals = [instance.folder / 'journal'
                for instance in self.instances]
            files = [stack.enter_context(open(j, 'w')) for j in journals]
            self.clients = [
                Client(url, instance.number, f'{self.seed}.{number}', file)
                for instance, url, file in zip(self.instances, urls, files)
                for number in range(self.writers)]
            self.waits = [Waits(instance) for instance in self.instances]
            self.exchange(seconds)
        ledger = Ledger(journals)
        return self.figures(ledger), [
            *ledger.check(self.instances), *self.problems()]

    def exchange(self, seconds):
        _, satellite = self.instances
        end = satellite.folder / 'end'
        cycle = satellite.start(users.exchange, str(end))
        try:
            until(lambda: cycle.process.poll() is not None or query(
                    satellite, "SELECT 1 FROM synchronisation_run"),
                "The first run")
            if cycle.process.poll() is not None:
                cycle.wait()
            for thread in [*self.waits, *self.clients]:
                thread.start()
            time.sleep(seconds)
            for thread in [*self.clients, *self.waits]:
                thread.stop()
            end.touch()
            self.runs = cycle.result(300)
        finally:
            cycle.kill()

    def problems(self):
        for text in self.refused():
            if text != MEANWHILE:
                yield f"a writer failed with {text}"
        for waits in self.waits:
            for (*_, kind, statement, table), longest in sorted(
                    waits.longest.items(), key=lambda item: -item[1]):
                if (kind not in ROW or longest >= self.longest
                        or (table or '').startswith('synchronisation')):
                    yield (f"a writer of {waits.instance.name} waited "
                        f"{longest:.3f} s for a {kind} of {table}, in "
                        f'"{statement}"')

    def refused(self):
        return sum((client.refused for client in self.clients), Counter())

    def figures(self, ledger):
        waited = [seconds for waits in self.waits
            for seconds in waits.longest.values()]
        return {
            'saved': ledger.transactions,
            'refused': self.refused()[MEANWHILE],
            'runs': self.runs,
            'samples': sum(waits.samples for waits in self.waits),
            'waits': len(waited),
            'longest': round(max(waited, default=0), 3),
            'conflicts': query(
                self.instances[0],
                "SELECT count(*) FROM synchronisation_conflict")[0][0],
            }


def main(args=None):
    options = arguments(
        "Let people write while a satellite synchronises",
        seconds=120, pairs=9).parse_args(args)
    run = LongRun('writers', options, 'PostgreSQL')
    cluster = Cluster.start()
    try:
        if 'writers' not in run.done:
            with standalone(cluster, MODULES) as net:
                run.finish('writers', Writers(net, options.seed).run(
                        options.seconds))
            print(*run.done['writers'], sep='\n', flush=True)
        if 'pairs' not in run.done:
            run.finish('pairs', capture_cost.measure(
                    cluster, options.pairs, WRITERS))
            print(run.done['pairs'], flush=True)
    finally:
        cluster.stop()
    return judge(run)


def judge(run):
    "Print the figures and return the exit status."
    figures, problems = run.done['writers']
    ratios = run.done['pairs']
    ratio = statistics.median(ratios)
    words = ', '.join(f'{v} {n}' for n, v in figures.items())
    run.report(
        f"{2 * WRITERS} writers, {len(ratios)} pairs of blocks", (
            f"{len(problems)} violations; {words}; the capture takes the "
            f"99th percentile to {ratio:.2f} times ({min(ratios):.2f} to "
            f"{max(ratios):.2f})"))
    print(*problems, sep='\n')
    return 1 if problems or ratio > RATIO else 0


if __name__ == '__main__':
    sys.exit(main())
