# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Pushed edits of records that were deleted."
from . import conflict, merge, registry, trees
from .protocol import KNOWN, UNKNOWN


class RevivalMixin:
    "How an Application brings records back."

    def revive(self, entry, state):
        "H5: an edit brings a deleted record back, for everybody."
        if state.dead and state.grave:
            left, grave, base = state.left, state.grave, dict(state.base)
            ends = self.other_ends(entry, state)
            self.unbury(entry, state, {**grave, **ends})
            self.take_ends(entry, state, ends, grave)
            writes = ends | self.update(entry, state)
            if left and not writes:
                self.leave(entry, state, grave, base)
            return
        self.unbury(entry, state, entry.values)
        self.give_keys(state)
        for name in entry.fields:
            state.touch(
                name, state.position,
                state.line(entry, entry.link_of(name)))
        state.saw(entry)
        self.documents.append((entry, state, True))

    def other_ends(self, entry, state):
        """Return the ends that an entry gives a relation which comes back.

        They count only if another relation has those that it had last, or
        gets them in this same message.
        """
        Model = self.store.models[entry.model]
        ends = {name: entry.values[name]
            for name in registry.exclusive(Model) if name in entry.fields}
        last = {name: state.grave.get(name)
            for name in registry.exclusive(Model)}
        if ends and (self.is_made(entry, last)
                or self.is_held(entry, last)):
            return ends
        return {}

    def is_made(self, entry, values):
        "Whether another entry makes a record with these values."
        return any(
            other.model == entry.model and other.full
            and other is not entry and not other.deletion
            and values.items() <= other.values.items()
            for other in self.entries)

    def take_ends(self, entry, state, ends, last):
        "Give a relation that comes back these ends for those it had last."
        for name, value in ends.items():
            if not merge.same(last.get(name), value):
                # Somebody may have moved it before it was deleted
                self.conflicts.append(conflict.describe(
                        state.key, merge.Conflict(
                            name, last.get(name), value,
                            state.author_of(name), entry.author_of(name),
                            'key'), entry.number,
                        state.line(entry, entry.link),
                        state.version_of(name)))
            state.touch(
                name, state.position,
                state.line(entry, entry.link_of(name)))

    def leave(self, entry, state, grave, base):
        "Let a record be out of scope again, as nothing came of an edit."
        for found in [self.writing.new, self.current, self.keyless]:
            del found[state.key]
        state.dead, state.left, state.grave = True, True, grave
        state.sums, state.base = {}, base
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
                left = state.left
                self.unbury(entry, state, state.grave)
                if state.key not in self.returning:
                    self.give_keys(state)
                keys += needs
                if left:
                    self.ask(state, self.current[state.key].keys())

    def ask(self, state, names):
        """Let the hub above decide whether what came back for another stays.

        It is told nothing new, and tells what it has or that it left.
        """
        if self.pushes(state.model):
            for name in names - state.base.keys():
                state.fields[name] = [
                    state.kept_version(name), KNOWN, state.via_of(name)]
                state.base[name] = state.up_of(name)

    def unbury(self, entry, state, values):
        position = self.intake.base + entry.group
        # It may have been deleted before the modules had all the fields
        values = {**self.blank(state.model), **values}
        if state.local is not None:
            self.former[state.key] = state.local
        # Of what left with nothing kept nobody knows if the hub above has it
        left = state.left and state.grave is not None
        if state.grave is None:
            # It was told without values: no version of one was seen
            state.up, state.ups = UNKNOWN, {}
        state.dead, state.grave, state.local = False, None, None
        self.revived.append(state)
        if not state.left:
            self.conflicts.append(conflict.describe(
                    state.key, merge.Conflict(
                        None, None, None, state.author, entry.author,
                        'revived'), entry.number, entry.link, position))
        # The hub above may have taken the deletion
        state.shown = None
        state.full = self.pushes(state.model) and not left
        if state.full:
            state.know(values)
        state.left = False
        state.position = state.created = position
        state.via = None
        if left:
            # E3: what the hub above has lost since is an edit
            state.move(state.base, position)
        state.sums = self.sums_of(state, values)
        self.writing.create(state.key, values)
        self.current[state.key] = values
        self.touched[state.key] = state
        self.keyless[state.key] = entry, left

    def blank(self, model):
        "Return the values of a record that has none."
        return dict.fromkeys(registry.names(self.store.models[model]))

    def sums_of(self, state, values):
        "F4: return the sums of a record that comes back with values."
        if not self.pushes(state.model):
            return {}
        # The hub above may lack what was added before it was deleted here
        return {name: [values[name], state.sums.get(name, (None, []))[1]]
            for name in registry.sums(self.store.models[state.model])}

    def give_keys(self, state):
        """Let what was brought back have keys that no other has meanwhile.

        Only then: who tells of it may have corrected them.
        """
        if state is None or state.key not in self.keyless:
            return
        entry, left = self.keyless.pop(state.key)
        written, last = self.writing.new[state.key], self.current[state.key]
        made = self.free_keys(entry, state, {
                name: value for name, value in last.items()
                if merge.same(written[name], value)}, state.position)
        for name in made:
            state.touch(name, state.position)
        if left:
            # The hub above has what is only taken here
            self.ask(state, made.keys())
        self.writing.complete(state.key, made)
        # Another entry may become the same record
        self.current[state.key] = {**written, **made}

    def lasting(self, entry):
        "Return those last values that an entry which brings it back leaves."
        state, grave = self.state_of(entry), self.grave_of(entry)
        Model = self.store.models[entry.model]
        # A relation, or what is in a tree, may have to stay where it was
        names = grave.keys() & entry.fields.keys() - {
            *registry.exclusive(Model), *trees.fields_of(Model)}
        replaced = {name for name in names
            if entry.fields[name][0] > state.taken(entry, entry.link_of(name))
            and merge.wins(state, entry, name, grave, Model)}
        return {name: value for name, value in grave.items()
            if name not in replaced}

    def grave_of(self, entry):
        "Return the last values of a record that an entry brings back."
        state = self.state_of(entry)
        if state and state.dead and not entry.deletion:
            return state.grave or {}
        return {}
