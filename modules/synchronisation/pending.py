# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What waits to be pushed."
from itertools import islice, repeat

from . import batch, identity, registry
from .message import Entry
from .protocol import UNSENT

# How many states are read at once at least
PAGE = 100


class Tried(set):
    """The (key, number), and the names of the conflicts, that a run sent.

    since is a place before which nothing else is pending.
    """

    def __init__(self):
        super().__init__()
        self.since = 0
        self.hurried = False
        # The place up to which what is urgent goes first, None until it is
        # known, 0 if the rest is next
        self.urgent = None

    def forget(self, names):
        "Let what did not arrive be sent in this run again."
        self.difference_update(names)
        self.since = 0

    def hurry(self):
        "Let what waited before the run go again, whatever its place."
        # What began to wait in this run is not sent twice
        if not self.hurried:
            self.since, self.hurried = 0, True


class Entries(list):
    "Those of one message; last is whether they leave nothing to push."
    last = True


class Pending:
    """What waits to be pushed, some of it, by whole units.

    tried are those that were sent, waits tells if something waits at the hub,
    resting {key: place} what of that goes up to that place only with others
    that need it, lacks {model: names} the fields that the hub does not know,
    position the last one.
    """

    def __init__(
            self, store, limit, tried, resting=None, lacks=None, waits=False,
            position=0):
        self.store = store
        self.limit = limit
        self.tried = tried
        self.resting = resting or {}
        self.lacks = lacks or {}
        self.waits = waits
        self.position = position
        self.known = set()
        self.since = getattr(tried, 'since', 0)
        if self.lacks:
            # What is left out now may be what goes next
            self.since = 0

    def entries(self):
        "Return the entries of the next message, numbered by group."
        entries, needs, units = {}, {}, {}
        states = self.select()
        while states:
            for state in states:
                units[state.key] = {state.position} | (
                    {state.unit} if state.full else set())
            for entry in self.build(states):
                entries[entry.key] = entry
                needs[entry.key] = identity.needs(
                    self.store.models[entry.model], entry.values)
            states = self.needed(needs)
        groups = self.untried(
            batch.groups(list(entries), units, needs), entries)
        taken = batch.take(groups, self.limit, {
                key: batch.size(entry.values.values())
                for key, entry in entries.items()})
        result = Entries()
        result.last = (not self.urgent and self.total < self.limit
            and len(taken) == len(groups))
        for number, group in enumerate(taken):
            for key in group:
                entries[key].group = number
                result.append(entries[key])
        if self.urgent and not result:
            # What it chose has lost its rows, and keeps nothing else back
            self.tried.urgent = 0
            return self.entries()
        # Alike together, so that the names of the fields are sent once
        result.sort(key=lambda e: (
                e.model, e.deletion, e.full, list(e.fields)))
        self.move_on({entry.key for entry in result})
        return result

    def untried(self, groups, entries):
        "Leave out the groups of which all was tried: they are mates only."
        return [group for group in groups
            if any((key, entries[key].number) not in self.tried
                for key in group)]

    def move_on(self, taken):
        "Note where the next message begins, so that it need not look again."
        if self.chosen and not self.lacks and not self.urgent:
            # All that is at the last place was chosen, and mates from beyond
            self.since = min([self.last + 1, *(
                        s.position for s in self.chosen
                        if s.key not in taken)])

    def needed(self, needs):
        "Return the states that others need, the hub lacks and are not here."
        missing = set().union(*needs.values()) - needs.keys() - self.known
        self.known |= missing
        chosen = {s.id: s
            for s in self.store.records.load('identity', missing).values()
            if s.full and not s.dead and not self.is_tried(s)}
        # They may have changed later than what the page ends with
        self.add_mates(chosen, {s.position for s in chosen.values()})
        return [s for s in chosen.values() if s.key not in needs]

    def select(self):
        "Return pending states with their unit mates, what is urgent first."
        oldest = self.page(list(self.store.models), self.since)
        chosen = {}
        if end := self.urgent_end(oldest):
            chosen = self.select_urgent(end)
            if not chosen:
                self.tried.urgent = 0
        self.urgent = bool(chosen)
        if not chosen:
            chosen = self.select_oldest(oldest)
        self.chosen = list(chosen.values())
        return self.chosen

    def urgent_end(self, oldest):
        "Return the place up to which what is urgent goes before the rest."
        if getattr(self.tried, 'urgent', 0) is None:
            # Else all of it goes with the first message
            self.tried.urgent = (
                self.first_barrier() if len(oldest) >= self.limit
                and registry.urgent(self.store.models) else 0)
        return getattr(self.tried, 'urgent', 0)

    def first_barrier(self):
        """Return the last place before what others may need to have gone.

        That is a deletion, or a key that was corrected, of what is not urgent
        but needed by something that is.
        """
        names = registry.urgent(self.store.models)
        needed = sorted(
            registry.needed(self.store.models, names) - set(names))
        last, found = (0, 0), needed
        while found:
            found = self.store.records.pending_after(needed, last, self.limit)
            for state in found:
                last = state.position, state.id
                if state.position > self.position:
                    return self.position
                if self.is_barrier(state):
                    return state.position - 1
        return self.position

    def select_urgent(self, end):
        """Return {id: State} of what goes before the others, with its mates.

        What follows on a deletion may need that, which may need others.
        """
        found = self.page(registry.urgent(self.store.models), 0)
        end = min([end + 1, *(
                    s.position for s in found.values() if s.dead)])
        states = sorted(
            (s for s in found.values() if s.position < end),
            key=lambda s: s.position)
        while states:
            chosen = {s.id: s for s in states}
            self.add_mates(chosen, {s.position for s in states})
            if not any(s.dead for s in chosen.values()):
                return chosen
            # One of them was saved with it
            states = states[:len(states) // 2]
        return {}

    def is_barrier(self, state):
        return state.dead or not state.full and (
            not state.base.keys().isdisjoint(registry.unique_fields(
                    self.store.models[state.model])))

    def select_oldest(self, oldest):
        "Return {id: State} of the oldest, with their unit mates."
        self.total = len(oldest)
        self.last = self.since
        if oldest:
            self.last = max(state.position for state in oldest.values())
            # What is older is here, but for what waits at the hub
            self.add_mates(
                oldest, {self.last}, 0 if self.waits else self.last)
        return oldest

    def page(self, models, since):
        "Return {id: State} of the oldest of some models since a place."
        chosen, last = {}, (since, 0)
        # However few go, many may wait at the hub before them
        page = max(self.limit, PAGE)
        while len(chosen) < self.limit:
            found = self.store.records.pending_after(models, last, page)
            some = (s for s in found if not self.is_tried(s)
                and s.position > self.resting.get(s.key, 0)
                and self.has_something(s))
            chosen.update((s.id, s)
                for s in islice(some, self.limit - len(chosen)))
            if len(found) < page:
                break
            last = found[-1].position, found[-1].id
        return chosen

    def is_tried(self, state):
        return (state.key, state.position) in self.tried

    def add_mates(self, chosen, positions, since=0):
        """Add what was created or changed by the same transactions.

        chosen is {id: State}, positions those at which some may be missing,
        and since the one before which none is.  What was tried in this run
        goes again with a mate that was edited since.
        """
        units = {s.unit for s in chosen.values() if s.full}
        asked = set(), set()
        while positions or units:
            mates = [s for s in self.store.records.pending_mates(
                    list(self.store.models), positions, units, since)
                if s.id not in chosen and self.has_something(s)]
            chosen.update((s.id, s) for s in mates)
            asked[0].update(positions)
            asked[1].update(units)
            # What they were changed with goes along, too
            positions = {s.position for s in mates} - asked[0]
            units = {s.unit for s in mates if s.full} - asked[1]

    def has_something(self, state):
        "Whether a state has something pending that the hub knows."
        return bool(state.full or state.shown is not None
            or state.base.keys() - self.lacks.get(state.model, ()))

    def build(self, states):
        by_model = {}
        for state in states:
            by_model.setdefault(state.model, []).append(state)
        for model, members in by_model.items():
            if model not in self.store.models:
                continue
            rows = self.store.read(
                model, [s.local for s in members if not s.dead])
            for state in members:
                if state.dead or state.local in rows:
                    yield entry_of(
                        state, rows.get(state.local),
                        self.leave_out(state, rows.get(state.local)))

    def leave_out(self, state, values):
        "Return the names of what the hub does not know, noted as not sent."
        lacks = self.lacks.get(state.model)
        if not lacks:
            return set()
        left = set(lacks) & set(state.dirty(values or state.grave or {}))
        if left - {n for n, base in state.base.items() if base == UNSENT}:
            state.base.update(dict.fromkeys(left, UNSENT))
            self.store.records.keep([state])
        return left


def entry_of(state, values, left=frozenset()):
    "P1: return the entry that pushes all that is not acknowledged."
    entry = Entry(state.model, state.identity, state.position)
    entry.author = state.changed if state.dead else state.author
    entry.aliases = state.aliases
    if state.dead:
        entry.shown = dict(state.shown)
        values = state.grave or {}
    entry.full = state.full
    names = sorted(name for name in state.dirty(values) if name not in left)
    sent = [values[name] for name in names]
    # Most fields are as the record
    entry.fields = dict(zip(
            names, zip(repeat(state.version), repeat(state.up), sent)))
    entry.values = dict(zip(names, sent))
    for name in entry.fields.keys() & {
            *state.fields, *state.base, *state.ups}:
        entry.fields[name] = (
            state.place_of(name), state.base_of(name), values[name])
    if state.sums:
        entry.sums = {
            name: changes for name, (_, changes) in state.sums.items()
            if changes and name in entry.fields}
    if state.authors:
        entry.authors = {
            n: a for n, a in state.authors.items() if n in entry.fields}
    return entry
