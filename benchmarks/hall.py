# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A hub and a satellite that have many records."
import os
from contextlib import closing
from pathlib import Path

from . import task
from .place import Place
from tests.waiting import query

TICK = 1000 / os.sysconf('SC_CLK_TCK')


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
        for instance in [self.hub, self.satellite.instance]:
            settle(instance)

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


def settle(instance):
    "Do at once what autovacuum does within minutes"
    with closing(instance.database.connect()) as connection:
        connection.autocommit = True
        connection.cursor().execute('VACUUM ANALYZE')


def ticks(pid):
    "Return the user and system time of a process and of those it waited for"
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return sum(map(int, fields[11:15]))
