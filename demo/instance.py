# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"An instance: a database, its settings, its server and its programs."
import json
import shutil
import sqlite3
import sys
import urllib.error
import urllib.request
from configparser import ConfigParser
from contextlib import closing
from pathlib import Path

from .place import BIN, ROOT
from .process import wait

# Seconds to start on a slow machine, and for one step of the longest kind
START = 120
STEP = 900


class Instance:
    "A database that takes part in the synchronisation."

    def __init__(self, folder, port, processes):
        self.folder = folder / self.name
        self.folder.mkdir()
        self.port = port
        self.processes = processes
        self.conf = self.folder / 'trytond.conf'
        self.file = self.folder / f'{self.name}.sqlite'
        self.server = None
        # Who works here, beside admin
        self.user = None
        self.count = 0
        self.configure()

    @property
    def address(self):
        return f'http://127.0.0.1:{self.port}/'

    def settings(self):
        "Return the sections of trytond.conf."
        return {
            'web': {'listen': f'127.0.0.1:{self.port}'},
            'database': {'uri': 'sqlite://', 'path': self.folder},
            'synchronisation': {'synchronisation_id': self.number},
            }

    def prepare(self, module, password):
        "Start to make the database with this module."
        self.file.touch()
        secret = self.folder / 'password'
        secret.write_text(password)
        return self.start(
            'admin', BIN / 'trytond-admin', '-c', self.conf,
            '-d', self.name, '-u', module, '--activate-dependencies',
            '-p', '--email', 'admin@example.org', TRYTONPASSFILE=str(secret))

    def remember_wal(self):
        "Let those who read the database never wait for one who writes."
        with closing(sqlite3.connect(self.file)) as base:
            base.execute('PRAGMA journal_mode=WAL')

    def configure(self):
        config = ConfigParser(interpolation=None)
        config.read_dict(self.settings())
        with open(self.conf, 'w') as file:
            config.write(file)

    def take(self, other):
        "Copy the database of another instance."
        shutil.copyfile(other.file, self.file)

    def start(self, name, *arguments, **variables):
        "Start a program in the folder; its output has the name."
        self.count += 1
        return self.processes.start(
            arguments, self.folder / f'{self.count:02}-{name}', self.folder,
            variables)

    def start_server(self):
        self.server = self.start(
            'server', BIN / 'trytond', '-v', '-c', self.conf,
            '-d', self.name)

    def wait_server(self):
        "Wait until the server has loaded its database."
        wait(self.answers, START, f"The start of the server of {self.name}")

    def answers(self):
        self.server.check_running()
        try:
            urllib.request.urlopen(self.address, timeout=5).close()
        except urllib.error.HTTPError:
            # An answer all the same
            return True
        except OSError:
            return False
        return True

    def job(self, name, *arguments):
        "Start a function of job.py with the pool of the database."
        return Job(self.start(
                name, sys.executable, '-m', 'demo.job', self.conf, self.name,
                name, *map(json.dumps, arguments), PYTHONPATH=str(ROOT)))

    def load(self, folder, *arguments):
        "Start the loader of Synthea's files."
        return self.start(
            f'load-{arguments[0]}', BIN / 'trytond-load-synthea',
            '-c', self.conf, '-d', self.name, '--folder', Path(folder),
            *arguments)


class Centre(Instance):
    "The hub."
    number = 0
    name = 'centre'

    def settings(self):
        return {
            **super().settings(),
            'wsgi middleware': {
                'compression':
                'trytond.modules.synchronisation.compression.Compression',
                },
            }


class Job:
    "A function that runs in a process of its own."

    def __init__(self, process):
        self.process = process

    def result(self, timeout=STEP):
        return json.loads(self.process.result(timeout))
