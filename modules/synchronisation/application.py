# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"How the hub applies what was pushed."
from collections import defaultdict, namedtuple

from . import (
    children, closure, conflict, decision, former, grave, identity, merge,
    plan, protocol, registry)
from .deletion import DeletionMixin
from .given_back import GivenBackMixin
from .keys import Keys
from .meeting import MeetingMixin
from .protocol import MEMBER, OUT, PARENT, State
from .revival import RevivalMixin
from .sight import SightMixin
from .trees import TreesMixin
from .writing import Writing

Waiting = namedtuple('Waiting', 'entry code reason missing')
UNIT = 'unit', "Another record of the same unit cannot be applied."
HUB_UNREAD = 'unread', (
    "This hub was restored and has to read its own hub first.")
WHOLE = 'whole', "The hub lacks the record; send it whole."


class Application(
        MeetingMixin, RevivalMixin, DeletionMixin, TreesMixin, SightMixin,
        GivenBackMixin):
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
        # Those of which the sender has seen no version
        self.strangers = set()
        # (State, values) of what another one gets the key of
        self.leaving = []
        # {key: present identity} of what turned out to be a known record
        self.names = {}
        # What may turn out to be one once the hub above is read
        self.unread = set()
        # What was dead of that, by the key of the entry
        self.absorbed = {}
        self.had = []
        self.deletions = {}
        self.former = {}
        # What was brought back, and what of it still has the keys of its
        # last values
        self.revived = []
        self.keyless = {}
        # What would put a record below itself: its key and the field
        self.refused = set()

    def run(self):
        self.load()
        self.writing = Writing(self.store, self.ids)
        for group in self.admitted():
            self.take_group(group)
        for state in [self.touched[key] for key in self.keyless]:
            self.give_keys(state)
        self.take_deletions()
        self.answer_deletions()
        with self.store.savepoint():
            self.writing.run()
            self.check_left()
            self.finish()
        self.intake.documents += self.documents
        self.intake.waiting += self.waiting
        self.intake.conflicts += self.conflicts

    def answer_deletions(self):
        "Tell who deletes what came back for something else in the message."
        told = {id(entry) for entry, _, _ in self.documents} | {
            id(waiting.entry) for waiting in self.waiting}
        self.documents += [
            (entry, state, True) for entry in self.entries
            if entry.deletion and id(entry) not in told
            and (state := self.state_of(entry)) and not state.dead
            and state.key in self.writing.new]

    def load(self):
        keys = {entry.key for entry in self.entries}
        self.aliases = self.store.aliases.resolve(keys)
        self.states = self.store.records.load('identity', {
                (model, self.aliases.get((model, name), name))
                for model, name in keys})
        # Who tells of a record that lives brings it back
        self.returning = {self.key_of(entry) for entry in self.entries
            if not entry.deletion}
        self.told = self.read_told()
        refers = {entry.key: self.told[entry.key] | identity.needs(
                self.store.models[entry.model], self.lasting(entry))
            for entry in self.entries}
        # A deletion needs nothing; if it is refused its values may
        self.needs = {entry.key: refers[entry.key]
            for entry in self.entries if not entry.deletion}
        self.ids = self.find_ids(keys, set().union(*refers.values()))
        self.graves = grave.open_graves(
            self.store, set().union(*self.needs.values()), self.ids,
            self.returning)
        # Who tells of a record has it
        self.named = {self.key_of(entry) for entry in self.entries}
        self.gone = {
            self.key_of(entry) for entry in self.entries if entry.deletion}
        self.kept = {self.key_of(entry): entry for entry in self.entries
            if not entry.deletion}
        self.scopes = self.read_scopes()
        # E3: the sender has it from what the hub lost
        self.again = {entry.key for entry in self.entries
            if self.intake.loss.gave_any(entry) or self.is_own(entry)}
        self.meet_by_alias()
        self.meet_by_key()
        self.meet_by_fields()
        if self.fresh:
            self.scopes = self.read_scopes()
        # It may have had another name there
        self.again |= {self.key_of(entry) for entry in self.entries
            if entry.key in self.again}
        self.keys = Keys(
            self.store, self.entries, self.state_of, self.strict)
        self.current = self.read_current()
        self.wanted = self.find_wanted()

    def find_ids(self, keys, others):
        "Return {key: local id} of the entries' keys and others that are here."
        # What the states do not tell
        rest = {key for key in keys
            if key in self.aliases or key[1][:1] in '#='}
        ids = {key: self.states[key].local
            for key in (keys - rest) & self.states.keys()
            if not self.states[key].dead}
        return {**ids, **self.store.local_ids(
                rest.union(others - keys))}

    def read_told(self):
        "Return {key: keys that an entry refers to}, by their present names."
        grave.clean(self.store, [state for state in self.states.values()
                if state.dead and state.grave], self.returning)
        told = self.needs_of_entries()
        self.referred, names = former.resolve(
            self.store, set().union(*told.values()))
        if not names:
            return told
        for entry in self.entries:
            former.rename_entry(
                entry, self.store.models[entry.model], names)
        return self.needs_of_entries()

    def needs_of_entries(self):
        return {entry.key: identity.needs(
                self.store.models[entry.model], entry.values)
            for entry in self.entries}

    def key_of(self, entry):
        "Return the key by which the record of an entry is known here."
        return entry.model, self.aliases.get(entry.key, entry.identity)

    def state_of(self, entry):
        return self.states.get(self.key_of(entry))

    def read_current(self):
        "Return {key: wire values} of the rows that entries change."
        by_model = defaultdict(lambda: defaultdict(list))
        for entry in self.entries:
            if entry.key in self.ids:
                by_model[entry.model][self.ids[entry.key]].append(entry.key)
        current = {}
        for model, keys in by_model.items():
            for local, values in self.store.read(model, list(keys)).items():
                # The sender may not know yet that several are one
                current.update(dict.fromkeys(keys[local], values))
        return current

    def admitted(self):
        "H7: return the groups all of whose references are here."
        by_key = {entry.key: entry for entry in self.entries}
        fresh = set(self.fresh)
        creates = {
            entry.key: entry.key if entry.key in fresh else self.key_of(entry)
            for entry in self.entries if entry.full and not entry.deletion}
        # What becomes another record is that only once it is taken
        groups, refused = plan.admit(
            [[entry.key for entry in group] for group in self.complete()],
            self.needs,
            self.ids.keys() - (fresh & creates.keys()) | self.graves.keys(),
            creates)
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

    def find_wanted(self):
        """H7: return the keys of what comes back for what is new here.

        Its own entry is old, and all that is left of it: another life of its
        sender deleted it before anybody here had it.
        """
        entries = {self.key_of(entry): entry for entry in self.entries}
        keys = [key for entry in self.entries
            if not ((state := self.state_of(entry))
                and state.has_taken(entry))
            for key in self.needs.get(entry.key, ())]
        wanted = set()
        while keys:
            key = keys.pop()
            entry, state = entries.get(key), self.states.get(key)
            if (entry and entry.full and key not in wanted
                    and state and state.dead and not state.grave):
                wanted.add(key)
                keys += self.needs.get(entry.key, ())
        return wanted

    def take_group(self, group):
        "Take a group, or let all of it wait."
        new = []
        for entry in group:
            state = self.state_of(entry)
            self.note_name(entry, state)
            if self.is_known_above(entry):
                self.take_nothing(entry, state)
            elif (state and state.has_taken(entry)
                    and self.key_of(entry) not in self.wanted):
                self.documents.append((entry, state, True))
            else:
                new.append((entry, state))
        obstacles = {id(entry): self.obstacle(entry, state)
            for entry, state in new}
        if any(obstacles.values()):
            for entry, _ in new:
                if entry.key in self.fresh:
                    self.ids.pop(entry.key, None)
                self.waiting.append(Waiting(
                        entry, *(obstacles[id(entry)] or UNIT), ()))
        else:
            self.take_entries(new)

    def note_name(self, entry, state):
        "Let the sender hear that it knows a record by a former name."
        if (state and entry.key not in self.fresh
                and entry.identity not in {state.identity, *state.aliases}):
            state.aliases = state.aliases + [entry.identity]
            self.touched[state.key] = state

    def obstacle(self, entry, state):
        "Return (code, sentence) of why an entry cannot be taken yet."
        if entry.key in self.unread:
            return HUB_UNREAD
        loaded = entry.identity.startswith('#')
        if loaded and entry.deletion:
            return 'identity', (
                "A row that a module loads is deleted by the module only.")
        if entry.deletion and state is None and self.intake.is_unread(entry):
            return HUB_UNREAD
        if state and self.is_foreign(entry, state):
            return 'scope', (
                "The record is not one of those that this instance may "
                "write.")
        if not entry.deletion and self.hidden_needs(entry):
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
        # What waits is not what it would be
        taken = {entry.key for entry, _ in entries}.union(self.met)
        self.names = {
            key: self.aliases[key] for key in taken.intersection(self.fresh)}
        for entry, state in entries:
            if entry.deletion:
                self.without_hidden(entry)
            if entry.key in self.fresh:
                self.met.append(entry.key)
                if former := self.absorbed.get(entry.key):
                    self.absorb(entry, state, former)
                else:
                    self.know_as(entry, state)
            elif state and self.is_hidden(state):
                self.had.append(state)
            if self.is_made_again(entry, state):
                state.saw(entry)
                self.documents.append((entry, state, True))
            elif entry.deletion and (state is None or state.dead):
                self.bury(entry, state)
            elif entry.deletion:
                self.deletions.setdefault(
                    (state.model, state.local), []).append((entry, state))
            elif state is None and entry.identity.startswith('#'):
                self.edit_loaded(entry)
            elif state is None:
                self.create(entry)
            elif state.dead and self.is_here(entry):
                self.stay_dead(entry, state)
            elif state.dead and entry.tells_nothing:
                self.documents.append((entry, state, True))
            elif state.dead or self.is_lost(state, entry):
                self.revive(entry, state)
            else:
                self.update(entry, state)
            self.give_keys(state)
            if not (state and state.dead):
                self.revive_parents(entry)
            self.note_given_back(entry)

    def stay_dead(self, entry, state):
        "Tell who brings a record back that it stays deleted, once more."
        state.saw(entry)
        # He may have deleted it, too, at a later place
        state.position = self.intake.base + entry.group
        state.via = None
        self.touched[state.key] = state
        self.documents.append((entry, state, True))

    def create(self, entry):
        state = State(entry.model, entry.identity)
        position = self.intake.base + entry.group
        state.position = state.created = state.unit = position
        state.version = position
        state.origin = state.via = entry.link
        state.saw(entry)
        state.author = entry.author
        state.change(entry.changed_by(entry.fields))
        state.full = self.pushes(entry.model)
        values = {**entry.values, **self.free_keys(
                entry, state, entry.values, entry.number)}
        self.count(state, values, position)
        if values != entry.values or entry.key in self.intake.apart:
            self.documents.append((entry, state, True))
        self.writing.create(entry.key, values)
        self.touched[entry.key] = state

    def edit_loaded(self, entry):
        "An edit of a row that every instance loads by itself."
        state = State(
            entry.model, entry.identity, self.ids[entry.key])
        state.unit = state.created = self.intake.base + entry.group
        self.states[entry.key] = state
        self.update(entry, state)

    def pushes(self, model):
        return bool(self.intake.settings.synchronisation_url
            and registry.is_pushed(self.store.models[model]))

    def update(self, entry, state, dropped=frozenset()):
        """H6: take the fields of an entry, but for those that are dropped.

        Return those that were written.
        """
        Model = self.store.models[entry.model]
        position = self.intake.base + entry.group
        # Its versions may be those of another record
        told = former.renamed_entry(
            entry.on_nothing() if entry.key in self.strangers else entry,
            Model, self.names)
        dropped = dropped | self.taken_keys(told, state)
        if self.strict:
            dropped = dropped | self.circles(told, state)
        versions = {n: state.version_of(n) for n in entry.fields}
        self.leave_to_tell(entry, state)
        told = told.without(dropped)
        writes, conflicts, exact = merge.take_pushed(
            state, told, self.current_of(entry, state),
            position, lambda name: merge.policy(Model, name),
            self.was_told(entry, state, self.scopes))
        if state.local is None:
            # What refers to it brought it back in this same message
            self.writing.complete(state.key, writes)
        else:
            self.writing.write(entry.model, state.local, writes)
        if state.key not in self.keyless:
            self.current_of(entry, state).update(writes)
        if self.pushes(entry.model):
            for name in writes:
                state.base.setdefault(name, state.up_of(name))
        self.count(state, writes, position)
        for found in conflicts:
            self.note_conflict(entry, state, found, versions[found.name])
        if (not exact or dropped or entry.key in self.fresh
                or entry.key in self.intake.apart):
            self.documents.append((entry, state, entry.full or dropped))
        self.touched[entry.key] = state
        return writes

    def note_conflict(self, entry, state, found, version):
        "Keep a conflict with the version that was here before."
        self.conflicts.append(conflict.describe(
                state.key, found, entry.fields[found.name][0],
                # Several records of the sender may be this one
                state.line(entry, entry.link_of(found.name)), version))

    def count(self, state, values, position):
        "Note what has to be added at the hub above, too."
        if self.pushes(state.model):
            for name in registry.sums(
                    self.store.models[state.model]) & values.keys():
                protocol.count(state, name, values[name], position)

    def current_of(self, entry, state):
        return self.current.get(
            state.key if state.local is None else entry.key, {})

    def finish(self):
        "Keep the states, the conflicts and the scopes of what was written."
        intake, store = self.intake, self.store
        for key, state in self.touched.items():
            if state.local is None and not state.dead:
                state.local = self.ids[key]
        # Several keys may be of one record
        states = list(dict.fromkeys(self.touched.values()))
        closure.offer(store, states)
        store.records.keep(states, store.now())
        children.relink(store, self.former)
        store.aliases.store({key: self.aliases[key] for key in self.met})
        if absorbed := {key: self.absorbed[key] for key in self.met
                if key in self.absorbed}:
            closure.inherit(store, [
                    (former.id, self.states[key[0], self.aliases[key]].id)
                    for key, former in absorbed.items()], intake.time.next())
            for key, dead in absorbed.items():
                store.bring_back_local(key[0], {
                        dead.local: self.ids[key]}, False)
            store.records.forget(absorbed.values())
        granted = [self.states[m, self.aliases[m, n]] for m, n in self.met]
        granted += [state for state in self.had if not state.dead]
        # The sender has these under names of its own
        decision.tell_again(store, {
                (state.model, name) for state in granted
                for name in [state.identity, *state.aliases]},
            intake.time.next)
        store.conflicts.store(
            self.conflicts, intake.base,
            bool(intake.settings.synchronisation_url))
        alive = [state for state in states if not state.dead]
        self.enter([state for state in alive
                if intake.base <= state.created == state.position])
        closure.leave_with_owners(
            store, [state for state in self.revived if not state.dead],
            intake.time.next)
        closure.settle(store, alive, intake.time.next, intake.base)
        closure.visit(store, alive, intake.time.next, intake.base)
        self.leave_again(alive + [
                state for _, state, _ in self.documents if not state.dead])
        if granted:
            closure.grant(
                store, intake.instance, granted, intake.time.next(),
                intake.time.next)

    def enter(self, states):
        "Bring what is new to the sender into its scope; the rest comes later."
        places = {MEMBER: {}, PARENT: {}}
        for state in states:
            _, kind, _ = self.scopes.get(state.id, {}).get(
                self.intake.instance, (None, MEMBER, None))
            # What was there for others only brings nothing with it now
            places[PARENT if kind == PARENT else MEMBER][
                self.intake.instance, state.id] = state.position
        for kind, rows in places.items():
            if rows:
                self.store.scopes.enter_at(rows, kind)

    def leave_again(self, states):
        """Let the sender drop what it may not have, now that it is decided.

        Also what was decided before: it is told of it without its scope.
        """
        store, instance = self.store, self.intake.instance
        scopes = store.scopes.of([state.id for state in states])
        out = {(instance, state.id) for state in states
            if state.opened is None
            and scopes[state.id].get(instance, (0, None))[1] == OUT}
        if out:
            store.scopes.leave(out, self.intake.time.next())


def _sentence(missing):
    names = ', '.join(f'{model} {name}' for model, name in sorted(missing))
    return f"What it refers to is not here: {names}."
