# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A hub and those that dial it."


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
