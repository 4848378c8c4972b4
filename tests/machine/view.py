# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the oracle sees of a database: its tables as plain dictionaries."
import sqlite3
from types import SimpleNamespace

from trytond.modules.synchronisation.protocol import State

COLUMNS = ['id', 'model', 'identity', 'record', 'position', 'created', 'unit',
    'opened', 'dead', 'via', 'pending']
CONFLICT = ['name', 'model', 'identity', 'field', 'loser', 'winner', 'why',
    'state', 'pending', 'id']
QUARANTINE = ['place', 'peer', 'model', 'identity', 'code', 'reason', 'aside']


def select(connection, table, names):
    names = ', '.join(f'"{name}"' for name in names)
    return sqlite3.Connection.cursor(connection).execute(
        f'SELECT {names} FROM "{table}"')


class Known(State):
    "What the columns tell of a record; marked is whether it is pending."
    __slots__ = 'marked',


class View:
    """A database as it is now, like a store of tests/memory.

    tables has what tests/memory/oracle.py reads; records and quarantine do
    what they do there.
    """

    def __init__(self, connection, mix):
        self.mix = mix
        self.tables = {'record': {}, 'identity': {}}
        self.states = {}
        for row in select(connection, 'synchronisation_record', COLUMNS):
            self.add_state(dict(zip(COLUMNS, row)))
        self.tables['aliases'] = {
            (model, name): identity for model, name, identity in select(
                connection, 'synchronisation_alias',
                ['model', 'former', 'identity'])}
        self.tables['scopes'] = {
            (record, instance): (id_, kind, place)
            for id_, record, instance, kind, place in select(
                connection, 'synchronisation_scope',
                ['id', 'record', 'instance', 'kind', 'place'])}
        self.tables['conflicts'] = {
            row[0]: (dict(zip(CONFLICT, row)), None) for row in select(
                connection, 'synchronisation_conflict', CONFLICT)}
        self.waiting_rows = [
            dict(zip(QUARANTINE, row)) for row in select(
                connection, 'synchronisation_quarantine', QUARANTINE)]
        (self.position,), = select(
            connection, 'synchronisation_clock', ['position'])
        self.unfolded = bool(next(
                select(connection, 'synchronisation_change', ['id']), None))
        for model in mix.texts:
            names = mix.columns(model)
            self.tables[model] = {
                id_: dict(zip(names, row)) for id_, *row in select(
                    connection, mix.table(model), ['id', *names])}
        self.records = SimpleNamespace(get=self.states.get)
        self.quarantine = SimpleNamespace(waiting=self.waiting)

    def add_state(self, row):
        state = Known(row['model'], row['identity'], row['record'])
        state.id, state.opened = row['id'], row['opened']
        state.dead, state.marked = bool(row['dead']), bool(row['pending'])
        # It is no column, and nothing waits here by a rule that comes and goes
        state.hubplace = 0
        self.states[state.id] = state
        self.tables['identity'][state.model, state.identity] = state.id
        if state.local is not None:
            self.tables['record'][state.model, state.local] = state.id

    def waiting(self, place):
        return [row for row in self.waiting_rows if row['place'] == place]

    def local_ids(self, keys):
        result = {}
        for model, name in keys:
            for known in [name, self.tables['aliases'].get((model, name))]:
                id_ = self.tables['identity'].get((model, known))
                if id_ and not self.states[id_].dead:
                    result[model, name] = self.states[id_].local
                    break
        return result

    def contents(self, model):
        "Return {identity: {field: value}} of what lives, as all have it."
        result = {}
        for state in self.states.values():
            if state.model == model and not state.dead:
                values = dict(self.tables[model].get(state.local) or {})
                for name, target in self.mix.links.get(model, {}).items():
                    values[name] = self.named(target, values.get(name))
                result[state.identity] = values
        return result

    def named(self, model, local):
        "Return the identity of a row, its id if it is one of a module."
        id_ = self.tables['record'].get((model, local))
        return local if id_ is None else self.states[id_].identity

    def pending(self):
        "Return the keys of what is marked as pending."
        return {(s.model, s.identity) for s in self.states.values()
            if s.marked}
