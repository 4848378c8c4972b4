# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""A network in the process of the test, for one test after the other.

To set up the models of a database takes longer than most tests, so they stay
and only the files of the databases are as new for each test.
"""
import sqlite3
from contextlib import closing

from trytond.cache import Cache
from trytond.config import config

from .local import LocalNetwork


class LastingNetwork(LocalNetwork):
    "A LocalNetwork that begins anew."

    def __init__(self, template, folder):
        super().__init__(template, folder, 0)
        self.enrolled = []
        self.keep()

    def begin(self, satellites, options):
        "Begin with so many satellites; options are of [synchronisation]."
        config.set('database', 'path', str(self.folder))
        self.restore()
        while len(self.enrolled) < satellites:
            self.enrolled.append(self.add(len(self.enrolled) + 1))
            self.keep()
        self.satellites = self.enrolled[:satellites]
        self.configure(options)

    def end(self):
        # One that is added later must not keep the options of this test
        self.configure({})
        config.set('database', 'path', self.path)
        assert len(self.names) == len(self.enrolled) + 1, (
            "begin with all the satellites instead of adding one")

    def keep(self):
        self.settings = {
            name: dict(config.items(f'synchronisation {name}'))
            for name in self.names}
        self.enrolments = dict(self.users), dict(self.hubs)
        for file, first in self.files():
            copy(file, first)

    def restore(self):
        for file, first in self.files():
            copy(first, file)
        for name in self.names:
            Cache.drop(name)
        # A test may have enrolled one at another one
        self.users, self.hubs = map(dict, self.enrolments)
        self.messages.clear()

    def files(self):
        "Yield the file of each database and the copy of it."
        for name in self.names:
            file = self.folder / f'{name}.sqlite'
            yield file, file.with_suffix('.first')

    def configure(self, options):
        for name, settings in self.settings.items():
            section = f'synchronisation {name}'
            config.remove_section(section)
            config.read_dict({section: {**settings, **options}})


def copy(source, target):
    "Copy a database that this process may have open."
    with (closing(sqlite3.connect(source)) as source,
            closing(sqlite3.connect(target)) as target):
        source.backup(target)
