# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The hub takes what a satellite pushed."
from collections import defaultdict, namedtuple

from . import (
    children, closure, conflict, grave, identity, merge, plan, protocol,
    registry, value)
from .keys import Keys
from .loss import Loss
from .protocol import MEMBER, OUT, State, bury
from .refusal import REFUSALS
from .writing import Writing, halved

Waiting = namedtuple('Waiting', 'entry code reason missing')
UNIT = 'unit', "Another record of the same unit cannot be applied."
WHOLE = 'whole', "The hub lacks the record; send it whole."


class Intake:
    """Apply pushed entries, whole groups at a time.

    instance is the sender's number, base the position of the first group,
    known how far the sender took what is offered to all, held the keys of
    what the sender was told of but cannot apply.
    """

    def __init__(
            self, store, settings, time, instance, base, known, held):
        self.store = store
        self.settings = settings
        self.time = time
        self.instance = instance
        self.base = base
        self.known = known
        self.held = held
        self.loss = Loss(time.epoch, time.history)
        self.documents = []
        self.waiting = []
        self.conflicts = []

    def take(self, entries):
        "Take entries; what became of them is in documents and waiting."
        allowed = []
        for entry in entries:
            if problem := self.problem(entry):
                self.waiting.append(Waiting(
                        entry, *problem, self.unknown(entry)))
            else:
                allowed.append(entry)
        # A group with a bad member waits as a whole,
        # but for one whose model is not installed, as nothing here can
        # refer to it
        bad = {w.entry.group for w in self.waiting if w.code != 'model'}
        groups = defaultdict(list)
        for entry in allowed:
            if entry.group in bad:
                self.waiting.append(Waiting(entry, *UNIT, ()))
            else:
                groups[entry.group].append(entry)
        halved([groups[n] for n in sorted(groups)], self.apply, self.refuse)

    def unknown(self, entry):
        "Return the (model, field) of what does not synchronise here."
        Model = self.store.models.get(entry.model)
        return {(entry.model, name) for name in entry.fields.keys()
            - Model.synchronised_fields()} if Model else set()

    def problem(self, entry):
        "Return (code, sentence) if the entry may not be applied at all."
        Model = self.store.models.get(entry.model)
        if Model is None:
            return 'model', f'The model "{entry.model}" does not synchronise.'
        if not registry.is_pushed(Model) and not self.loss.gave_all(entry):
            return 'mode', (
                f'The records of "{entry.model}" are written at the hub only.')
        if no_sums := entry.sums.keys() - registry.sums(Model):
            return 'value', (
                f'The changes of "{min(no_sums)}" are not added up.')
        unknown = entry.fields.keys() - Model.synchronised_fields()
        if unknown:
            return 'field', (
                f'The field "{min(unknown)}" of "{entry.model}" does not '
                "synchronise.")
        if entry.identity.startswith('='):
            return 'identity', "A record that does not travel was sent."
        try:
            identity.check(Model, entry.values)
            for name, changes in entry.sums.items():
                for _, change in changes:
                    identity.check(Model, {name: change})
        except (ValueError, TypeError) as error:
            return 'value', value.sentence(error)
        bases = [base for _, base, _ in entry.fields.values()]
        if max([*bases, *(entry.shown or {}).values()], default=0) > (
                self.base):
            return 'position', "A version that the hub never gave was sent."

    def refuse(self, group, code, sentence):
        for entry in group:
            self.waiting.append(Waiting(entry, code, sentence, ()))

    def apply(self, groups):
        "Apply groups of entries, all or nothing but for what they lack."
        try:
            Application(self, groups).run()
        except REFUSALS:
            if len(groups) > 1:
                raise
            # A key that should have become free did not
            Application(self, groups, strict=True).run()


class Application:
    "One attempt to apply some groups."

    def __init__(self, intake, groups, strict=False):
        self.intake = intake
        self.strict = strict
        self.store = intake.store
        self.groups = groups
        self.entries = [entry for group in groups for entry in group]
        self.documents = []
        self.waiting = []
        self.conflicts = []
        self.touched = {}
        # What turned out to be a known record, and which of it was taken
        self.fresh, self.met = [], []
        self.had = []
        self.deletions = {}
        self.former = {}

    def run(self):
        self.load()
        self.writing = Writing(self.store, self.ids)
        for group in self.admitted():
            self.take_group(group)
        self.take_deletions()
        with self.store.savepoint():
            self.writing.run()
            self.finish()
        self.intake.documents += self.documents
        self.intake.waiting += self.waiting
        self.intake.conflicts += self.conflicts

    def load(self):
        keys = {entry.key for entry in self.entries}
        self.aliases = self.store.aliases.resolve(keys)
        self.states = self.store.records.load('identity', {
                (model, self.aliases.get((model, name), name))
                for model, name in keys})
        self.told = {entry.key: identity.needs(
                self.store.models[entry.model], entry.values)
            for entry in self.entries}
        refers = {entry.key: self.told[entry.key] | identity.needs(
                self.store.models[entry.model], self.grave_of(entry))
            for entry in self.entries}
        # A deletion needs nothing; if it is refused its values may
        self.needs = {entry.key: refers[entry.key]
            for entry in self.entries if not entry.deletion}
        self.refers = refers
        self.ids = self.store.local_ids(set().union(keys, *refers.values()))
        self.graves = grave.open_graves(
            self.store, set().union(*self.needs.values()), self.ids)
        # Who deletes a record has it
        self.gone = {
            (entry.model, self.aliases.get(entry.key, entry.identity))
            for entry in self.entries if entry.deletion}
        self.meet_by_key()
        self.meet_by_fields()
        # E3: the sender has it from what the hub lost
        self.again = {entry.key for entry in self.entries
            if self.intake.loss.gave_any(entry) or self.is_own(entry)}
        self.keys = Keys(
            self.store, self.entries, self.state_of, self.strict)
        self.current = self.read_current()
        self.scopes = self.read_scopes()

    def meet_by_key(self):
        """H4: find the records that have the natural key of a new one.

        They are one and the same if the sender could not have known.
        """
        by_model = defaultdict(dict)
        for entry in self.entries:
            if self.state_of(entry) is None and entry.full:
                name = registry.key_field(self.store.models[entry.model])
                value = entry.values.get(name)
                if value is not None and not isinstance(value, list):
                    by_model[entry.model][value] = entry
        for model, entries in by_model.items():
            found = self.store.find_by_key(model, list(entries))
            states = self.store.records.load(
                'record', [(model, i) for i, _ in found])
            for local, value in found:
                state = states.get((model, local))
                # Who had the other and still made a new one means another
                # thing: it gets a provisional key, and a person decides
                if (state and value in entries
                        and state_key(state) not in self.gone
                        and not self.has(entries[value], state)):
                    self.meet(entries[value], state)

    def meet_by_fields(self):
        """H4: the same for a key that is computed from other fields.

        Two relations of the same two records are one, whoever made them, but
        for one that goes in this same message.
        """
        for entry in self.entries:
            names = registry.key_fields(self.store.models[entry.model])
            if (self.state_of(entry) is not None or not entry.full
                    or not names):
                continue
            values = {n: entry.values.get(n) for n in names}
            local = self.store.find_by_fields(entry.model, values, self.ids)
            key = entry.model, local
            state = local and self.store.records.load(
                'record', [key]).get(key)
            if state and state_key(state) not in self.gone:
                self.meet(entry, state)

    def is_own(self, entry):
        """Whether a restored hub may believe that who sends a record made it.

        It lost that it had been sent, and was given it by another instance.
        """
        if not (self.intake.loss.history and entry.full):
            return False
        creator = identity.creator(entry.identity)
        return creator == self.intake.instance or (
            not self.store.instances.is_enrolled(creator)
            if creator is not None else identity.is_random(entry.identity))

    def has(self, entry, state):
        "Whether the sender held a record when it made another."
        return self.pushed(state) or self.was_told(
            entry, state, self.store.scopes.of([state.id]))

    def meet(self, entry, state):
        state = self.states.get(state_key(state), state)
        self.aliases[entry.key] = state.identity
        self.states[state.model, state.identity] = state
        self.ids[entry.key] = state.local
        self.fresh.append(entry.key)

    def grave_of(self, entry):
        "Return the last values of a record that an entry brings back."
        state = self.state_of(entry)
        if state and state.dead and not entry.deletion:
            return state.grave or {}
        return {}

    def state_of(self, entry):
        name = self.aliases.get(entry.key, entry.identity)
        return self.states.get((entry.model, name))

    def read_current(self):
        "Return {key: wire values} of the rows that entries change."
        by_model = defaultdict(dict)
        for entry in self.entries:
            if entry.key in self.ids:
                by_model[entry.model][self.ids[entry.key]] = entry
        current = {}
        for model, entries in by_model.items():
            rows = self.store.read(model, list(entries))
            for local, values in rows.items():
                current[entries[local].key] = values
        return current

    def admitted(self):
        "H7: return the groups all of whose references are here."
        by_key = {entry.key: entry for entry in self.entries}
        groups, refused = plan.admit(
            [[entry.key for entry in group] for group in self.complete()],
            self.needs, self.ids.keys() | self.graves.keys(),
            {entry.key for entry in self.entries
                if entry.full and not entry.deletion})
        for group, missing in refused:
            for key in group:
                self.waiting.append(Waiting(
                        by_key[key], 'missing', _sentence(missing), missing))
        return [[by_key[key] for key in group] for group in groups]

    def complete(self):
        "Return the groups for which no record has to come whole first."
        groups = []
        for group in self.groups:
            lacking = {entry.key for entry in group if self.lacks(entry)}
            if not lacking:
                groups.append(group)
                continue
            for entry in group:
                self.waiting.append(Waiting(
                        entry, *(WHOLE if entry.key in lacking else UNIT),
                        ()))
        return groups

    def lacks(self, entry):
        "H4: whether an edit is of a record that is not here to be edited."
        state = self.state_of(entry)
        if entry.deletion or entry.full or entry.identity[:1] == '#':
            return False
        if state is None:
            return True
        return not self.is_foreign(entry, state) and (
            state.dead and not state.grave or self.is_lost(state, entry))

    def take_group(self, group):
        "Take a group, or let all of it wait."
        new = []
        for entry in group:
            state = self.state_of(entry)
            if state and entry.number <= state.seen.get(entry.link, 0):
                self.documents.append((entry, state, True))
            else:
                new.append((entry, state))
        obstacles = {id(entry): self.obstacle(entry, state)
            for entry, state in new}
        if any(obstacles.values()):
            for entry, _ in new:
                self.waiting.append(Waiting(
                        entry, *(obstacles[id(entry)] or UNIT), ()))
        else:
            self.take_entries(new)

    def obstacle(self, entry, state):
        "Return (code, sentence) of why an entry cannot be taken yet."
        loaded = entry.identity.startswith('#')
        if loaded and entry.deletion:
            return 'identity', (
                "A row that a module loads is deleted by the module only.")
        if state and self.is_foreign(entry, state):
            return 'scope', (
                "The record is not one of those that this instance may "
                "write.")
        if any(self.is_hidden(self.referred[need])
                for need in self.told[entry.key] & self.referred.keys()
                - self.again):
            return 'scope', (
                "It refers to a record that this instance may not see.")
        if loaded and state is None and entry.key not in self.ids:
            return 'missing', _sentence({entry.key})

    def is_lost(self, state, entry):
        "V7: whether the row of a live record went past the engine."
        return (not state.dead and state.local is not None
            and entry.key not in self.current
            and not self.store.uuids(state.model, [state.local]))

    def take_entries(self, entries):
        for entry, state in entries:
            if entry.key in self.fresh:
                self.met.append(entry.key)
                state.aliases = state.aliases + [entry.identity]
            elif state and self.is_hidden(state):
                self.had.append(state)
            self.revive_parents(entry)
            if entry.deletion and (state is None or state.dead):
                self.bury(entry, state)
            elif entry.deletion:
                self.deletions[state.model, state.local] = entry, state
            elif state is None and entry.identity.startswith('#'):
                self.edit_loaded(entry)
            elif state is None:
                self.create(entry)
            elif state.dead or self.is_lost(state, entry):
                self.revive(entry, state)
            else:
                self.update(entry, state)
            self.note_given_back(entry)

    def note_given_back(self, entry):
        "E3: show what a satellite gave back of what only the hub writes."
        state = self.touched.get(entry.key)
        if (state and state.position == self.intake.base + entry.group
                and not registry.is_pushed(self.store.models[entry.model])):
            self.conflicts.append(conflict.describe(
                    state_key(state), merge.Conflict(
                        None, None, None, None, entry.author, 'lost'),
                    None, None, self.intake.time.epoch))

    def read_scopes(self):
        "Return the scopes of the records, and of what they refer to."
        needs = set().union(*self.refers.values())
        load = self.store.records.load
        self.referred = load('identity', needs)
        for key, name in self.store.aliases.resolve(
                needs - self.referred.keys()).items():
            self.referred.update(load('identity', [(key[0], name)]))
        return self.store.scopes.of({
                s.id for s in [
                    *self.states.values(), *self.referred.values()]
                if s.id})

    def is_foreign(self, entry, state):
        # Whoever has it, had it, or could have been offered it
        return (entry.key not in self.fresh and self.is_hidden(state)
            and entry.key not in self.again)

    def is_hidden(self, state):
        "Whether the sender never was told of a record."
        return not (
            state.opened is not None or state.identity[:1] in '#='
            or self.intake.instance in self.scopes[state.id]
            or self.pushed(state))

    def pushed(self, state):
        "Whether the sender, in any of its lives, pushed a record before."
        return bool(state.seen_of(self.intake.instance))

    def create(self, entry):
        state = State(entry.model, entry.identity)
        position = self.intake.base + entry.group
        state.position = state.created = state.unit = position
        state.version = position
        state.origin = state.via = entry.link
        state.saw(entry)
        state.author = entry.author
        state.full = self.pushes(entry.model)
        values = self.with_key(entry, state, entry.values)
        self.count(state, values, position)
        if values != entry.values:
            self.documents.append((entry, state, True))
        self.writing.create(entry.key, values)
        self.touched[entry.key] = state

    def with_key(self, entry, state, values):
        "Return the values of a new row, with a key that nobody has."
        name = self.keys.name(state.model)
        value = values.get(name)
        if not self.keys.is_taken(state.model, None, value):
            return values
        key = self.keys.provisional(
            state.model, value, self.intake.instance)
        self.note_key(entry, state, value, key)
        return {**values, name: key}

    def note_key(self, entry, state, value, kept):
        "Keep the key that a record should have had as a case."
        self.conflicts.append(conflict.describe(
                state_key(state), merge.Conflict(
                    self.keys.name(state.model), value, kept, entry.author,
                    state.author, 'key'),
                entry.number, entry.link, entry.number))

    def taken_key(self, entry, state):
        """Return the names of the fields that stay as they are here.

        That is the key, if another record has meanwhile what it should be.
        """
        name = self.keys.name(state.model)
        if name not in entry.fields:
            return set()
        number, _, value = entry.fields[name]
        current = self.current_of(entry, state).get(name)
        if value == current or number <= state.seen.get(
                entry.link_of(name), 0) or not self.keys.is_taken(
                state.model, state.local, value):
            return set()
        self.note_key(entry, state, value, current)
        return {name}

    def edit_loaded(self, entry):
        "An edit of a row that every instance loads by itself."
        state = State(
            entry.model, entry.identity, self.ids[entry.key])
        state.unit = state.created = self.intake.base + entry.group
        self.states[entry.key] = state
        self.update(entry, state)

    def revive(self, entry, state):
        "H5: an edit brings a deleted record back, for everybody."
        if state.dead and state.grave:
            left, grave = state.left, state.grave
            self.unbury(entry, state, grave)
            writes = self.update(entry, state)
            if left and not writes:
                self.leave(entry, state, grave)
            return
        self.unbury(entry, state, entry.values)
        for name in entry.fields:
            state.touch(name, state.position, entry.link_of(name))
        state.saw(entry)
        self.documents.append((entry, state, True))

    def leave(self, entry, state, grave):
        "Let a record be out of scope again, as nothing came of an edit."
        del self.writing.new[state_key(state)], self.current[state_key(state)]
        state.dead, state.left, state.grave = True, True, grave
        state.sums = {}
        self.documents = [row for row in self.documents if row[0] is not entry]
        self.documents.append((entry, state, True))

    def revive_parents(self, entry):
        "H7: what refers to a deleted record brings it back, too."
        keys = list(self.needs.get(entry.key, ()))
        while keys:
            key = keys.pop()
            state, needs = self.graves.get(key, (None, ()))
            # It may be an entry itself
            state = self.states.get(key, state)
            # Without a grave its own entry brings it back
            if (state and state.dead and state.grave
                    and state is not self.state_of(entry)):
                self.unbury(entry, state, state.grave)
                keys += needs

    def unbury(self, entry, state, values):
        position = self.intake.base + entry.group
        if not state.dead:
            self.former[state_key(state)] = state.local
        state.dead, state.grave, state.local = False, None, None
        if not state.left:
            self.conflicts.append(conflict.describe(
                    state_key(state), merge.Conflict(
                        None, None, None, state.author, entry.author,
                        'revived'), entry.number, entry.link, position))
        # The hub above may have taken the deletion
        state.shown = None
        state.full = self.pushes(state.model) and not state.left
        if state.full:
            state.know(values)
        state.left = False
        state.position = state.created = position
        state.via = None
        whole = self.with_key(entry, state, values)
        for name in whole:
            if whole[name] != values[name]:
                state.touch(name, position)
        values = whole
        state.sums = {}
        if self.pushes(state.model):
            state.sums = {name: [values[name], []] for name in registry.sums(
                    self.store.models[state.model])}
        self.writing.create(state_key(state), values)
        self.current[state_key(state)] = values
        self.touched[state_key(state)] = state

    def was_told(self, entry, state, scopes):
        "Whether what the sender has read told it of a record."
        if state_key(state) in self.intake.held:
            return False
        _, kind, place = scopes[state.id].get(
            self.intake.instance, (None, OUT, 0))
        if kind != OUT:
            return place <= entry.at
        return (state.opened is not None
            and state.opened <= self.intake.known)

    def pushes(self, model):
        return bool(self.intake.settings.synchronisation_url
            and registry.is_pushed(self.store.models[model]))

    def update(self, entry, state, dropped=frozenset()):
        """H6: take the fields of an entry, but for those that are dropped.

        Return those that were written.
        """
        Model = self.store.models[entry.model]
        position = self.intake.base + entry.group
        dropped = dropped | self.taken_key(entry, state)
        versions = {n: state.version_of(n) for n in entry.fields}
        writes, conflicts, exact = merge.take_pushed(
            state, entry.without(dropped), self.current_of(entry, state),
            position, lambda name: policy(Model, name),
            self.was_told(entry, state, self.scopes))
        if state.local is None:
            # What refers to it brought it back in this same message
            self.writing.complete(state_key(state), writes)
        else:
            self.writing.write(entry.model, state.local, writes)
        if self.pushes(entry.model):
            for name in writes:
                state.base.setdefault(name, state.up_of(name))
        self.count(state, writes, position)
        for found in conflicts:
            self.conflicts.append(conflict.describe(
                    state_key(state), found, entry.fields[found.name][0],
                    entry.link_of(found.name), versions[found.name]))
        if not exact or dropped or entry.key in self.fresh:
            self.documents.append((entry, state, entry.full or dropped))
        self.touched[entry.key] = state
        return writes

    def count(self, state, values, position):
        "Note what has to be added at the hub above, too."
        if self.pushes(state.model):
            for name in registry.sums(
                    self.store.models[state.model]) & values.keys():
                protocol.count(state, name, values[name], position)

    def current_of(self, entry, state):
        return self.current.get(
            state_key(state) if state.local is None else entry.key, {})

    def take_deletions(self):
        """H3: delete, after all else, what nothing keeps.

        A newer field keeps a record, a row that refers to it, and a mate of
        its unit.
        """
        groups = defaultdict(list)
        for key, (entry, _) in self.deletions.items():
            groups[entry.group].append(key)
        stay = children.staying(
            self.store,
            {key: state for key, (_, state) in self.deletions.items()},
            [key for key, found in self.deletions.items()
                if self.is_newer(*found)],
            {key: groups[entry.group]
                for key, (entry, _) in self.deletions.items()},
            self.writing.releases)
        for key, (entry, state) in self.deletions.items():
            if key in stay:
                self.refuse_deletion(entry, state)
            else:
                self.delete(entry, state)

    def is_newer(self, entry, state):
        "Whether the hub has a field that the deleter had not seen."
        return any(
            state.version_of(name) > _shown(entry, name)
            and not entry.brought(state, name)
            for name in registry.names(self.store.models[entry.model]))

    def refuse_deletion(self, entry, state):
        "Whoever dropped the record gets it whole again."
        Model = self.store.models[entry.model]
        # What it refers to may be deleted with it
        alive = self.alive()
        dropped = {name for name, value in entry.values.items()
            if not identity.needs(Model, {name: value}) <= alive}
        if entry.fields.keys() - dropped:
            self.update(entry, state, dropped)
        state.position = state.created = self.intake.base + entry.group
        state.via = None
        self.conflicts.append(conflict.describe(
                state_key(state), merge.Conflict(
                    None, None, None, entry.author, state.author, 'deletion'),
                entry.number, entry.link, entry.number))
        self.documents.append((entry, state, True))
        self.bury(entry, state)

    def alive(self):
        "Return the keys of what is here, or will be."
        gone = {state_key(state) for _, state in self.deletions.values()}
        here = {
            key for key, state in self.touched.items() if not state.dead}
        return (self.ids.keys() | here) - gone

    def delete(self, entry, state):
        # With what its last writer wrote, should it come back
        new = {name: value for name, (number, _, value)
            in entry.fields.items()
            if number > state.seen.get(entry.link_of(name), 0)}
        current = self.current.get(entry.key)
        state.grave = current and {**current, **new}
        if self.pushes(state.model):
            # The hub above may refuse the deletion
            for name in new:
                state.base.setdefault(name, state.up_of(name))
        bury(state, self.pushes(state.model))
        state.position = self.intake.base + entry.group
        for name in new:
            state.touch(name, state.position, entry.link_of(name))
        state.via = entry.link
        self.writing.delete(state.model, state.local)
        self.bury(entry, state)

    def bury(self, entry, state):
        "Note that a deletion was decided, also of what the hub never had."
        if state is None:
            state = State(entry.model, entry.identity)
            state.dead = True
            state.position = state.created = state.unit = (
                self.intake.base + entry.group)
        elif state.left and self.is_newer(entry, state):
            # What the deleter had not seen went up, and keeps the record
            self.conflicts.append(conflict.describe(
                    state_key(state), merge.Conflict(
                        None, None, None, entry.author, state.author,
                        'deletion'), entry.number, entry.link, entry.number))
            self.documents.append((entry, state, True))
        elif state.left:
            # The hub above has it, and decides
            state.left = False
            state.position = self.intake.base + entry.group
            bury(state, self.pushes(state.model))
        state.saw(entry)
        self.touched[entry.key] = state

    def finish(self):
        "Keep the states, the conflicts and the scopes of what was written."
        intake, store = self.intake, self.store
        for key, state in self.touched.items():
            if state.local is None and not state.dead:
                state.local = self.ids[key]
        states = list(self.touched.values())
        closure.offer(store, states)
        store.records.keep(states, store.now())
        children.relink(store, self.former)
        store.aliases.store({key: self.aliases[key] for key in self.met})
        store.conflicts.store(
            self.conflicts, intake.base,
            bool(intake.settings.synchronisation_url))
        alive = [state for state in states if not state.dead]
        # What was there before comes into the scope later
        store.scopes.enter_at({
                (intake.instance, state.id): state.position for state in alive
                if intake.base <= state.created == state.position}, MEMBER)
        closure.settle(store, alive, intake.time.next)
        self.leave_again(alive)
        granted = [self.states[m, self.aliases[m, n]] for m, n in self.met]
        granted += [state for state in self.had if not state.dead]
        if granted:
            closure.grant(
                store, intake.instance, granted, intake.time.next(),
                intake.time.next)

    def leave_again(self, states):
        "Let the sender drop what it may not have, now that it is decided."
        store, instance = self.store, self.intake.instance
        scopes = store.scopes.of([state.id for state in states])
        out = {(instance, state.id) for state in states
            if state.opened is None
            and scopes[state.id].get(instance, (0, None))[1] == OUT}
        if out:
            store.scopes.leave(out, self.intake.time.next())


def state_key(state):
    return state.model, state.identity


def _shown(entry, name):
    return entry.shown.get(name, entry.shown.get('', 0))


def _sentence(missing):
    names = ', '.join(f'{model} {name}' for model, name in sorted(missing))
    return f"What it refers to is not here: {names}."


def policy(Model, name):
    "Return the conflict policy of a field."
    return Model.sync_policy.get(name, Model.sync_policy.get('', merge.HUB))
