# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Few instances in memory, of which a test tells step by step what they do.

A record is named by its key, (model, identity), which is the same everywhere.
"""
import json
from contextlib import contextmanager

from trytond.modules.synchronisation import closure, patience, wire

from .model import set_tree, set_urgent
from .network import Node
from .oracle import Oracle

KNOWN, OFFERED = 'known', 'offered'


class Scene:
    """A centre and its satellites.

    With tier the first satellite stands between the centre and one more.
    """

    def __init__(self, satellites=2, tier=False):
        set_urgent()
        set_tree()
        self.centre = Site(0)
        self.satellites = []
        for _ in range(satellites):
            self.join()
        if tier:
            self.join(self.satellites[0])

    @property
    def sites(self):
        return [self.centre, *self.satellites]

    def join(self, hub=None):
        "Add a satellite."
        site = Site(len(self.satellites) + 1, hub or self.centre)
        self.satellites.append(site)
        return site

    def clone(self, site):
        "Add a copy of a satellite's database that is used as well."
        twin = Site(site.number)
        twin.hub, twin.settings = site.hub, site.settings
        twin.store.restore(site.store.keep())
        self.satellites.append(twin)
        return twin

    def share(self, **values):
        "Create a thing at the centre that every satellite has."
        values.setdefault('key', 'shared')
        thing = self.centre.create('thing', **values)
        for site in self.satellites:
            site.fetch(values['key'])
            site.pull()
        return thing

    def level(self, rounds=3):
        "Let all synchronise; check that they end equal and quiet."
        for _ in range(rounds):
            for site in self.satellites:
                site.synchronise(patience.LAST)
                site.push()
        oracle = Oracle(self.sites)
        oracle.check_end()

    def values(self, key, name='name'):
        "Return the value of a field at each site."
        return [site.value(key, name) for site in self.sites]

    def conflicts(self):
        "Return the conflicts, checked to be the same at all sites."
        found = self.centre.conflicts()
        for site in self.satellites:
            assert site.conflicts() == found
        return found


class Site(Node):
    "An instance with what its user does."

    def __init__(self, number, hub=None):
        super().__init__(number, hub, batch=50)

    @contextmanager
    def unit(self):
        "One transaction of the user; yields the Unit."
        with self.store.user(self.number) as work:
            yield Unit(self, work)

    def create(self, model, **values):
        with self.unit() as unit:
            made = unit.create(model, **values)
        return self.key(made)

    def number_changes(self):
        with self.transaction():
            self.fold()

    def key(self, made):
        "Return the key of what a unit created."
        self.number_changes()
        return made[0], self.store.records.load(
            'record', [made])[made].identity

    def write(self, key, /, **values):
        with self.unit() as unit:
            unit.write(key, **values)

    def delete(self, *keys):
        with self.unit() as unit:
            for key in keys:
                unit.delete(key)

    # What the user sees

    def local(self, key):
        "Return the id of a record here, None if there is none."
        if isinstance(key[1], int):
            return key[1]
        return self.store.local_ids([key]).get(key)

    def has(self, key):
        return self.local(key) is not None

    def value(self, key, name='name'):
        "Return a value as it travels, None if the record is not here."
        local = self.local(key)
        if local is not None:
            return self.store.read(key[0], [local])[local][name]

    def count(self, model):
        return len(self.store.tables[model])

    def conflicts(self):
        "Return [(field, value that lost, value kept, reason)]."
        found = [
            (row['field'], *map(json.loads, [row['loser'], row['winner']]),
                row['why'])
            for row in self.store.conflicts.all()]
        return sorted(found, key=str)

    def waiting(self, place='here'):
        "Return {key: code} of what waits."
        rows = self.store.quarantine.waiting(place)
        return {(row['model'], row['identity']): row['code'] for row in rows}

    def set_aside(self, key, aside=True):
        "Set aside what waits here of a record, or take it up again."
        table = self.store.tables['quarantine']
        for place, row in list(table.items()):
            if (row['model'], row['identity']) == key:
                table[place] = {**row, 'aside': aside}

    def pending(self):
        "Return the keys of what the hub has not acknowledged."
        self.number_changes()
        return {(s.model, s.identity)
            for s in self.store.records.all() if s.pending}

    def take_from(self, number, key):
        "Let a satellite have a record no more."
        with self.transaction():
            time = self.fold()
            state, = self.store.records.load('identity', [key]).values()
            closure.withdraw(self.store, number, [state], time.next())
            self.store.clock.write_clock(time)

    def give(self, number, key):
        "Bring a record into the scope of a satellite."
        with self.transaction():
            time = self.fold()
            state, = self.store.records.load('identity', [key]).values()
            closure.grant(self.store, number, [state], time.next(), time.next)
            self.store.clock.write_clock(time)

    # What goes over the line

    def fetch(self, *keys):
        "Ask the hub for things by their natural keys."
        message = self.build_pull([KNOWN])
        header = wire.loads(message.text)
        self.hub.answer('fetch', wire.dumps({
                    **header, 'model': 'thing', 'keys': list(keys)}))

    def push_in_vain(self):
        "Push; the hub takes it but its answer is lost.  Return the Message."
        message = self.build_push()
        self.arrive(message)
        return message

    def ask(self, *lanes):
        "Return the Message of a pull."
        return self.build_pull(list(lanes) or [KNOWN, OFFERED])

    def arrive(self, message):
        "Let a message of this site arrive at its hub; return the answer."
        return self.hub.answer(message.method, message.text)


class Unit:
    "One transaction of a user; what it created has no identity yet."

    def __init__(self, site, work):
        self.site = site
        self.work = work

    def localise(self, values):
        "Return values with local ids for the keys of records."
        return {
            name: self.site.local(value) if isinstance(value, tuple) else value
            for name, value in values.items()}

    def create(self, model, **values):
        return model, self.work.create(model, self.localise(values))

    def write(self, key, /, **values):
        self.work.write(key[0], self.site.local(key), self.localise(values))

    def delete(self, key):
        self.work.delete(key[0], self.site.local(key))


def documents(answer):
    "Return how many documents are in the text of an answer."
    return sum(len(rows) for *_, rows in wire.loads(answer)['documents'])


def entries(message):
    "Return how many entries a Message pushes."
    return sum(
        len(rows) for *_, rows in wire.loads(message.text)['entries'])


def restore(site):
    "Restore a site, and say so."
    site.restore(True, max(
            below.store.instances.of_hub().epoch for below in site.below))
