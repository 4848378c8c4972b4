# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Where ours is measured: a hub and its satellites."
import tempfile
from contextlib import ExitStack
from pathlib import Path

from . import task
from .proxy import Proxy
from tests import template
from tests.database import Database
from tests.instance import Instance
from tests.remote import Remote

MODULES = ['test_synchronisation']
# Seconds that one thing may take
TIMEOUT = 1800


class Station:
    "A satellite and the process that works for it."

    def __init__(self, instance, remote):
        self.instance = instance
        self.remote = remote

    def do(self, function, *arguments):
        self.remote.tell(function, *arguments)
        return self.remote.result(TIMEOUT)

    def run(self, name, complete=True):
        """Run a task of Celery and return (seconds, what it returned).

        Raise RuntimeError unless it did all that it had to.
        """
        seconds, outcome = self.do(
            task.synchronise, str(self.instance.conf), name)
        if outcome['complete'] is not complete:
            raise RuntimeError(
                f"{name} is not as expected: {str(outcome)[:2000]}")
        return seconds, outcome

    def create(self, count, seed, size=1):
        self.do(task.create, count, seed, size)


class Place(ExitStack):
    """A hub, whose server runs, and the Stations that dial it.

    It is a context, on the cluster or on SQLite.  If it is proxied the
    satellites dial the Proxy.  copied is the Database of which that of the
    first satellite is a copy.
    """

    def __init__(
            self, cluster=None, satellites=2, modules=MODULES, proxied=False,
            copied=None):
        super().__init__()
        self.cluster = cluster
        self.modules = modules
        self.satellites = satellites
        self.proxied = proxied
        self.copied = copied

    def __enter__(self):
        super().__enter__()
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def start(self):
        self.folder = Path(self.enter_context(tempfile.TemporaryDirectory()))
        self.hub = self.make(0)
        self.hub.server.start()
        if self.proxied:
            self.proxy = self.enter_context(Proxy(self.hub.port))
        self.stations = [
            self.station(number + 1) for number in range(self.satellites)]

    def station(self, number):
        instance = self.make(number)
        instance.join(self.hub)
        if self.proxied:
            instance.configure(synchronisation_url=self.hub.url.replace(
                    f':{self.hub.port}/', f':{self.proxy.port}/'))
        return Station(instance, self.enter_context(Remote(instance)))

    def make(self, number):
        database = self.database(number)
        instance = Instance(self.folder / database.name, database, number)
        self.callback(instance.close)
        return instance

    def database(self, number):
        if number == 1 and self.copied:
            database = Database(f'{self.copied.name}_c', cluster=self.cluster)
            self.cluster.create(database.name, self.copied.name)
            return database
        return template.prepare(
            self.modules, f'clinic{number}' if number else 'centre',
            None if self.cluster else self.folder, self.cluster)
