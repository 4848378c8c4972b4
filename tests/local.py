# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A hub and its satellites in the process of the test, on SQLite."
import shutil
from contextlib import contextmanager

from trytond.cache import Cache
from trytond.config import config
from trytond.modules.synchronisation.satellite import Satellite
from trytond.pool import Pool
from trytond.transaction import Transaction

from .instance import enrol


class Node:
    "A database that takes part; used in a LocalNetwork."

    def __init__(self, network, name, number):
        self.network = network
        self.name = name
        self.number = number
        self.pool = Pool(name)
        self.pool.init()
        Cache.drop(name)

    @contextmanager
    def transaction(self, user=1, **context):
        "Open a transaction of a user."
        with Transaction().start(
                self.name, user, context=context) as transaction:
            yield transaction

    def create(self, model, **values):
        "Create a record as a user and return its id."
        with self.transaction():
            record, = self.pool.get(model).create([values])
            return record.id

    def write(self, model, id_, **values):
        with self.transaction():
            Model = self.pool.get(model)
            Model.write([Model(id_)], values)

    def delete(self, model, id_):
        with self.transaction():
            Model = self.pool.get(model)
            Model.delete([Model(id_)])

    def find(self, model, *domain):
        "Return the ids of the records, archived ones too, that match."
        with self.transaction(active_test=False):
            return [r.id for r in self.pool.get(model).search(list(domain))]

    def read(self, model, id_, *names):
        with self.transaction():
            row, = self.pool.get(model).read([id_], list(names))
            return tuple(row[name] for name in names)

    def values(self, model, *names):
        "Return the sorted values of all the records of a model."
        with self.transaction(active_test=False):
            Model = self.pool.get(model)
            rows = Model.read([r.id for r in Model.search([])], list(names))
            return sorted(
                (tuple(row[name] for name in names) for row in rows), key=str)

    def satellite(self, **options):
        return Satellite(
            self.name, transport=options.pop('transport', self.network.dial),
            **options)

    def synchronise(self):
        return self.satellite().synchronise()


class Wire:
    """The transport of a LocalNetwork: it calls the hub's methods.

    messages keeps (method, text, answer); a test may lose an answer.
    """

    def __init__(self, network, settings):
        self.network = network
        self.number = settings.synchronisation_id
        self.requests = self.bytes_up = self.bytes_down = 0
        self.messages = network.messages

    def call(self, method, text):
        hub = self.network.hubs[self.number]
        with hub.transaction(user=self.network.users[self.number]):
            answer = getattr(
                hub.pool.get('synchronisation.hub'), method)(text)
        self.requests += 1
        self.bytes_up += len(text)
        self.bytes_down += len(answer)
        self.messages.append((method, text, answer))
        return answer

    def close(self):
        pass


class LocalNetwork:
    "A hub, number 0, and satellites numbered from 1."
    Node = Node

    def __init__(self, template, folder, satellites=2, options=None):
        self.folder = folder
        self.options = options or {}
        self.template = template
        self.path = config.get('database', 'path')
        config.set('database', 'path', str(folder))
        self.messages = []
        # By the number of a satellite: its user at its hub, and that hub
        self.users, self.hubs = {}, {}
        self.names = []
        self.hub = self.add(0)
        self.satellites = [
            self.add(number) for number in range(1, satellites + 1)]

    def add(self, number, hub=None):
        "Return a new Node, a satellite of hub, of the first one if None."
        name = f'{self.folder.name}_{number}'.replace('-', '_')
        shutil.copy(self.template, self.folder / f'{name}.sqlite')
        self.names.append(name)
        options = {'synchronisation_id': str(number), **self.options}
        if number:
            options['synchronisation_url'] = 'http://localhost/hub/'
            options['credentials'] = str(self.folder / name)
        config.read_dict({f'synchronisation {name}': options})
        node = self.Node(self, name, number)
        if number:
            self.enrol(number, hub or self.hub)
        return node

    def enrol(self, number, hub):
        login = f'instance-{number}'
        with hub.transaction() as transaction:
            enrol(hub.pool, number, login, login, f'of {login}')
            transaction.commit()
        self.users[number], = hub.find('res.user', ('login', '=', login))
        self.hubs[number] = hub

    def dial(self, settings):
        return Wire(self, settings)

    def level(self, rounds=2):
        "Let every satellite synchronise some times."
        for _ in range(rounds):
            for satellite in self.satellites:
                satellite.synchronise()

    def close(self):
        config.set('database', 'path', self.path)
        for name in self.names:
            config.remove_section(f'synchronisation {name}')
            Pool.stop(name)
