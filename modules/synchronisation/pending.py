# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What waits to be pushed."
from trytond.pool import Pool

from . import batch, registry, row
from .message import Entry


class Pending:
    "What waits to be pushed, some of it, by whole units."

    def __init__(self, limit, tried):
        self.limit = limit
        self.tried = tried
        self.known = set()

    def entries(self):
        "Return the entries of the next message, numbered by group."
        entries, needs, units = {}, {}, {}
        states = self.select()
        while states:
            for state in states:
                units[state.model, state.identity] = {state.position} | (
                    {state.unit} if state.full else set())
            for entry in self.build(states):
                entries[entry.key] = entry
                needs[entry.key] = row.needs(
                    registry.models()[entry.model], entry.values)
            states = self.needed(needs)
        groups = batch.take(
            batch.groups(list(entries), units, needs), self.limit)
        result = []
        for number, group in enumerate(groups):
            for key in group:
                entries[key].group = number
                result.append(entries[key])
        # Alike together, so that the names of the fields are sent once
        result.sort(key=lambda e: (
                e.model, e.deletion, e.full, list(e.fields)))
        return result

    def needed(self, needs):
        "Return the states that others need, the hub lacks and are not here."
        Record = Pool().get('synchronisation.record')
        missing = set().union(*needs.values()) - needs.keys() - self.known
        self.known |= missing
        states = Record.load('identity', missing).values()
        return [s for s in states
            if s.full and not s.dead and not self.is_tried(s)]

    def select(self):
        "Return pending states, the oldest first, with their unit mates."
        Record = Pool().get('synchronisation.record')
        table = Record.__table__()
        pending = (table.pending == True) & (  # noqa: E712
            table.model.in_(list(registry.models())))
        chosen = {}
        after = pending
        while len(chosen) < self.limit:
            found = Record.select(
                after, table=table, limit=self.limit,
                order=[table.position.asc, table.id.asc])
            chosen.update((s.id, s) for s in found if not self.is_tried(s))
            if len(found) < self.limit:
                break
            last = found[-1]
            after = pending & (
                (table.position > last.position)
                | ((table.position == last.position) & (table.id > last.id)))
        self.total = len(chosen)
        self.add_mates(chosen, table, pending)
        return list(chosen.values())

    def is_tried(self, state):
        return ((state.model, state.identity), state.position) in self.tried

    def add_mates(self, chosen, table, pending):
        "Add what was created or changed by the same transactions."
        Record = Pool().get('synchronisation.record')
        if not chosen:
            return
        last = max(state.position for state in chosen.values())
        units = sorted({s.unit for s in chosen.values() if s.full})
        mates = Record.select(
            pending & (table.position == last), table=table)
        for i in range(0, len(units), 200):
            mates += Record.select(
                pending & table.unit.in_(units[i:i + 200]), table=table)
        chosen.update((s.id, s) for s in mates if not self.is_tried(s))

    def build(self, states):
        by_model = {}
        for state in states:
            by_model.setdefault(state.model, []).append(state)
        for model, members in by_model.items():
            Model = registry.models().get(model)
            if Model is None:
                continue
            rows = row.read(
                Model, [s.local for s in members if not s.dead])
            for state in members:
                if state.dead or state.local in rows:
                    yield entry_of(state, rows.get(state.local))


def entry_of(state, values):
    "P1: return the entry that pushes all that is not acknowledged."
    entry = Entry(state.model, state.identity, state.position)
    entry.author = state.author
    entry.aliases = state.aliases
    if state.dead:
        entry.shown = dict(state.shown)
        values = state.grave or {}
    entry.full = state.full
    for name in sorted(state.dirty(values)):
        base = 0 if state.full else state.base[name]
        entry.fields[name] = state.place_of(name), base, values[name]
    entry.authors = {
        n: a for n, a in state.authors.items() if n in entry.fields}
    return entry
