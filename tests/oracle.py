# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What people saved, in plain dictionaries, and whether it is still there.

Each value that is saved is like no other, so that it tells by itself which
edit it is; parents has the value that its author saw before.
"""
import json
from collections import defaultdict

from trytond.modules.synchronisation import registry, row

P = 'test_synchronisation.'
FIELDS = {
    'parent': ['name'],
    'child': ['name', 'quantity'],
    'node': ['name'],
    'cycle_a': ['name'],
    'cycle_b': ['name'],
    'keyed': ['name', 'note'],
    'mode_full': ['name'],
    'mode_update': ['name'],
    'mode_default': ['name'],
    'optional': ['name'],
    'counter': ['amount'],
    'deactivable': ['name'],
    'history': ['name'],
    'translated': ['name', 'description'],
    }
LINKS = {
    'child': ('parent', 'parent'),
    'node': ('next', 'node'),
    'optional': ('keyed', 'keyed'),
    'mode_default': ('update', 'mode_update'),
    }
# Written at the hub only
MASTER = {'mode_update'}


class Oracle:
    "What is known of one history."

    def __init__(self, histories):
        self.histories = histories
        self.last = 0
        self.parents = {}
        self.buried = set()
        # {(site, model, local id): number of the last step that wrote it}
        self.written = {}
        # {(site, model, identity): number of the last step that ...}
        self.taken = {}
        self.acknowledged = {}

    def count(self):
        self.last += 1
        return self.last

    def value(self, numeric=False):
        number = self.count()
        value = number if numeric else f'v{number}'
        self.parents[str(value)] = None
        return value

    def follow(self, before, after):
        self.parents[str(after)] = None if before is None else str(before)

    def wrote(self, site, model, id_, step):
        self.written[site, model, id_] = step

    def bury(self, values):
        "Note the values that somebody deleted, seeing them."
        self.buried |= values

    def note(self, site, messages, last):
        "Note what was exchanged; last tells if the last answer arrived."
        step = self.histories.number
        for i, (method, text, answer) in enumerate(messages, 1):
            answer = json.loads(answer)
            if method != 'push' or 'error' in answer:
                continue
            keys = [(table[0], row_[0]) for table in
                json.loads(text)['entries'] for row_ in table[3]]
            waiting = {w[0] for w in answer['waiting']}
            for number, key in enumerate(keys):
                if number in waiting:
                    continue
                self.taken[site, *key] = step
                if last or i < len(messages):
                    self.acknowledged[site, *key] = step

    def present(self, node):
        "Return the values that a node has; a transaction is open."
        values = set()
        for name, names in FIELDS.items():
            Model = node.pool.get(P + name)
            for record in Model.search([]):
                values.update(str(getattr(record, n)) for n in names)
        return values - {'None'}

    # Checks

    def check_pending(self, site):
        """Whether status tells how many records the hub lacks.

        What the hub took but did not acknowledge may count or not.
        """
        node = self.histories.nodes[site]
        status = node.satellite().status()
        with node.transaction():
            rows = node.pool.get('synchronisation.record').search([])
            pending = {(r.model, r.record) for r in rows if r.pending}
            names = {(r.model, r.record): r.identity for r in rows}
            quarantined = {q.identity for q in node.pool.get(
                    'synchronisation.quarantine').search([])}
            dead = {(r.model, r.record) for r in rows if r.dead}
        assert status['pending'] == len(pending)
        for (number, *key), step in self.written.items():
            if number != site or tuple(key) not in names:
                continue
            name = (site, key[0], names[tuple(key)])
            if step > self.taken.get(name, 0):
                assert tuple(key) in pending, ('not pending', name)
            elif (step <= self.acknowledged.get(name, 0)
                    and name[2] not in quarantined
                    and tuple(key) not in dead):
                assert tuple(key) not in pending, ('pending', name)

    def check_end(self):
        nodes = self.histories.nodes
        self.contents = [self.everything(node) for node in nodes]
        for node in nodes:
            self.check_references(node)
            self.check_unique(node)
        self.check_quiet()
        self.check_scopes()
        self.check_equal()
        self.check_values()

    def everything(self, node):
        "Return {(model, identity): wire values}."
        result = {}
        with node.transaction(user=0, active_test=False):
            Record = node.pool.get('synchronisation.record')
            for name, Model in registry.models().items():
                states = Record.search([
                        ('model', '=', name), ('dead', '=', False)])
                rows = row.read(Model, [s.record for s in states])
                for state in states:
                    assert state.record in rows, (
                        'no row', node.number, name, state.identity)
                    result[name, state.identity] = rows[state.record]
                loaded = self.histories.loaded.get(name[len(P):])
                if loaded is not None:
                    assert {s.record for s in states} | loaded == {
                        r.id for r in Model.search([])}, (
                        'unknown rows', node.number, name)
        return result

    def check_references(self, node):
        with node.transaction(user=0, active_test=False):
            for name, (link, target) in [
                    *LINKS.items(), ('cycle_a', ('b', 'cycle_b')),
                    ('cycle_b', ('a', 'cycle_a'))]:
                ids = {r.id for r in node.pool.get(P + target).search([])}
                for record in node.pool.get(P + name).search([]):
                    value = getattr(record, link)
                    assert value is None or value.id in ids, (
                        'dangling', node.number, name, record.id)

    def check_unique(self, node):
        for name in ['keyed', 'mode_full', 'counter']:
            codes = node.values(P + name, 'code')
            assert len(codes) == len(set(codes)), (
                'twice', node.number, name, codes)

    def check_quiet(self):
        for node in self.histories.nodes:
            with node.transaction():
                pool = node.pool
                waiting = [
                    (q.model, q.identity, q.code, q.reason, q.place)
                    for q in pool.get('synchronisation.quarantine').search([])]
                assert not waiting, ('quarantined', node.number, waiting)
                pending = [
                    (r.model, r.identity)
                    for r in pool.get('synchronisation.record').search(
                        [('pending', '=', True)])]
                assert not pending, ('pending', node.number, pending)

    def check_scopes(self):
        "Whether each satellite has what it should have, and nothing else."
        hub = self.histories.hub
        should = defaultdict(set)
        with hub.transaction():
            Scope = hub.pool.get('synchronisation.scope')
            for entry in Scope.search([('kind', '!=', 'out')]):
                key = entry.record.model, entry.record.identity
                should[entry.instance].add(key)
            Record = hub.pool.get('synchronisation.record')
            opened = {(r.model, r.identity)
                for r in Record.search([('opened', '!=', None)])}
        for node in self.histories.satellites:
            here = self.contents[node.number]
            there = (should[node.number] | opened) & (
                self.contents[0].keys())
            assert not there - here.keys(), (
                'lacks', node.number, there - here.keys())
            assert not here.keys() - self.contents[0].keys(), (
                'holds', node.number, here.keys() - self.contents[0].keys())

    def check_equal(self):
        for node in self.histories.satellites:
            for key, values in self.contents[node.number].items():
                if key in self.contents[0]:
                    assert values == self.contents[0][key], (
                        'different', node.number, key, values,
                        self.contents[0][key])

    def check_values(self):
        "Whether each value that was saved is current, past or in a conflict."
        found = set(self.buried)
        for node in self.histories.nodes:
            with node.transaction(active_test=False):
                found |= self.present(node)
                for conflict in node.pool.get(
                        'synchronisation.conflict').search([]):
                    found.add(str(json.loads(conflict.loser)))
                    found.add(str(json.loads(conflict.winner)))
        for value in list(found):
            while value := self.parents.get(value):
                found.add(value)
        lost = set(self.parents) - found
        assert not lost, ('lost', lost)
