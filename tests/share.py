# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A server that all processes of one run of the tests share."
import json
from pathlib import Path

from .lock import lock


class Share:
    """The one server of a kind, such as a Cluster.

    kind.start(folder) returns a running one; kind(*server.address) is the
    same one in another process.  The first process that asks starts it, and
    the one that started the run stops it.
    """

    def __init__(self, kind, folder):
        self.kind = kind
        self.folder = Path(folder)
        name = kind.__name__.lower()
        self.path = self.folder / f'{name}.json'
        self.lock = self.folder / f'{name}.lock'

    def get(self):
        with lock(self.lock):
            if not self.path.exists():
                server = self.kind.start(self.folder)
                self.path.write_text(json.dumps(server.address))
        return self.load()

    def load(self):
        return self.kind(*json.loads(self.path.read_text()))

    def stop(self):
        if self.path.exists():
            self.load().stop()
            self.path.unlink()
