# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What people saved, in plain dictionaries, and whether it is still there.

Each value that is saved is like no other, so that it tells by itself which
edit it is; parents has the value that its author saw before.
"""
import json
from collections import Counter, defaultdict

from trytond.modules.synchronisation import registry
from trytond.modules.synchronisation.protocol import OUT

# The fields whose values are told apart
TEXTS = {
    'thing': ['name', 'other', 'grave'], 'line': ['name'], 'visit': ['name'],
    'tag': [], 'bond': ['note'], 'offer': ['name'], 'guide': ['name']}


class Violation(AssertionError):
    "A history broke a promise; args are its kind and what about."


def expect(condition, *what):
    if not condition:
        raise Violation(*what)


class Oracle:
    "What is known of one history; nodes are all instances, the centre first."
    texts = TEXTS
    # The fields of which a value may have to be made up
    codes = ['key', 'code']

    def __init__(self, nodes):
        self.nodes = nodes
        self.last = 0
        self.parents = {}
        self.amounts = []
        self.buried = set()
        self.units = []
        # The scope's place when a record came, by node and key
        self.arrived = {}
        self.deleted = set()
        self.withdrawn = defaultdict(set)
        # What was saved at an instance since its backup
        self.since = {}
        self.excused = set()
        # What was offered to a restored hub again may meet its own heirs
        self.restored = False
        # Some have older modules
        self.older = False
        self.returned = set()

    def value(self, before=None):
        self.last += 1
        value = f'v{self.last}'
        self.parents[value] = before
        return value

    def is_ancestor(self, value, other):
        "Whether who saved other had seen value, or saved value itself."
        while other is not None:
            if other == value:
                return True
            other = self.parents.get(other)
        return False

    def bury(self, node, model, row, key=None):
        "Note the values that somebody deleted, seeing them."
        self.buried.update(
            row[n] for n in self.texts[model] if row.get(n) is not None)
        # Who deletes a record deletes what his modules do not show, too
        for name in set(self.texts[model]) - set(node.store.names[model]):
            for other in self.nodes if key else ():
                local = other.store.local_ids([key]).get(key)
                self.buried.add(other.store.tables[model].get(
                        local, {}).get(name))

    def unit(self, node, created):
        "Note that a transaction created rows, (model, local id)."
        if len(created) > 1:
            self.units.append((node, created))

    def saved(self, node, last):
        "Note that a node saved the values after the one numbered last."
        self.since.setdefault(node, []).extend(
            f'v{number}' for number in range(last + 1, self.last + 1))

    def backup(self, node):
        self.since[node] = []

    def restore(self, node):
        "What a node saved since its backup may be lost."
        self.restored = True
        self.returned.add(node)
        self.excused.update(self.since.get(node, ()))
        # The satellites give a hub back what each of them had of a unit
        self.units = [unit for unit in self.units
            if not node.below and unit[0] is not node]

    def withdraw(self, hub, keys):
        "Note that the hub may be the only one to have these records."
        self.withdrawn[hub].update(keys)

    def lose(self, node):
        "Excuse what is lost with a hub, being withdrawn from who wrote it."
        for key in self.withdrawn[node]:
            id_ = node.store.tables['identity'].get(key)
            local = id_ and node.store.records.get(id_).local
            row = node.store.tables[key[0]].get(local, {})
            for value in row.values():
                while value in self.parents:
                    self.excused.add(value)
                    value = self.parents[value]

    def count(self, node, amounts):
        "Note what somebody added to the count of lines, by their local ids."
        self.amounts += [[node, local, amount, None]
            for local, amount in amounts]

    def name_amounts(self):
        for row in self.amounts:
            node, local, _, key = row
            if key is None:
                row[3] = self.identity(node, 'line', local)

    def undo(self, last):
        "Forget the values after the one numbered last: nobody saved them."
        for number in range(last + 1, self.last + 1):
            del self.parents[f'v{number}']
        self.last = last

    # While it goes on

    def check(self, nodes=None):
        "Check nodes, all of them by default."
        self.name_amounts()
        for origin, created in self.units:
            keys = {self.identity(origin, *row) for row in created}
            if None in keys or keys & self.deleted:
                continue
            # What was merged may have been there before
            keys -= self.merged()
            for node in self.nodes if nodes is None else nodes:
                if node is not origin:
                    self.check_unit(node, keys)

    def identity(self, node, model, local):
        id_ = node.store.tables['record'].get((model, local))
        if id_ is None:
            return None
        return self.known_as(model, node.store.records.get(id_).identity)

    def merged(self):
        "Return the keys of the records that others were merged into."
        return {(model, name)
            for node in self.nodes
            for (model, _), name in node.store.tables['aliases'].items()}

    def known_as(self, model, identity):
        "Return the key of a record at the centre, which may have merged it."
        for node in reversed(self.nodes):
            aliases = node.store.tables['aliases']
            identity = aliases.get((model, identity), identity)
        return model, identity

    def check_unit(self, node, keys):
        "Whether a node shows none or all of what it should have of a unit."
        here = node.store.local_ids(keys)
        for key in keys:
            if key in here:
                self.arrived.setdefault(
                    (node, key), self.arrival(node, key))
            else:
                self.arrived.pop((node, key), None)
        if not here or len(here) == len(keys):
            return
        # What came into scope later may come later
        place = max(self.arrived[node, key] for key in here)
        for key in keys:
            if key not in here and self.should_have(node, key):
                expect(self.scope_place(node, key) > place
                    or all(self.came_apart(node.hub, key, k) for k in here),
                    'torn', node.number, keys, key)

    def arrival(self, node, key):
        """Return the place in the scope at which a record came to a node.

        What waited there may have left the scope since and come again.
        """
        place = self.scope_place(node, key)
        id_ = node.store.tables['identity'].get(key)
        known = id_ is not None and node.store.records.get(id_).hubplace
        return min(place, known) if known else place

    def came_apart(self, hub, one, other):
        """Whether records came into the scope of a middle tier one by one.

        It shows them so, and tells them on as it got them.
        """
        if hub is None:
            return False
        states = hub.store.records.load('identity', [one, other])
        return (
            self.arrived.get((hub, one)) != self.arrived.get((hub, other))
            and len({state.unit for state in states.values()}) > 1)

    def should_have(self, node, key):
        return node.hub is None or self.scope_of(node, key) is not None

    def scope_place(self, node, key):
        found = node.hub and self.scope_of(node, key)
        return found or 0

    def scope_of(self, node, key):
        "Return the place at which a record came into scope, or None."
        store = node.hub.store
        id_ = store.tables['identity'].get(
            (key[0], store.tables['aliases'].get(key, key[1])))
        if id_ is None:
            return None
        state = store.records.get(id_)
        row = store.tables['scopes'].get((id_, node.number))
        places = [row[2]] if row and row[1] != OUT else []
        # What is granted may have been taken as an offer before
        places += [] if state.opened is None else [state.opened]
        return min(places, default=None)

    # At the end

    def check_end(self):
        for node in self.nodes:
            self.check_quiet(node)
        for node in self.nodes[1:]:
            self.check_equal(node)
            self.check_cases(node)
        self.check_values()
        self.check_amounts()
        self.check_provisional()

    def check_amounts(self):
        "Whether each change of a count was added once."
        if self.restored or self.older or not self.amounts:
            # What is lost is so with its amount, and what came by older
            # modules has one of which nobody knows what it was before
            return
        sums = Counter()
        for _, _, amount, key in self.amounts:
            sums[key] += amount
        for key, values in self.contents(self.nodes[0]).items():
            # Who deletes what left the scope gives up what he added before
            if key[0] == 'line' and not (key in self.deleted and any(
                        key in keys for keys in self.withdrawn.values())):
                expect((values['count'] or 0) == sums[key],
                    'miscounted', key, values['count'], sums[key])

    def is_open(self, row):
        return not row['decisions']

    def conflicts(self, node):
        return node.store.conflicts.all()

    def check_provisional(self):
        "Whether each value that was made up has a case that tells it."
        if len({bool(node.below) for node in self.returned}) > 1:
            # A case that a hub lost is lost with who was to give it back
            return
        told = {
            json.loads(row['winner']) for node in self.nodes
            for row in self.conflicts(node) if row['why'] == 'key'}
        for node in self.nodes:
            for model in self.texts:
                for row in node.store.tables[model].values():
                    made = {row.get(name) for name in self.codes
                        if '~' in str(row.get(name))}
                    expect(made <= told, 'untold', node.number, model, made)

    def check_quiet(self, node):
        waiting = [
            (*key[2:], row['code'], row['reason'])
            for key, row in node.store.tables['quarantine'].items()
            if not self.is_left_alone(row)
            and not self.has_no_room(node, row)
            and not self.is_of_lost_life(node, *key)]
        expect(not waiting, 'quarantined', node.number, waiting)
        pending = [
            (s.model, s.identity) for s in node.store.records.all()
            if s.pending and node.hub]
        expect(not pending, 'pending', node.number, pending)

    def is_left_alone(self, row):
        """Whether what waits, or needs, was lost when a backup was restored.

        It may be all that is left of its unit: a person has to see it.
        """
        keys = [(row['model'], row['identity']),
            *map(tuple, json.loads(row['missing'] or '[]'))]
        return self.restored and any(
            not any(key in node.store.tables['identity']
                for node in self.nodes)
            for key in keys)

    def has_no_room(self, node, row):
        """Whether relations change places and there is no third one.

        Nobody there could do it by hand either.
        """
        store, model = node.store, row['model']
        names = registry.exclusive(store.models[model])
        return row['code'] == 'unique' and bool(names) and not any(
            store.free(model, local, names, name)
            for local in store.tables[model] for name in names)

    def is_of_lost_life(self, node, place, peer, *key):
        """Whether all that is left of an edit waits at the hub.

        Its satellite was restored and sends it no more: a person has to see
        it.
        """
        below = [other for other in self.returned
            if place == 'here' and other.hub is node and other.number == peer]
        states = [other.store.records.load('identity', [key])
            for other in below]
        return bool(states) and not any(
            state.pending for found in states for state in found.values())

    def contents(self, node):
        "Return {(model, identity): wire values} of what lives."
        result, count = {}, 0
        store = node.store
        for state in store.records.all():
            if not state.dead:
                rows = store.read(state.model, [state.local])
                expect(rows, 'no row', node.number, state.identity)
                result[state.model, state.identity] = rows[state.local]
                count += 1
        expect(count == sum(len(store.tables[m]) for m in store.models),
            'unknown rows', node.number)
        return result

    def check_equal(self, node):
        here, there = self.contents(node), self.contents(node.hub)
        for key in there:
            if self.scope_of(node, key) is not None:
                expect(key in here, 'lacks', node.number, key)
        for key, values in here.items():
            expect(key in there, 'holds', node.number, key)
            expect(self.scope_of(node, key) is not None,
                'holds out of scope', node.number, key)
            expect(values == there[key],
                'different', node.number, key, values, there[key])

    def check_cases(self, node):
        "Whether who has a record has the open cases of it, too."
        here = {row['name'] for row in self.conflicts(node)}
        for row in self.conflicts(node.hub):
            key = self.known_as(row['model'], row['identity'])
            if (self.is_open(row) and node.store.local_ids([key])
                    and self.scope_of(node, key) is not None):
                expect(row['name'] in here, 'case', node.number, row)

    def was_several(self, row):
        "Whether a record was several at a middle tier, each with a value."
        return any(node.hub and node.below and row['identity'] in
            node.store.tables['aliases'].values() for node in self.nodes)

    def check_values(self):
        "Whether each value that was saved is current, past or in a conflict."
        current = {row[name]
            for node in self.nodes for model, names in self.texts.items()
            for row in node.store.tables[model].values()
            for name in names if row[name] is not None}
        losers, winners = set(), set()
        for node in self.nodes:
            for row, _ in node.store.tables['conflicts'].values():
                loser, winner = map(json.loads, [row['loser'], row['winner']])
                if isinstance(loser, str) and loser in self.parents:
                    losers.add(loser)
                    winners.add(winner)
                    expect(self.restored or self.was_several(row) or not (
                            self.is_ancestor(loser, winner)
                            or self.is_ancestor(winner, loser)),
                        'false conflict', row['identity'], loser, winner)
        found = current | losers | winners | self.buried
        for value in list(found):
            while value := self.parents.get(value):
                found.add(value)
        lost = set(self.parents) - found - self.excused
        expect(not lost, 'lost', sorted(lost))
