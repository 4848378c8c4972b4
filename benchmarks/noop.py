# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The cycle in which nothing changed."
import os
from contextlib import ExitStack
from pathlib import Path

from . import task
from .place import Place
from tests.waiting import query

GROUPS = {'noop'}
TICK = 1000 / os.sysconf('SC_CLK_TCK')
# Cycles by turns, so that whatever else the machine does meets both
TURNS = 10
CPU = {'noop_hub_cpu_ms', 'noop_hub_cpu_scaling'}


def measure(run):
    "Yield (name of a key, its runs)"
    with ExitStack() as stack:
        halls = {
            size: stack.enter_context(Hall(run, run.sizes[size]))
            for size in ['few', 'large']}
        lines = [halls['large'].line() for _ in range(run.rounds)]
        run.tell(lines)
        for name in ['requests', 'bytes_up', 'bytes_down']:
            yield f'noop_{name}', [line[name] for line in lines]
        yield 'noop_requests_sign_in', [
            halls['large'].line(signed_in=False)['requests']
            for _ in range(run.rounds)]
        rounds = [cpu(run, halls) for _ in range(run.rounds)]
        run.tell(rounds)
    yield 'noop_hub_cpu_ms', [found['large'] for found in rounds]
    yield 'noop_hub_cpu_scaling', [
        {'cpu_small': found['few'], 'cpu_large': found['large']}
        for found in rounds]


class Hall(Place):
    "A hub with many records, and a satellite that is level with it."

    # Records in a transaction, as a program that loads them has it
    LOT = 100

    def __init__(self, run, count, **options):
        super().__init__(run.cluster, 1, proxied=True, **options)
        self.count = count
        self.seed = run.draw()

    def start(self):
        super().start()
        self.satellite, = self.stations
        self.satellite.create(self.count, self.seed, self.LOT)
        for _ in range(2):
            self.satellite.run('synchronise')

    def line(self, signed_in=True):
        "Return what goes over the line in a cycle"
        if not signed_in:
            Path(f'{self.satellite.instance.credentials}.session').unlink()
        self.proxy.reset()
        self.satellite.run('synchronise')
        return {'requests': self.proxy.requests, 'bytes_up': self.proxy.up,
            'bytes_down': self.proxy.down}

    def spent(self):
        "Return the ticks of processor time by process of the hub"
        pids = [pid for pid, in query(
                self.hub, "SELECT pid FROM pg_stat_activity "
                "WHERE datname = %s AND pid <> pg_backend_pid()",
                self.hub.name)]
        return {
            pid: ticks(pid) for pid in [self.hub.server.process.pid, *pids]}

    def cycles(self, count):
        "Return the milliseconds of the hub in so many cycles"
        before = self.spent()
        self.satellite.do(
            task.repeat, str(self.satellite.instance.conf), 'synchronise',
            count)
        return TICK * sum(
            spent - before.get(pid, 0)
            for pid, spent in self.spent().items())


def cpu(run, halls):
    "Return the milliseconds a cycle of each, measured by turns"
    turn = max(1, run.sizes['cycles'] // TURNS)
    spent = dict.fromkeys(halls, 0)
    for _ in range(TURNS):
        for size, hall in halls.items():
            spent[size] += hall.cycles(turn)
    return {size: ms / turn / TURNS for size, ms in spent.items()}


def ticks(pid):
    "Return the user and system time of a process and of those it waited for"
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return sum(map(int, fields[11:15]))
