# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""A satellite that lies in messages of the right form.

It has credentials of its own and has learnt, who knows how, the identities
and the positions of everything at the hub; only natural keys, which are what
one asks for a record by, it does not know.
"""
import json

from trytond.modules.synchronisation import registry, wire
from trytond.modules.synchronisation.errors import SynchronisationError
from trytond.modules.synchronisation.message import Entry
from trytond.modules.synchronisation.protocol import OUT, link

from ..fuzz.trial import HEADER
from .network import Node
from .oracle import expect

LIAR = 3
# What nobody may tell the liar has it in every text
SECRET = 'secret'


class Ground:
    "A hub, two honest satellites and the liar."

    def __init__(self, rng):
        self.rng = rng
        self.hub = Node(0)
        self.honest = [Node(n, self.hub, batch=20) for n in [1, 2]]
        self.liar = Node(LIAR, self.hub, batch=20)
        self.number = 1 << 20
        self.share()

    def share(self):
        for node in [self.hub, *self.honest]:
            thing = self.save(node, 'thing', name=SECRET, key=(
                    f'{SECRET} {node.number}'))
            self.save(node, 'line', name=SECRET, thing=thing)
            self.save(node, 'thing', name=SECRET, grave=SECRET, parent=thing)
        dead = self.save(self.honest[0], 'thing', name=f'{SECRET} dead')
        own = self.save(self.liar, 'thing', name='own', key='own')
        self.save(self.liar, 'line', name='own', thing=own)
        self.save(self.hub, 'offer', name='offer', key='o')
        for _ in range(2):
            for node in [*self.honest, self.liar]:
                node.synchronise()
        one = self.honest[0]
        thing = min(one.store.tables['thing'])
        offer, = one.store.tables['offer']
        self.save(one, 'tag', thing=thing, offer=offer)
        bond = self.save(one, 'bond', thing=thing, offer=offer)
        one.synchronise()
        with one.store.user(1) as work:
            work.delete('thing', dead)
            work.delete('bond', bond)
        self.save(one, 'bond', thing=thing, offer=offer, note=SECRET)
        one.synchronise()

    def save(self, node, model, **values):
        with node.store.user(node.number) as work:
            return work.create(model, values)

    # What the liar sends

    def lie(self):
        "Return (method, decoded message)."
        time = self.hub.store.clock.read_clock()
        text = self.liar.build_pull(['known', 'offered']).text
        header = {n: v for n, v in json.loads(text).items()
            if n in HEADER}
        place = self.rng.choice([0, time.position, time.position - 3])
        header['at'] = max(0, place)
        header['known'] = self.rng.choice([0, time.position])
        if self.rng.random() < .4:
            return 'pull', {
                **header, 'lanes': self.rng.choice([
                        ['known'], ['offered'], ['known', 'offered'], []]),
                'since': self.rng.choice([0, time.position]),
                'told': self.rng.choice([0, time.position]),
                'want': self.keys(), 'limit': self.rng.choice([1, 999])}
        keys = {}
        for entry in [self.entry(time) for _ in range(
                    self.rng.choice([1, 1, 2, 3]))]:
            keys[entry.key] = entry
        entries = sorted(keys.values(), key=lambda entry: entry.group)
        authors = wire.Authors()
        return 'push', {
            **header, 'waiting': self.keys(), 'authors': [],
            'entries': wire.pack_entries(
                entries, header['epoch'], time.epoch, authors)}

    def keys(self):
        return [[s.model, s.identity] for s
            in self.hub.store.records.all() if self.rng.random() < .5]

    def key(self, model=None):
        return self.rng.choice(sorted(
                (s.model, s.identity) for s in self.hub.store.records.all()
                if model in {None, s.model}))

    def entry(self, time):
        rng = self.rng
        self.number += 1
        key = self.key()
        if rng.random() < .4:
            instance = rng.randrange(4)
            key = key[0], f'{instance}.1.{rng.randrange(30)}'
        entry = Entry(*key, self.liar.store.clock.read_clock().position
            + self.number)
        entry.group = rng.randrange(2)
        kind = rng.choice('nwd')
        entry.full = kind == 'n'
        if kind == 'd':
            entry.shown = {'': rng.choice([0, time.position])}
        entry.aliases = [name for _, name in [self.key()]
            if rng.random() < .3]
        Model = self.hub.store.models[entry.model]
        for name in registry.names(Model):
            if entry.full or rng.random() < .5:
                base = rng.choice([0, time.position])
                entry.fields[name] = entry.number, base, self.value(
                    Model, name)
        return entry

    def value(self, Model, name):
        relations = registry.relations(Model)
        if name in relations:
            return self.rng.choice([
                    None, self.key(relations[name])[1],
                    self.key(relations[name])[1]])
        if name == 'key':
            return self.rng.choice([None, 'own', f'k{self.number}'])
        return f'lie {self.number}'

    # What must hold

    def run(self, steps):
        for _ in range(steps):
            method, message = self.lie()
            seen = self.visible()
            rows = self.foreign(seen)
            reply = self.send(method, message)
            expect(SECRET not in reply, 'read', method, message, reply)
            after = self.foreign(seen)
            for key, row in rows.items():
                expect(after.get(key) == row, 'written', key, row,
                    after.get(key), method, message, reply)
            found = self.visible() & set(rows)
            expect(not found, 'entered', found, method, message, reply)
            self.go_on()

    def send(self, method, message):
        try:
            return self.hub.answer(method, wire.dumps(message))
        except SynchronisationError as error:
            return error.code

    def visible(self):
        "Return the keys of what the liar may read and write."
        store = self.hub.store
        states = store.records.all()
        scopes = store.scopes.of([s.id for s in states])
        sender = link(LIAR, '')
        return {
            (s.model, s.identity) for s in states
            if s.opened is not None or any(n.startswith(sender)
                for n in s.seen)
            or scopes[s.id].get(LIAR, (None, OUT))[1] != OUT}

    def foreign(self, visible):
        "Return {key: what the hub has} of what the liar may not see."
        tables = self.hub.store.tables
        return {
            (s.model, s.identity): (
                tables[s.model].get(s.local), s.dead, s.grave, s.aliases,
                s.fields, s.created)
            for s in self.hub.store.records.all()
            if (s.model, s.identity) not in visible}

    def go_on(self):
        "Let the others work, who must not suffer from it."
        for node in [self.hub, *self.honest]:
            if self.rng.random() < .1:
                self.save(node, 'thing', name=SECRET)
        for node in self.honest:
            if self.rng.random() < .1:
                node.synchronise()

    def finish(self):
        "Check that the honest ones lost nothing."
        for node in self.honest:
            self.save(node, 'thing', name=f'{SECRET} last')
            for _ in range(2):
                node.synchronise()
            waiting = node.store.quarantine.waiting('hub')
            expect(not waiting, 'waiting', waiting)
            pending = [s.identity for s in node.store.records.all()
                if s.pending]
            expect(not pending, 'pending', pending)
