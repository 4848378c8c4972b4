# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Give the captured changes their positions, after their commit."
import datetime as dt
from collections import namedtuple
from itertools import groupby

from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import protocol, registry, row, scope
from .change import NO_UNIT, unknown_models
from .mixin import SyncUUIDMixin
from .protocol import State
from .reference import XMLRows

Item = namedtuple('Item', 'unit model local operation names last author')


def fold(settings):
    """Fold what this transaction sees and return the clock's Time.

    The transaction must hold the lock of the positions.
    """
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
        self.keys = self.keys_of_new(items)
        self.loaded = XMLRows.get()
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
            and (item.model, item.local) not in self.states]
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

    def fold_item(self, item, position):
        "Return the state that a change changed, if any."
        key = item.model, item.local
        state = self.states.get(key)
        if state is None and item.operation != 'delete':
            state = self.new_state(item)
        elif state and item.operation == 'create' and not state.dead:
            # It was there already when the model began to synchronise
            return None
        if state is None:
            return None
        Model = self.models[item.model]
        names, operation = item.names, item.operation
        if operation == 'unknown':
            names, operation = registry.names(Model), 'write'
        pushes = bool(
            self.settings.synchronisation_url and registry.is_pushed(Model))
        if operation == 'delete':
            state.grave = row.identify(
                {item.model: {item.local: item.last or {}}}
                )[item.model][item.local]
        protocol.fold(
            state, operation, names, position, item.author, pushes)
        return state

    def new_state(self, item):
        key = item.model, item.local
        name = self.loaded.names.get(item.model, {}).get(item.local)
        if name:
            # Every instance loads the row by itself; only edits travel
            if item.operation == 'create':
                return None
            state = State(item.model, name, item.local)
        elif key not in self.keys:
            # Deleted since; the deletion cancels what is not known elsewhere
            return None
        else:
            identity = self.keys[key] or self.time.identity(
                self.settings.synchronisation_id)
            state = State(item.model, identity, item.local)
            if item.operation != 'create':
                item = item._replace(operation='create')
                protocol.fold(
                    state, 'create', (), self.time.next(), item.author,
                    bool(self.settings.synchronisation_url))
        self.states[key] = state
        return state


def now():
    "Return the time to show to people, as the database keeps it."
    return dt.datetime.utcnow()
