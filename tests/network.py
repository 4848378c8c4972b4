# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A hub and those that dial it."
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import template
from .instance import Instance


class Network:
    """Instances of which the first, the hub, has its server running.

    make(number, hub) returns a new instance.
    """

    def __init__(self, make):
        self.make = make
        self.hub = make(0, None)
        self.satellites = []
        self.hub.server.start()

    def add(self, hub=None):
        "Return a new satellite of hub, of the hub of all by default"
        satellite = self.make(len(self.satellites) + 1, hub or self.hub)
        self.satellites.append(satellite)
        return satellite

    @property
    def instances(self):
        return [self.hub, *self.satellites]


@contextmanager
def standalone(cluster, modules, satellites=1, **options):
    """Give a Network on a cluster, outside of pytest.

    The options are of [synchronisation].
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:

        def make(number, hub):
            name = f'clinic{number}' if number else 'centre'
            database = template.prepare(modules, name, cluster=cluster)
            instance = Instance(
                Path(folder) / database.name, database, number, options)
            stack.callback(instance.close)
            if hub:
                instance.join(hub)
            return instance

        network = Network(make)
        for _ in range(satellites):
            network.add()
        yield network
