# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Databases of trytond on both back ends."
import sqlite3
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from . import configuration
from .environment import BIN, ETC, clean
from .postgresql import Cluster

PASSWORD = 'admin'


@dataclass(frozen=True)
class Database:
    "A database of trytond: a file in a folder, or one of a cluster"
    name: str
    folder: Path = None
    cluster: Cluster = None

    @property
    def backend(self):
        return 'postgresql' if self.cluster else 'sqlite'

    @property
    def uri(self):
        return self.cluster.uri if self.cluster else 'sqlite://'

    @property
    def file(self):
        return self.folder / f'{self.name}.sqlite'

    def connect(self):
        "Return a connection of the driver, past trytond"
        if self.cluster:
            return psycopg2.connect(self.uri + self.name)
        return sqlite3.connect(self.file)

    def create(self):
        if self.cluster:
            self.cluster.create(self.name)
        else:
            self.file.touch()

    def drop(self):
        if self.cluster:
            self.cluster.drop(self.name)
        else:
            for suffix in ['', '-wal', '-shm', '.lock']:
                Path(f'{self.file}{suffix}').unlink(missing_ok=True)

    def activate(self, modules, programs=BIN):
        """Activate modules, with what they depend on, or update them.

        It is done as an administrator does, by the programs in a folder.
        """
        with tempfile.TemporaryDirectory() as folder:
            conf = Path(folder) / 'trytond.conf'
            password = Path(folder) / 'password'
            configuration.write(conf, self)
            password.write_text(PASSWORD)
            subprocess.run([
                    str(programs / 'trytond-admin'), '-c', str(conf),
                    str(ETC / 'trytond-admin.conf'),
                    '-d', self.name, '-u', *sorted(modules),
                    '--activate-dependencies', '-p',
                    '--email', 'admin@example.org'],
                env=clean() | {'TRYTONPASSFILE': str(password)},
                cwd=folder, check=True)

    def remember_wal(self):
        "Let readers of the file never wait for a writer"
        connection = self.connect()
        connection.execute('PRAGMA journal_mode=WAL')
        connection.close()
