# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Pushed records whose natural key, or code, another one has."
from collections import defaultdict

from . import conflict, identity, keys, merge, registry
from .protocol import OUT
from .replica import Violation

STAYS = 'unique', "What has its key was to go, but stays."


class Stayed(Violation):
    "Records that were to go stay, by their keys."

    def __init__(self, keys):
        super().__init__(*STAYS)
        self.keys = keys


class MeetingMixin:
    "What an Application does about natural keys and codes."

    def meet_by_key(self):
        """H4: find the records that have the natural key of a new one.

        They are one and the same if the sender could not have known, and if
        nothing in them says that they are not.
        """
        by_model = defaultdict(dict)
        for entry in self.entries:
            if self.state_of(entry) is None and entry.full:
                name = registry.key_field(self.store.models[entry.model])
                value = entry.values.get(name)
                if value is not None and not isinstance(value, list):
                    by_model[entry.model][value] = entry
        for model, entries in by_model.items():
            found = dict(self.store.find_by_key(model, list(entries)))
            states = self.store.records.load(
                'record', [(model, local) for local in found])
            differ = self.differ(model, {
                    local: entries[value] for local, value in found.items()
                    if value in entries})
            for local, value in found.items():
                state = states.get((model, local))
                # Who had the other and still made a new one means another
                # thing: it gets a provisional key, and a person decides
                if (state and value in entries and local not in differ
                        and state.key not in self.named
                        and not self.has(entries[value], state)):
                    self.meet_or_wait(entries[value], state)

    def meet_or_wait(self, entry, state):
        """E3: let it be one with what is here, once the hub above is read.

        It may have got another key there since, or the other one may have.
        """
        if self.intake.is_unread(entry):
            self.unread.add(entry.key)
        else:
            self.meet_another(entry, state)

    def differ(self, model, entries):
        "Return the local ids of what is another thing than {id: entry} say."
        names = self.store.models[model].sync_alike
        if not names:
            return set()
        rows = self.store.read(model, entries)
        return {local for local, entry in entries.items()
            if any(_contradict(rows[local].get(name), entry.values.get(name))
                for name in names)}

    def meet_by_fields(self):
        """H4: the same for a key that is computed from other fields.

        Two relations of the same two records are one, whoever made them, but
        for one that goes, or gets other ends, in this same message; unless it
        does not go.  What was deleted may come back with its ends, too.
        """
        dead = [(entry, state) for entry in self.entries
            if (state := self.state_of(entry)) and state.dead]
        for entry in self.entries:
            Model = self.store.models[entry.model]
            names = registry.key_fields(Model)
            if not names or not self.may_become_another(entry, names):
                continue
            values = fields_of_key(
                Model, {**self.grave_of(entry), **entry.values})
            if not values:
                continue
            local = self.store.find_by_fields(entry.model, values, self.ids)
            key = entry.model, local
            state = local and self.store.records.load(
                'record', [key]).get(key)
            if state and not self.leaves(state, values):
                self.meet_or_wait(entry, state)
            elif state := entry.full and self.coming_back(
                    entry, values, dead):
                self.meet_or_wait(entry, state)

    def coming_back(self, entry, values, dead):
        "Return the state that an entry of those brings back with a key."
        for other, state in dead:
            if (other is not entry and other.model == entry.model
                    and all(values.items() <= row.items() for row in [
                            self.grave_of(other),
                            {**self.grave_of(other), **other.values}])
                    and not other.tells_nothing
                    and state is not self.state_of(entry)
                    and other.key not in self.fresh
                    and not self.is_foreign(other, state)):
                return state

    def leaves(self, state, values):
        "Whether a record gives up a key of these fields in this message."
        leaves = self.is_to_leave(state, values) and not self.stays(state)
        if leaves:
            self.leaving.append((state, values))
        return leaves

    def is_to_leave(self, state, values):
        "Whether it does if all of the message can be applied."
        return state.key in self.gone or _moves_away(
            self.kept.get(state.key), values)

    def stays(self, state):
        return self.strict or state.key in self.intake.staying

    def check_left(self):
        """Raise Violation if a key did not become free as its record stayed.

        The database need not know that two may not have it.
        """
        stayed = {state.key for state, values in self.leaving if keys.holder(
                self.store, state.model, values, self.ids, [state.local])}
        if stayed:
            raise Stayed(stayed)
        if self.keys.are_twice():
            raise Violation(*STAYS)

    def may_become_another(self, entry, names):
        """Whether the record of an entry is new here, or comes back.

        A dead one that says no more than its ends stays dead, see is_here().
        Who never had it must not learn by it what lives.
        """
        state = self.state_of(entry)
        if state is None:
            return entry.full
        return (state.dead and not entry.deletion
            and (not state.left or entry.full)
            # The hub above has to hear of its deletion as what it was
            and not state.pending and not state.has_taken(entry)
            and not self.is_foreign(entry, state)
            and (entry.full or state.grave) and not entry.tells_nothing
            and bool(set(registry.names(self.store.models[entry.model]))
                - {*names}))

    def is_made_again(self, entry, state):
        "Whether the same unit deletes a record and makes it again."
        return (entry.deletion and state and self.stays(state)
            and state.key in {self.key_of(met) for met in self.entries
                if met.key in self.fresh})

    def meet_by_alias(self):
        """E3: find the record that a new one became part of before.

        A hub that was restored lost that it made one of the two.  Or the
        sender was, which lost that it had sent the other.
        """
        names = {(entry.model, alias): entry for entry in self.entries
            if (self.intake.loss.gave_any(entry) or entry.lives)
            and self.state_of(entry) is None and entry.full
            for alias in entry.aliases}
        found = self.store.records.load('identity', names)
        self.scopes.update(
            self.store.scopes.of([state.id for state in found.values()]))
        for key, state in found.items():
            entry = names[key]
            if not state.dead and entry.key not in self.fresh and (
                    self.intake.loss.gave_any(entry)
                    or not self.is_hidden(state)):
                self.meet(entry, state)

    def is_here(self, entry):
        """Whether a dead relation would only say what another one says.

        It has nothing but its ends, and somebody made it again meanwhile.
        """
        Model = self.store.models[entry.model]
        names = registry.key_fields(Model)
        if not names or set(registry.names(Model)) - {*names}:
            return False
        values = {**self.grave_of(entry), **entry.values}
        local = keys.holder(
            self.store, entry.model, {n: values.get(n) for n in names},
            self.ids)
        return local is not None and (entry.model, local) not in {
            (other.model, found.local) for other in self.entries
            if other.deletion and (found := self.state_of(other))}

    def is_own(self, entry):
        """Whether a restored hub may believe that who sends a record made it.

        It lost that it had been sent, and was given it by another instance.
        Who deletes a record and saw no version of it may have made it, too.
        """
        if not self.intake.loss.history or not (entry.full or (
                    entry.deletion and not any(entry.shown.values()))):
            return False
        creator = identity.creator(entry.identity)
        return creator == self.intake.instance or (
            not self.store.instances.is_enrolled(creator)
            if creator is not None else identity.is_random(entry.identity))

    def has(self, entry, state):
        "Whether the sender held a record when it made another."
        scopes = self.store.scopes.of([state.id])
        _, kind, place = scopes[state.id].get(
            self.intake.instance, (None, None, 0))
        if kind == OUT and place <= entry.at:
            # It had dropped it by then
            return False
        return (entry.has_sent(state) or self.was_told(entry, state, scopes)
            or self.may_hold(entry, state, scopes))

    def may_hold(self, entry, state, scopes):
        """Whether the sender has not read yet that a record left its scope.

        If it came and left since the sender last asked nobody knows: one too
        many can be put right, two persons made one cannot.
        """
        _, kind, place = scopes[state.id].get(
            self.intake.instance, (None, None, 0))
        return (kind == OUT and state.created <= entry.at < place
            and state.key not in self.intake.held)

    def meet_another(self, entry, state):
        "Meet a record of which the sender knows no version."
        self.strangers.add(entry.key)
        self.meet(entry, state)

    def meet(self, entry, state):
        state = self.states.get(state.key, state)
        if former := self.state_of(entry):
            # It was deleted here, and comes back as what lives
            self.absorbed[entry.key] = former
        self.aliases[entry.key] = state.identity
        self.states[state.model, state.identity] = state
        self.ids[entry.key] = state.local
        if not state.dead:
            self.ids[state.key] = state.local
        self.fresh.append(entry.key)

    def absorb(self, entry, state, former):
        """Make one of a dead record that comes back and what lives.

        Who knew the dead one must hear what it is now, and saw nothing of
        what lives.
        """
        state.join(former)
        state.move(
            registry.names(self.store.models[state.model]),
            self.intake.base + entry.group)
        self.touched[state.key] = state

    def know_as(self, entry, state):
        """Give a record the identity of a new one that is the same.

        If the hub lost it once others know it, too, and saw by that name
        nothing of what the record is now.
        """
        state.aliases = state.aliases + [entry.identity]
        if self.intake.loss.history:
            state.move(
                registry.names(self.store.models[state.model]),
                self.intake.base + entry.group)
            self.touched[state.key] = state

    def free_keys(self, entry, state, values, version):
        "Return keys that nobody has for those of a new row that are taken."
        made = {}
        for name in self.keys.names(state.model):
            value = values.get(name)
            if self.keys.is_taken(state.model, name, None, value):
                made[name] = self.keys.provisional(
                    state.model, name, value, self.intake.instance)
                self.note_key(entry, state, name, value, made[name], version)
        return made

    def note_key(self, entry, state, name, value, kept, version):
        "Keep the key that a record should have had as a case."
        self.conflicts.append(conflict.describe(
                state.key, merge.Conflict(
                    name, value, kept, entry.author, state.author, 'key'),
                entry.number, state.line(entry, entry.link), version))

    def taken_keys(self, entry, state):
        """Return the names of the fields that stay as they are here.

        They are the keys that another record has meanwhile.
        """
        taken = set()
        for name in self.keys.names(state.model):
            if name not in entry.fields:
                continue
            number, _, value = entry.fields[name]
            current = self.current_of(entry, state).get(name)
            if value != current and number > state.taken(
                    entry, entry.link_of(name)) and self.keys.is_taken(
                    state.model, name, state.local, value):
                self.note_key(
                    entry, state, name, value, current, entry.number)
                taken.add(name)
        return taken | self.taken_ends(entry, state)

    def taken_ends(self, entry, state):
        "Return those of a key of several fields that another record has."
        Model = self.store.models[entry.model]
        current = self.current_of(entry, state)
        moved = {name: entry.fields[name][2]
            for name in registry.single(Model)
            if name in entry.fields
            and entry.fields[name][0] > state.taken(
                entry, entry.link_of(name))
            and not merge.same(entry.fields[name][2], current.get(name))
            # Another one stays as it is anyway
            and merge.wins(state, entry, name, current, Model)}
        if not moved:
            return set()
        values = {name: moved.get(name, current.get(name))
            for name in registry.key_fields(Model)}
        if not registry.may_meet(Model, values) or not (
                self.is_held(entry, values, state.local)
                or self.is_made(entry, values)):
            return set()
        for name, value in moved.items():
            self.note_key(
                entry, state, name, value, current.get(name), entry.number)
        return moved.keys()

    def is_held(self, entry, values, local=None):
        "Whether another row than local has a key of fields, and keeps it."
        model = entry.model
        key = model, keys.holder(self.store, model, values, self.ids)
        other = None not in key and self.store.records.load(
            'record', [key]).get(key)
        if (not other or other.local == local
                or self.leaves(other, values)):
            return False
        # Who saw that it has the key may tell later that it gives it up
        return bool(registry.exclusive(self.store.models[model])
            or self.is_to_leave(other, values)
            or not self.saw(entry, other, values))

    def saw(self, entry, state, names):
        "Whether the sender knows what fields of another record are here."
        told = self.was_told(entry, state, self.store.scopes.of([state.id]))
        return all(
            told and state.version_of(name) <= entry.at
            or entry.has_brought(state, name) for name in names)


def fields_of_key(Model, values):
    "Return those wire values by which a record is one with another, or {}."
    if registry.may_meet(Model, values):
        return {name: values.get(name) for name in registry.key_fields(Model)}
    return {}


def _moves_away(entry, values):
    "Whether an entry gives its record another key than these values."
    return entry is not None and any(
        name in entry.fields and not merge.same(entry.values[name], value)
        for name, value in values.items())


def without_equals(groups, models):
    """Return (groups of which no two make the same relation, the others).

    What a restored hub is given back may have been made at two places.
    """
    first, others, found, later = [], [], set(), set()
    for group in groups:
        keys = {
            (entry.model, *map(repr, values.values())) for entry in group
            if entry.full and (values := fields_of_key(
                    models[entry.model], entry.values))}
        # What needs one of the others comes after it, as it came
        if keys & found or later and later & set().union(*(
                    identity.needs(models[entry.model], entry.values)
                    for entry in group)):
            others.append(group)
            later.update(entry.key for entry in group)
        else:
            first.append(group)
        found |= keys
    return first, others


def equals(group, models, names):
    """Return the entries of a group that make what another of them makes.

    What the sender has as two may be one here, by names {(model, former):
    identity}, and so are those that refer to the two.  With them goes what
    refers to them.
    """
    found, later = {}, []
    for entry in group:
        Model = models[entry.model]
        if not entry.full or not registry.key_fields(Model) or not (
                values := fields_of_key(Model, identity.renamed(
                        Model, entry.values, names))):
            continue
        first = found.setdefault(
            (entry.model, *map(repr, values.values())), entry)
        if first is not entry:
            later.append(entry)
    more, parted = later, {id(entry) for entry in later}
    while more:
        keys = {entry.key for entry in more}
        # The deletions of a unit are decided on together
        more = [entry for entry in group
            if not entry.deletion and id(entry) not in parted
            and identity.needs(models[entry.model], entry.values) & keys]
        parted.update(map(id, more))
        later = later + more
    # What refers to each other cannot come one after the other
    return [] if parted.intersection(map(id, found.values())) else later


def _contradict(one, other):
    return (one is not None and other is not None
        and not merge.same(one, other))
