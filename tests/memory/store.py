# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""A store in memory: the tables of the engine and the rows of a database.

It does what store.Store does on Tryton, as simply as can be, so that the
rules themselves run many times a second.  What a table holds is never changed
in place, so that a transaction is undone by putting the old tables back.
"""
import datetime as dt
import itertools
import json
from collections import defaultdict
from contextlib import contextmanager

from trytond.modules.synchronisation import digest, identity, registry, trees
from trytond.modules.synchronisation.capture import (
    CREATE, DELETE, WRITE, Buffer)
from trytond.modules.synchronisation.change import Captured
from trytond.modules.synchronisation.mixin import SyncMode
from trytond.modules.synchronisation.protocol import first_position
from trytond.modules.synchronisation.replica import Violation

from .model import MODELS
from .tables import (
    Aliases, Authors, Changes, Clock, Conflicts, Instances, Marks, Quarantine,
    Receipts, Records, Scopes)

NOW = dt.datetime(2026, 1, 1)


class Refused(Exception):
    "What a database refuses a user."


def names(models):
    return {name: registry.names(Model) for name, Model in models.items()}


class MemoryStore:
    "The database of one instance."

    def __init__(self, database, epoch):
        self.models = MODELS
        self.names = names(MODELS)
        # The clock of the machine
        self.seconds = 0
        self.tables = {
            name: {} for name in ['clock', 'changes', 'records', 'identity',
                'record', 'aliases', 'authors', 'scopes', 'conflicts',
                'quarantine', 'instances', 'marks', 'receipts', *MODELS]}
        self.counts = defaultdict(int)
        self.moment = NOW
        # Which third of the values a rule of this database refuses, if any
        self.rule = None
        # Drawn at random elsewhere
        self.lives = itertools.count()
        self.tables['clock'][1] = (
            database, first_position(epoch), 0, '[]', '{}', '[]')
        self.records = Records(self)
        self.aliases = Aliases(self)
        self.authors = Authors(self)
        self.scopes = Scopes(self)
        self.conflicts = Conflicts(self)
        self.quarantine = Quarantine(self)
        self.clock = Clock(self)
        self.changes = Changes(self)
        self.instances = Instances(self)
        self.marks = Marks(self)
        self.receipts = Receipts(self)

    def keep(self):
        "Return what restore() needs to come back to this moment."
        return ({n: dict(t) for n, t in self.tables.items()},
            defaultdict(int, self.counts), self.models)

    def moved(self):
        "Return what is another one after a run in which something moved."
        tables, counts, _ = self.keep()
        tables['instances'] = {
            number: {**row, 'contact': None}
            for number, row in tables['instances'].items()}
        return tables, counts

    def restore(self, kept):
        self.tables = {n: dict(t) for n, t in kept[0].items()}
        self.counts = defaultdict(int, kept[1])
        self.models = kept[2]
        self.names = names(self.models)

    @contextmanager
    def savepoint(self):
        kept = self.keep()
        try:
            yield
            self.check()
        except BaseException:
            self.restore(kept)
            raise

    def check(self):
        "Check what a database checks; raise Violation."
        for model, Model in self.models.items():
            self.check_unique(model)
            self.check_trees(model)
            for local, row in self.tables[model].items():
                for name, field in Model._fields.items():
                    if field.required and row[name] is None:
                        raise Violation('required', f'{model} {name}')
                for name, target in registry.relations(Model).items():
                    if (row[name] is not None
                            and row[name] not in self.tables[target]):
                        raise Violation('reference', f'{model} {name}')

    def check_trees(self, model):
        for name in self.models[model].sync_trees:
            if trees.has_circle(
                    lambda ids: self.parents(model, name, ids),
                    self.tables[model]):
                raise Violation('constraint', f'{model} {name}')

    def next(self, table):
        self.counts[table] += 1
        return self.counts[table]

    def update(self, models):
        "Take other modules, whose models may have other fields."
        self.models = models
        self.names = names(models)
        for model, columns in self.names.items():
            for local, row in self.tables[model].items():
                self.tables[model][local] = {
                    **dict.fromkeys(columns), **row}

    def fields(self):
        return self.names

    def schema(self):
        return digest.of_fields(self.names)

    def unknown_models(self, known):
        return []

    def now(self):
        return self.moment

    # What users do

    @contextmanager
    def user(self, author):
        "A transaction of a user; yields the Work."
        work = Work(self, author)
        with self.savepoint():
            yield work
            work.flush()

    # The rows of the business

    def read(self, model, ids):
        return self.identify(model, {
                i: self.tables[model][i] for i in ids
                if i in self.tables[model]})

    def identify(self, model, rows):
        Model = self.models[model]
        relations = registry.relations(Model)
        result = {}
        for local, row in rows.items():
            values = {}
            for name in registry.names(Model):
                value = row.get(name)
                if value is not None and name in relations:
                    key = self.tables['record'].get((relations[name], value))
                    if key is None:
                        continue
                    value = self.records.get(key).identity
                values[name] = value
            result[local] = values
        return result

    def create(self, model, rows, ids):
        result = []
        for _, values in rows:
            self.check_rule(values)
            local = self.next(model)
            row = dict.fromkeys(registry.names(self.models[model]))
            row.update(self._localise(model, values, ids))
            self.tables[model][local] = row
            result.append(local)
        self.check_unique(model)
        return result

    def write(self, model, rows, ids):
        table = self.tables[model]
        for local, values in rows:
            self.check_rule(values)
            table[local] = {
                **table[local], **self._localise(model, values, ids)}
            # As PostgreSQL does, row by row
            self.check_unique(model)

    def bring_back_local(self, model, former, replace=True):
        "Nothing stays here alone."

    def hand_over_local(self, model, former, local):
        "Nothing stays here alone."

    def detour(self, model, local, names):
        for name in names:
            if free := self.free(model, local, names, name):
                row = self.tables[model][local]
                self.tables[model][local] = {**row, name: min(free)}
                return name

    def free(self, model, local, names, name):
        "Return what a row can refer to by one of names as no other does."
        row = self.tables[model][local]
        target = self.models[model]._fields[name].model_name
        return self.tables[target].keys() - {
            other[name] for other in self.tables[model].values()
            if all(other[n] == row[n] for n in set(names) - {name})}

    def check_unique(self, model):
        for names in _unique(self.models[model]):
            keys = set()
            for row in self.tables[model].values():
                key = tuple(row.get(name) for name in names)
                if key in keys:
                    raise Violation('unique', f'{model} {names} {key}')
                if None not in key:
                    keys.add(key)

    def check_rule(self, values):
        "Refuse what other instances allow, as modules of one site may."
        if self.rule is not None:
            for value in values.values():
                if str(value)[:1] == 'v' and int(value[1:]) % 3 == self.rule:
                    raise Violation('constraint', value)

    def _localise(self, model, values, ids):
        return identity.localise(self.models[model], values, ids)

    def offer_versions_again(self):
        "No version is kept here."

    def want_files(self, instance, told):
        "No file is large here."

    def wanted_files(self, instance):
        return []

    def delete(self, model, ids, kept=()):
        for local in ids:
            del self.tables[model][local]

    def places(self, model, ids):
        column = self.models[model].sync_place
        target = registry.relations(self.models[model])[column]
        # What is deleted in a later lot of the fold has no row any more
        for local in ids & self.tables[model].keys():
            place = self.tables[model][local][column]
            if place is not None:
                yield local, (target, place)

    def happenings(self, model, ids):
        for name, Model in self.models.items():
            if Model.sync_place and registry.relations(Model)[
                    Model.sync_place] == model:
                for local, row in self.tables[name].items():
                    if row[Model.sync_place] in ids:
                        yield name, local

    def describe_versions(self, settings, models):
        "Nothing has a history here."

    def uuids(self, model, ids):
        return {i: None for i in ids if i in self.tables[model]}

    # Who is who

    def leap_numbers(self):
        "There are no sequences."

    def local_ids(self, keys):
        result = {}
        for model, name in keys:
            for known in [name, self.tables['aliases'].get((model, name))]:
                id_ = self.tables['identity'].get((model, known))
                state = id_ and self.records.get(id_)
                if state and not state.dead:
                    result[model, name] = state.local
                    break
        return result

    def loaded(self, model, local):
        return None

    def parents(self, model, name, ids):
        return {id_: self.tables[model][id_][name] for id_ in ids}

    def find_by_key(self, model, values, name=None):
        column = name or self.models[model].unique_id_column
        return [(local, row[column])
            for local, row in self.tables[model].items()
            if row.get(column) in values]

    def find_by_fields(self, model, values, ids, among=None):
        try:
            values = self._localise(model, values, ids)
        except KeyError:
            return None
        if None in values.values():
            return None
        for local, row in self.tables[model].items():
            if values.items() <= row.items() and (
                    among is None or local in among):
                return local

    def users(self, ids):
        return {i: (f'user{i}', None) for i in ids}

    # What refers to what

    def targets(self, model, ids, owners=False):
        Model = self.models[model]
        for name, target in registry.relations(Model).items():
            if owners and name not in Model.sync_owners:
                continue
            for local in ids:
                row = self.tables[model].get(local)
                if row and row[name] is not None:
                    yield local, (target, row[name])

    def belongings(self, model, ids):
        for name, Model in self.models.items():
            if Model.sync_mode == SyncMode.push_update:
                continue
            for column in registry.owner_columns(Model, model):
                for local, row in self.tables[name].items():
                    if row[column] in ids:
                        yield name, local

    def children(self, model, ids):
        for name, Model in self.models.items():
            for column, target in registry.relations(Model).items():
                if target == model:
                    for local, row in self.tables[name].items():
                        if row[column] in ids:
                            yield row[column], (name, local), column

    def referring(self, model, ids):
        # No model here has such a field
        return ()

    def is_offered(self, model, local):
        return True


def _unique(Model):
    "Return the sets of names of which no two rows have the same values."
    found = {tuple(column.name for column in constraint.columns)
        for _, constraint, _ in Model._sql_constraints}
    return found | {Model.sync_key_fields or (Model.unique_id_column,)}


class Work:
    "What one user does in one transaction."
    units = itertools.count(1)

    def __init__(self, memory, author):
        self.memory = memory
        self.author = author
        self.buffer = Buffer()

    def create(self, model, values):
        local = self.memory.next(model)
        row = dict.fromkeys(registry.names(self.memory.models[model]))
        self.memory.tables[model][local] = {**row, **values}
        self.buffer.add(model, local, CREATE)
        return local

    def write(self, model, local, values):
        "Write what the user gave, which may be what was there."
        table = self.memory.tables[model]
        table[local] = {**table[local], **values}
        self.memory.check_trees(model)
        if values:
            self.buffer.add(model, local, WRITE, frozenset(values))

    def delete(self, model, local):
        last = self.memory.tables[model].pop(local)
        self.buffer.bury(model, {local: last})
        self.buffer.add(model, local, DELETE)

    def flush(self):
        "Add what was captured, as one unit, to the changes."
        # What is drawn at random elsewhere is like no other here
        unit = next(self.units)
        for _, model, operation, names, ids, rows in self.buffer.entries():
            id_ = self.memory.next('changes')
            last = {int(i): row for i, row in json.loads(rows or '{}').items()}
            self.memory.tables['changes'][id_] = Captured(
                id_, unit, model, operation, sorted(names), ids, last,
                self.author, self.memory.seconds)
