# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What people saved on SQLite, and whether it is still there."
import json
from collections import defaultdict

from trytond.modules.synchronisation.decision import OPEN
from trytond.modules.synchronisation.row import read

from ..memory import oracle
from ..memory.oracle import expect


class Oracle(oracle.Oracle):
    """The oracle of the histories in memory, with what only a database has.

    The value numbered 7 is 'v7', or 7 in a field of numbers.
    """

    def __init__(self, network):
        super().__init__(network.nodes)
        self.mix = network.mix
        self.texts = network.mix.texts
        self.codes = sorted({
                name for sets in network.mix.unique.values()
                for names in sets for name in names
                if len(names) == 1})
        self.loaded = network.loaded
        # {node: {(model, identity): local id}} of what was alive
        self.locals = {}

    def next(self, before, numeric):
        value = self.value(next(names(before), None))
        return self.last if numeric else value

    def bury(self, node, model, row):
        for name in self.texts[model]:
            self.buried.update(names(row[name]))

    def restore(self, node, known):
        "Excuse what only the database knew that is no more."
        excused = self.excused | known - self.found()
        super().restore(node)
        self.excused = excused
        self.locals.pop(node, None)

    def forget_drafts(self, node, last):
        "Forget what was written over or deleted before it was saved."
        drafts = {f'v{i}' for i in range(last + 1, self.last + 1)}
        self.buried |= drafts - self.current(node)

    # While it goes on

    def check(self, nodes=None):
        for node in nodes:
            self.check_unique(node)
            self.check_references(node)
            self.check_ids(node)
        super().check(nodes)

    def check_unique(self, node, relations=False):
        for model, sets in self.mix.unique.items():
            if model in self.mix.relations and not relations:
                # Which nothing forbids until both are known to the hub
                continue
            for fields in sets:
                keys = [tuple(row[name] for name in fields)
                    for row in node.store.tables[model].values()]
                keys = [key for key in keys if None not in key]
                expect(len(keys) == len(set(keys)),
                    'twice', node.number, model, keys)

    def check_references(self, node):
        tables = node.store.tables
        for model, links in self.mix.links.items():
            for local, row in tables[model].items():
                for name, target in links.items():
                    expect(row[name] in tables[target]
                        or row[name] is None
                        and not self.mix.is_required(model, name),
                        'dangling', node.number, model, local, name)

    def check_ids(self, node):
        "Check that a record keeps its local id as long as it lives."
        here = {(state.model, state.identity): state.local
            for state in node.store.states.values()
            # A deletion may not have been folded yet
            if not state.dead
            and state.local in node.store.tables.get(state.model, ())}
        for key, local in self.locals.get(node, {}).items():
            expect(here.get(key, local) == local,
                'another id', node.number, key, local, here.get(key))
        self.locals[node] = here

    def found(self):
        "Return the values that are known somewhere, and what led to them."
        found = set(self.buried)
        for node in self.nodes:
            found |= self.current(node)
            for conflict in self.conflicts(node):
                found.update(names(json.loads(conflict['loser'])))
                found.update(names(json.loads(conflict['winner'])))
        for value in list(found):
            while value := self.parents.get(value):
                found.add(value)
        return found & self.parents.keys()

    def current(self, node):
        return {value
            for model, fields in self.texts.items()
            for row in node.store.tables[model].values()
            for name in fields
            for value in names(row[name])}

    def conflicts(self, node):
        return [row for row, _ in node.store.tables['conflicts'].values()]

    def is_open(self, row):
        return row['state'] == OPEN

    # At the end

    def check_quiet(self, node):
        waiting = node.store.waiting_rows
        expect(not waiting, 'quarantined', node.number, waiting)
        pending = node.store.pending()
        expect(not pending or not node.hub, 'pending', node.number, pending)

    def check_end(self):
        # What lives at each instance, read once
        self.kept = {}
        super().check_end()
        for node in self.nodes:
            self.check_unique(node, relations=True)
            self.mix.check_end(node)

    def contents(self, node):
        "Return {(model, identity): wire values} of what lives."
        if node not in self.kept:
            self.kept[node] = self.read(node)
        return self.kept[node]

    def read(self, node):
        view, result = node.store, {}
        for model, fields in self.texts.items():
            ids = {state.local for state in view.states.values()
                if state.model == model and not state.dead}
            here = view.tables[model].keys()
            expect(ids <= here, 'no row', node.number, model, ids - here)
            unknown = here - ids - self.loaded[model]
            expect(not unknown, 'unknown rows', node.number, model, unknown)
            result.update(((model, identity), values)
                for identity, values in view.contents(model).items())
        self.read_texts(node, result)
        return result

    def read_texts(self, node, result):
        "Read what is not in the columns of a row, too."
        by_model = defaultdict(dict)
        for state in node.store.states.values():
            if not state.dead and (
                    self.mix.whole or state.model in self.mix.read):
                by_model[state.model][state.local] = state.identity
        if by_model:
            with node.transaction(user=0, active_test=False):
                for model, ids in by_model.items():
                    Model = node.pool.get(model)
                    result.update(((model, ids[local]), values)
                        for local, values in read(Model, sorted(ids)).items())

    def check_values(self):
        lost = self.parents.keys() - self.found() - self.excused
        expect(not lost, 'lost', sorted(lost))
        for node in self.nodes:
            for row in self.conflicts(node):
                self.check_conflict(row)

    def check_conflict(self, row):
        "Check that nobody had seen the value that is said to conflict."
        if not self.texts.get(row['model']):
            # The program wrote it, of which the user may have seen something
            return
        for loser in names(json.loads(row['loser'])):
            for winner in names(json.loads(row['winner'])):
                expect(self.restored or not (
                        self.is_ancestor(loser, winner)
                        or self.is_ancestor(winner, loser)),
                    'false conflict', row['identity'], loser, winner)


def names(value):
    "Yield the values of the oracle that a value of a field has."
    if isinstance(value, dict):
        for text in value.values():
            yield from names(text)
    elif type(value) is int:
        yield f'v{value}'
    elif isinstance(value, str) and value[:1] == 'v' and value[1:].isdigit():
        yield value
