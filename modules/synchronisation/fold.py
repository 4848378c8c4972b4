# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Give the captured changes their positions, after their commit."
import datetime as dt
from collections import namedtuple
from itertools import groupby

from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import configuration, protocol, registry, row, scope
from .change import NO_UNIT, unknown_models
from .mixin import SyncUUIDMixin
from .protocol import State
from .reference import XMLRows

Item = namedtuple('Item', 'unit model local operation names last author')


def fold(settings):
    """Fold what this transaction sees and return the clock's Time.

    The transaction must hold the lock of the positions.
    """
    # Folded with a wrong role, changes would never be pushed
    configuration.check(settings.database)
    pool = Pool()
    Change = pool.get('synchronisation.change')
    Clock = pool.get('synchronisation.clock')
    time = Clock.read_clock()
    if enrolled := unknown_models(time.models):
        for Model in enrolled:
            Change.enrol(Model)
        time.models.update(Model.__name__ for Model in enrolled)
    changes = Change.captured()
    if changes:
        Folding(settings, time).fold(changes)
        Change.consume(changes)
    if changes or enrolled:
        Clock.write_clock(time)
    return time


class Folding:
    "One fold of a list of captured changes."

    def __init__(self, settings, time):
        self.settings = settings
        self.time = time
        self.models = registry.models()

    def fold(self, changes):
        pool = Pool()
        Record = pool.get('synchronisation.record')
        items = list(self.items(changes))
        self.states = Record.load(
            'record', {(item.model, item.local) for item in items})
        self.loaded = XMLRows.get()
        self.keys = self.keys_of_new(items)
        touched = {}
        for unit, members in groupby(items, key=lambda item: item.unit):
            position = None
            for item in members:
                if position is None or unit == NO_UNIT:
                    position = self.time.next()
                if state := self.fold_item(item, position):
                    touched[state.model, state.identity] = state
        Record.keep(list(touched.values()))
        scope.settle(
            [s for s in touched.values() if not s.dead], self.time.next)

    def items(self, changes):
        authors = self.authors({change.author for change in changes})
        for change in changes:
            if change.model not in self.models:
                continue
            author = [authors[change.author], change.time]
            for local in change.records:
                yield Item(
                    change.unit, change.model, local, change.operation,
                    change.fields, change.rows.get(local), author)

    def authors(self, users):
        "Return {user id: author id}."
        pool = Pool()
        Author = pool.get('synchronisation.author')
        user = pool.get('res.user').__table__()
        cursor = Transaction().connection.cursor()
        users = sorted(users)
        cursor.execute(*user.select(
                user.id, user.login, user.name, where=user.id.in_(users)))
        names = {id_: (login, name) for id_, login, name in cursor}
        return dict(zip(users, Author.ids([
                        (self.settings.synchronisation_id,
                            *names.get(id_, (f'#{id_}', None)))
                        for id_ in users])))

    def keys_of_new(self, items):
        "Return {(model, local id): uuid or None} of the rows without state."
        result = {}
        wanted = [(item.model, item.local) for item in items
            if item.operation != 'delete'
            and self.is_gone((item.model, item.local))]
        wanted.sort()
        cursor = Transaction().connection.cursor()
        for name, pairs in groupby(wanted, key=lambda pair: pair[0]):
            Model = self.models[name]
            table = Model.__table__()
            key = (table.uuid if issubclass(Model, SyncUUIDMixin)
                else table.id)
            for part in grouped_slice([local for _, local in pairs]):
                cursor.execute(*table.select(
                        table.id, key, where=table.id.in_(list(part))))
                for local, value in cursor:
                    result[name, local] = (
                        value if key.name == 'uuid' else None)
        return result

    def is_gone(self, key):
        return key not in self.states or self.states[key].dead

    def fold_item(self, item, position):
        "Return the state that a change changed, if any."
        key = item.model, item.local
        state = self.states.get(key)
        fold = self.fold_delete if item.operation == 'delete' else (
            self.fold_alive)
        return fold(item, key, state, position)

    def fold_delete(self, item, key, state, position):
        if state is None or state.dead:
            # Nobody else knows it
            return None
        state.grave = row.identify(
            {item.model: {item.local: item.last or {}}}
            )[item.model][item.local]
        protocol.fold(
            state, 'delete', item.names, position, item.author,
            self.pushes(item))
        return state

    def fold_alive(self, item, key, state, position):
        Model = self.models[item.model]
        if state and not state.dead:
            if item.operation == 'create':
                # It was there when the model began to synchronise
                return None
            names = (registry.names(Model) if item.operation == 'unknown'
                else item.names)
        elif name := self.loaded.names.get(item.model, {}).get(item.local):
            # Every instance loads the row by itself; only edits travel
            if item.operation == 'create':
                return None
            state = self.loaded_state(item, name, position)
            names = item.names or registry.names(Model)
        elif key in self.keys:
            # Also what came back from the history under its old id
            state = state or self.new_state(item, key)
            protocol.fold(
                state, 'create', (), position, item.author,
                self.pushes(item))
            return state
        else:
            # Deleted since
            return None
        protocol.fold(
            state, 'write', names, position, item.author, self.pushes(item))
        return state

    def pushes(self, item):
        return bool(self.settings.synchronisation_url
            and registry.is_pushed(self.models[item.model]))

    def loaded_state(self, item, name, position):
        Record = Pool().get('synchronisation.record')
        key = item.model, name
        state = Record.load('identity', [key]).get(key)
        if state is None:
            state = State(item.model, name, item.local)
            state.unit = state.created = position
        state.local, state.dead = item.local, False
        self.states[item.model, item.local] = state
        return state

    def new_state(self, item, key):
        identity = self.keys[key] or self.time.identity(
            self.settings.synchronisation_id)
        state = self.states[key] = State(item.model, identity, item.local)
        return state


def now():
    "Return the time to show to people, as the database keeps it."
    return dt.datetime.utcnow()
