# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Give the captured changes their positions, after their commit."
import datetime as dt
from collections import defaultdict, namedtuple
from itertools import groupby

from . import closure, decision, merge, protocol, registry, skew
from .protocol import NO_UNIT, State

Item = namedtuple('Item', 'unit model local operation names last author')


def fold(store, settings):
    """Fold what this transaction sees and return the clock's Time.

    The transaction must hold the lock of the positions.
    """
    time = store.clock.read_clock()
    known = store.fields()
    if enrolled := store.unknown_models(time.models):
        for Model in enrolled:
            store.changes.enrol(Model)
    if fields := skew.added(known, time.models):
        skew.fill(store, settings, time, fields)
    if updated := time.models != known:
        time.models = known
    folded = set()
    for changes in store.changes.lots():
        folding = Folding(store, settings, time)
        folding.fold(changes)
        decision.fold(folding, changes)
        store.changes.consume(changes)
        folded.update(change.model for change in changes)
    if folded:
        store.describe_versions(settings, folded)
    if folded or updated:
        store.clock.write_clock(time)
    return time


class Folding:
    "One fold of a list of captured changes."

    def __init__(self, store, settings, time):
        self.store = store
        self.settings = settings
        self.time = time
        self.models = store.models

    def fold(self, changes):
        items = list(self.items(changes))
        self.states = self.store.records.load(
            'record', {(item.model, item.local) for item in items})
        self.keys = self.keys_of_new(items)
        self.amounts = self.amounts_of(items)
        # What was deleted and came back
        self.revived = []
        touched, since = {}, self.time.position + 1
        for unit, members in groupby(items, key=lambda item: item.unit):
            position = None
            for number, item in enumerate(members, 1):
                if position is None or unit == NO_UNIT:
                    position = self.time.next()
                if state := self.fold_item(item, position, number):
                    touched[state.model, state.identity] = state
        closure.offer(self.store, touched.values())
        self.store.records.keep(list(touched.values()))
        alive = [s for s in touched.values() if not s.dead]
        closure.leave_with_owners(self.store, [
                state for state in self.revived if not state.dead],
            self.time.next)
        closure.settle(self.store, alive, self.time.next)
        closure.visit(self.store, alive, self.time.next, since)

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
        users = sorted(users)
        names = self.store.users(users)
        return dict(zip(users, self.store.authors.ids([
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
        for name, pairs in groupby(wanted, key=lambda pair: pair[0]):
            found = self.store.uuids(name, [local for _, local in pairs])
            result.update(
                ((name, local), uuid) for local, uuid in found.items())
        return result

    def amounts_of(self, items):
        "Return {(model, local id): values} of what has sums to be told."
        wanted = defaultdict(set)
        for item in items:
            if item.operation != 'delete' and self.pushes(item) and (
                    registry.sums(self.models[item.model])):
                wanted[item.model].add(item.local)
        return {(model, local): values
            for model, ids in wanted.items()
            for local, values in self.store.read(model, ids).items()}

    def is_gone(self, key):
        return key not in self.states or self.states[key].dead

    def name(self, unit, number):
        """Return the identity that a new record gets.

        It comes from the capture, so that a backup that is restored before
        the fold does not make another record of it.
        """
        instance = self.settings.synchronisation_id
        if unit == NO_UNIT:
            return self.time.identity(instance)
        return f'{instance}.{unit:x}.{number}'

    def fold_item(self, item, position, number):
        "Return the state that a change changed, if any."
        key = item.model, item.local
        state = self.states.get(key)
        if item.operation == 'delete':
            return self.fold_delete(item, key, state, position)
        state = self.fold_alive(item, key, state, position, number)
        if state and key in self.amounts:
            for name in (registry.sums(self.models[item.model])
                    & self.amounts[key].keys()):
                protocol.count(
                    state, name, self.amounts[key][name], position)
        return state

    def fold_delete(self, item, key, state, position):
        if state is None or state.dead:
            # Nobody else knows it
            return None
        state.grave = self.store.identify(
            item.model, {item.local: item.last or {}})[item.local]
        protocol.fold(
            state, 'delete', item.names, position, item.author,
            self.pushes(item))
        if self.pushes(item):
            # It may be refused; what was added before is not read any more
            for name in (registry.sums(self.models[item.model])
                    & state.grave.keys()):
                protocol.count(state, name, state.grave[name], position)
        return state

    def fold_alive(self, item, key, state, position, number):
        Model = self.models[item.model]
        if state and not state.dead:
            if item.operation == 'create':
                # It was there when the model began to synchronise
                return None
            names = (registry.names(Model) if item.operation == 'unknown'
                else item.names)
        elif loaded := self.store.loaded(item.model, item.local):
            # Every instance loads the row by itself; only edits travel
            if item.operation == 'create':
                return None
            state = self.loaded_state(item, loaded, position)
            names = item.names or registry.names(Model)
        elif key in self.keys:
            # Also what came back from the history under its old id
            if state:
                self.revived.append(state)
            state = state or self.new_state(item, key, number)
            kept = self.kept_fields(item, state, position)
            protocol.fold(
                state, 'create', (), position, item.author,
                self.pushes(item))
            state.fields = kept
            return state
        else:
            # Deleted since
            return None
        protocol.fold(
            state, 'write', names, position, item.author, self.pushes(item))
        return state

    def kept_fields(self, item, state, position):
        """Return the fields that a record has again as it had them.

        Who changed one meanwhile is in conflict with nobody.
        """
        if not state.grave:
            return {}
        row = self.store.read(item.model, [item.local]).get(item.local, {})
        same = [name for name in row if name in state.grave
            and merge.same(row[name], state.grave[name])]
        places = {name: state.place_of(name) for name in same}
        state.move(same, position)
        if self.pushes(item):
            # What was sent of it is no later edit
            for name, place in places.items():
                state.fields[name][1] = place
            state.know(same)
        return {name: state.fields[name] for name in same}

    def pushes(self, item):
        return bool(self.settings.synchronisation_url
            and registry.is_pushed(self.models[item.model]))

    def loaded_state(self, item, name, position):
        key = item.model, name
        state = self.store.records.load('identity', [key]).get(key)
        if state is None:
            state = State(item.model, name, item.local)
            state.unit = state.created = position
        state.local, state.dead = item.local, False
        self.states[item.model, item.local] = state
        return state

    def new_state(self, item, key, number):
        state = self.states[key] = State(
            item.model, self.keys[key] or self.name(item.unit, number),
            item.local)
        return state


def now():
    "Return the time to show to people, as the database keeps it."
    return dt.datetime.utcnow()
