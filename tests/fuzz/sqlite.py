# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A hub on SQLite for the trials, with fields of every type."
import datetime as dt
import json
import sqlite3
from contextlib import contextmanager
from decimal import Decimal

from trytond.modules.synchronisation import configuration, lock, registry, wire
from trytond.modules.synchronisation.caller import Caller
from trytond.modules.synchronisation.capture import REPLICA
from trytond.modules.synchronisation.errors import HubUnreachableError
from trytond.modules.synchronisation.store import Store
from trytond.transaction import Transaction

from . import mutation, trial

P = 'test_synchronisation.'
VALUES = {
    'boolean': True, 'integer': 5, 'float': 1.5, 'float_digits': 2.25,
    'numeric': Decimal('1.50'), 'numeric_digits': Decimal('3.25'),
    'char': "char", 'char_size': "size", 'char_translated': "water",
    'text': "text", 'date': dt.date(2024, 2, 29), 'time': dt.time(12, 30),
    'datetime': dt.datetime(2024, 2, 29, 12, 30),
    'timestamp': dt.datetime(2024, 2, 29, 12, 30, 0, 5),
    'timedelta': dt.timedelta(hours=5), 'selection': 'red',
    'multiselection': ['red', 'blue'], 'dict': {'a': 1},
    'binary': b'binary', 'file': b'file', 'local': "local",
    }


class Deaf:
    "A line on which the message of a satellite is kept and not answered."

    def __init__(self, kept):
        self.kept = kept
        self.requests = self.bytes_up = self.bytes_down = 0

    def call(self, method, text):
        self.kept.append((method, json.loads(text)))
        raise HubUnreachableError("The line was cut.")

    def close(self):
        pass


class SQLiteGround(trial.Ground):
    aimed = .9
    good = P + 'keyed', ['code', 'name'], [trial.GOOD, trial.GOOD]

    def __init__(self, network):
        self.network = network
        self.hub = network.hub
        self.sender, self.other = network.satellites
        self.user = network.users[self.sender.number]
        self.share()
        self.part()
        self.witness = sqlite3.connect(
            network.folder / f'{self.hub.name}.sqlite')
        self.messages = self.find_messages()
        self.lexicon = mutation.Lexicon(
            sorted(self.find_words()), sorted(self.find_keys()))

    def close(self):
        self.witness.close()

    def share(self):
        "Make what the sender knows, and what it does not."
        self.hub.create(P + 'mode_full', code='offer', name="offer")
        self.hub.create(P + 'mode_update', code='update', name="update")
        for node in [self.hub, self.sender]:
            node.create(P + 'mode_none', code='none', name="none")
        keyed = self.other.create(
            P + 'keyed', code='private', name=trial.SECRET)
        self.other.create(
            P + 'field', char=trial.SECRET, many2one=keyed,
            reference=f'{P}keyed,{keyed}')
        self.other.create(P + 'tree', name=trial.SECRET)
        for node in [self.sender, self.other]:
            node.synchronise()
        self.keyed = self.sender.create(P + 'keyed', code='k', name="k")
        self.field = self.sender.create(
            P + 'field', **VALUES, many2one=self.keyed,
            reference=f'{P}keyed,{self.keyed}',
            one2many=[('create', [{'name': "line"}])],
            many2many=[('add', [self.keyed])])
        self.trees = {}
        for name in ['tree', 'tree_mptt', 'tree_path']:
            root = self.sender.create(P + name, name="root")
            self.trees[name] = root, self.sender.create(
                P + name, name="leaf", parent=root)
        self.dead = self.sender.create(P + 'keyed', code='dead', name="dead")
        self.sender.synchronise()

    def part(self):
        "Let both sides go on without each other."
        keyed, = self.hub.find(P + 'keyed', ('code', '=', 'k'))
        self.hub.write(P + 'keyed', keyed, name="theirs")
        sender = self.sender
        sender.write(P + 'keyed', self.keyed, name="ours", note="ours")
        sender.write(P + 'field', self.field, **{
                **VALUES, 'boolean': False, 'integer': 6, 'char': "new",
                'float': 2.5, 'numeric': Decimal('7'),
                'date': dt.date(2025, 1, 1), 'binary': b'new',
                'timedelta': dt.timedelta(1), 'multiselection': ['blue'],
                'dict': {'b': 2}, 'char_translated': "new"})
        sender.delete(P + 'keyed', self.dead)
        for name, (_, leaf) in self.trees.items():
            sender.write(P + name, leaf, name="new leaf", parent=None)
        new = sender.create(P + 'keyed', code='new', name="new")
        sender.create(
            P + 'field', **VALUES, many2one=new, reference=f'{P}keyed,{new}')
        none, = sender.find(P + 'mode_none')
        sender.create(P + 'mode_default', code='m', name="m", none=none)
        sender.create(P + 'party_like', code='p', patients=[
                ('create', [{'critical': "x"}])])
        sender.create(P + 'translated', code='t', name="t")

    def find_messages(self):
        kept = []
        satellite = self.sender.satellite(transport=lambda _: Deaf(kept))
        for step in [satellite.push_all, satellite.pull_all]:
            try:
                step()
            except HubUnreachableError:
                pass
        (_, push), (_, pull) = kept
        header = {n: v for n, v in pull.items()
            if n in trial.HEADER}
        small = []
        for table in push['entries']:
            for row in table[3]:
                # A message of its own has one group
                small.append(('push', {**push, 'entries': [
                                [*table[:3], [[*row[:2], 0, *row[3:]]]]]}))
        return [
            ('push', push), *small, ('pull', pull),
            ('pull', {**pull, 'lanes': ['known', 'offered'], 'at': 0}),
            ('fetch', {**header, 'model': P + 'keyed', 'keys': ['k', 'x']})]

    @contextmanager
    def transaction(self, node, user=0):
        with Transaction().start(node.name, user, context={
                    REPLICA: True, 'active_test': False,
                    '_check_access': False}) as transaction:
            yield transaction
            transaction.rollback()

    def find_keys(self):
        keys = {('ir.lang', '#ir.lang_en'), (P + 'mode_none', '=none')}
        for node in [self.hub, self.sender]:
            keys |= set(node.values(
                    'synchronisation.record', 'model', 'identity'))
        with self.transaction(self.hub):
            epoch = Store().clock.read_clock().epoch
        return keys | {
            (P + 'keyed', f'0.{epoch}.99999'), (P + 'keyed', '2.1.99999')}

    def find_words(self):
        words = {'k', 'p', 'm', 'uuid', 'id', 'red', 'create_uid', 'res.user'}
        with self.transaction(self.hub):
            for name, Model in {
                    **registry.models(), **registry.keyed()}.items():
                if name.startswith(P):
                    words |= {name, *Model.synchronised_fields()}
        return words

    def send(self, method, text):
        with Transaction().set_user(self.user), Transaction().set_context({
                    REPLICA: None}):
            Hub = self.hub.pool.get('synchronisation.hub')
            return wire.loads(getattr(Hub, method)(text))

    @contextmanager
    def trial(self):
        with self.transaction(self.hub):
            yield

    def table(self, name):
        cursor = Transaction().connection.cursor()
        cursor.execute(f'SELECT * FROM "{name}" ORDER BY id')
        return list(map(tuple, cursor.fetchall()))

    def tables(self):
        return {name: Model._table for name, Model
            in registry.models().items() if name.startswith(P)}

    def everything(self):
        # SQLite counts what others commit, and here nothing may be begun
        cursor = self.witness.execute('PRAGMA data_version')
        return cursor.fetchone(), Transaction().connection.in_transaction

    def rows(self):
        cursor = Transaction().connection.cursor()
        cursor.execute(
            'SELECT model, identity, record FROM synchronisation_record')
        tables = self.tables()
        states = [row for row in cursor.fetchall() if row[0] in tables]
        found = {
            model: {row[0]: row for row in self.table(tables[model])}
            for model in {model for model, _, _ in states}}
        return {(model, name): found[model].get(local)
            for model, name, local in states}

    def has_good(self):
        cursor = Transaction().connection.cursor()
        cursor.execute(
            'SELECT id FROM test_synchronisation_keyed WHERE code = ?',
            (trial.GOOD,))
        return bool(cursor.fetchall())

    def receive(self, method, reply, entries):
        if method == 'fetch':
            return
        settings = configuration.load(self.sender.name)
        with self.transaction(self.sender):
            lock.exclusive()
            caller = Caller(Store(), settings)
            caller.meet(reply)
            caller.lock_rows(reply)
            time = caller.store.fold(settings)
            if method == 'push':
                caller.apply_push(time, reply, entries)
            else:
                caller.apply_pull(time, reply)
