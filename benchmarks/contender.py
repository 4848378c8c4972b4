# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Those whose pushes and pulls are measured side by side.

Each is a context with create(count, seed), which makes records where they are
pushed from, push() and pull(), which return seconds, and check(count, seed),
which compares what arrived at both ends.
"""
import json
import os
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

from psycopg2.extras import execute_values

from . import content, peer, workload
from .place import MODULES, Place
from .task import batched
from .worker import Worker
from tests import port, template
from tests.environment import clean

WITH = 'test_synchronisation_workload'
WITHOUT = 'test_synchronisation_workload_plain'
BATCH = 500
# 250 to 2,000 take PouchDB as long, 100 longer
POUCHDB_BATCH = 500


class Contender(ExitStack):
    "A context that opens what it needs in start()."

    def __init__(self, cluster):
        super().__init__()
        self.cluster = cluster

    def __enter__(self):
        super().__enter__()
        try:
            self.folder = Path(self.enter_context(
                    tempfile.TemporaryDirectory()))
            self.start()
        except BaseException:
            self.close()
            raise
        return self


class Ours(Contender):
    "A hub and two satellites; the second one pulls."

    def start(self):
        self.place = self.enter_context(Place(self.cluster))
        self.first, self.second = self.place.stations

    def create(self, count, seed):
        self.first.create(count, seed)

    def push(self):
        return self.first.run('synchronise_push_all')[0]

    def pull(self):
        return self.second.run('synchronise_new')[0]

    def check(self, count, seed):
        for instance in [self.place.hub, self.second.instance]:
            content.check(
                content.stream(instance.database, WITH), count, seed)


class Insert(Contender):
    "Statements of psycopg2, on the table of the same model."

    def start(self):
        self.database = template.prepare(
            MODULES, 'insert', cluster=self.cluster)
        self.callback(self.database.drop)

    def create(self, count, seed):
        self.rows = [
            tuple(record[name] for name in content.NAMES)
            for record in workload.records(count, seed)]

    def push(self):
        names = ', '.join(content.NAMES)
        with closing(self.database.connect()) as connection:
            cursor = connection.cursor()
            began = time.perf_counter()
            for rows in batched(self.rows, BATCH):
                execute_values(
                    cursor, f"INSERT INTO {WITHOUT} ({names}) VALUES %s",
                    rows, page_size=BATCH)
                connection.commit()
            return time.perf_counter() - began

    def pull(self):
        with closing(self.database.connect()) as connection:
            connection.cursor().execute(f"TRUNCATE {WITHOUT}")
            connection.commit()
        return self.push()

    def check(self, count, seed):
        content.check(content.stream(self.database, WITHOUT), count, seed)


class Morango(Contender):
    "Two databases of Morango that dial a third one."

    def start(self):
        python = peer.morango()
        self.databases, self.workers = [], []
        for name in ['hub', 'first', 'second']:
            settings, environment = self.database(name)
            self.databases.append(settings)
            worker = self.enter_context(Worker(
                    [python, peer.SOURCES / 'morango_worker.py'],
                    self.folder / f'{name}.log', environment))
            worker.do('migrate')
            self.workers.append(worker)
        hub, *others = self.workers
        chain = hub.do('certify')
        for worker in others:
            worker.do('certify', chain)
        number = port.claim()
        hub.do('serve', number)
        self.url = f'http://127.0.0.1:{number}/'

    def database(self, name):
        "Return the settings of a new database and an environment with them"
        if self.cluster:
            name = f'morango_{name}_{os.getpid()}_{id(self):x}'
            self.cluster.create(name)
            self.callback(self.cluster.drop, name)
            settings = {
                'ENGINE': 'django.db.backends.postgresql', 'NAME': name,
                'USER': 'postgres', 'PASSWORD': self.cluster.password,
                'HOST': '127.0.0.1', 'PORT': self.cluster.port}
        else:
            settings = {
                'ENGINE': 'django.db.backends.sqlite3',
                'NAME': str(self.folder / f'{name}.sqlite3')}
        environment = {
            **clean(), 'MORANGO_DATABASE': json.dumps(settings),
            'DJANGO_SETTINGS_MODULE': 'morango_site.settings',
            'PYTHONPATH': f'{peer.SOURCES}:{peer.SOURCES.parent}'}
        return settings, environment

    def create(self, count, seed):
        self.workers[1].do('create', count, seed)

    def push(self):
        return self.workers[1].do('synchronise', 'push', self.url)

    def pull(self):
        return self.workers[2].do('synchronise', 'pull', self.url)

    def check(self, count, seed):
        for worker in [self.workers[0], self.workers[2]]:
            found = worker.do('read', str(self.folder / 'rows'))
            with open(found) as file:
                content.check(content.typed(json.load(file)), count, seed)


class PouchDB(Contender):
    "Two databases of PouchDB and a third one behind express-pouchdb."

    def start(self):
        folder = peer.pouchdb()
        (self.folder / 'hub').mkdir()
        self.hub, self.satellite = [
            self.enter_context(Worker(
                    ['node', folder / 'worker.js'],
                    self.folder / f'{name}.log', clean()))
            for name in ['server', 'satellite']]
        number = port.claim()
        self.hub.do('serve', str(self.folder / 'hub'), number)
        self.url = f'http://127.0.0.1:{number}/records'
        self.first, self.second = [
            str(self.folder / name) for name in ['first', 'second']]

    def create(self, count, seed):
        file = self.folder / 'records.json'
        file.write_text(json.dumps(
                list(workload.records(count, seed)), default=str))
        self.satellite.do('create', self.first, str(file))

    def push(self):
        return self.satellite.do(
            'replicate', self.first, self.url, POUCHDB_BATCH)

    def pull(self):
        return self.satellite.do(
            'replicate', self.url, self.second, POUCHDB_BATCH)

    def check(self, count, seed):
        for path in [self.url, self.second]:
            file = self.folder / 'found.json'
            self.satellite.do('read', path, str(file))
            content.check(
                content.typed(json.loads(file.read_text())), count, seed)
