# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Pushed deletions."
from collections import defaultdict

from . import children, conflict, identity, merge, registry
from .protocol import State, bury


class DeletionMixin:
    "How an Application deletes records."

    def take_deletions(self):
        """H3: delete, after all else, what nothing keeps.

        A newer field keeps a record, a row that refers to it, and a mate of
        its unit.
        """
        groups = defaultdict(list)
        for key, found in self.deletions.items():
            for entry, _ in found:
                groups[entry.group].append(key)
        stay = children.staying(
            self.store,
            {key: found[0][1] for key, found in self.deletions.items()},
            [key for key, found in self.deletions.items()
                if any(self.is_newer(*deletion) for deletion in found)],
            {key: [mate for entry, _ in found for mate in groups[entry.group]]
                for key, found in self.deletions.items()},
            self.writing.releases)
        for key, found in self.deletions.items():
            for entry, state in found:
                if key in stay:
                    self.refuse_deletion(entry, state)
                elif state.dead:
                    # It is another record to its deleter
                    self.bury(entry, state)
                else:
                    self.delete(entry, state)
                    self.note_given_back(entry)

    def is_newer(self, entry, state):
        """Whether the hub has a field that the deleter had not seen.

        Or another record of the deleter that is the same here.
        """
        return state.is_several(entry) or any(
            not entry.built_on(state, name, _shown(entry, name))
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
                state.key, merge.Conflict(
                    None, None, None, entry.author, state.author, 'deletion'),
                entry.number, entry.link, entry.number))
        self.documents.append((entry, state, True))
        self.note(entry, state)

    def alive(self):
        "Return the keys of what is here, or will be."
        gone = {found[0][1].key for found in self.deletions.values()}
        here = {
            key for key, state in self.touched.items() if not state.dead}
        return (self.ids.keys() | here) - gone

    def delete(self, entry, state):
        state.grave = self.current.get(entry.key)
        self.keep_last(entry, state, self.last_values(entry, state))
        self.writing.delete(state.model, state.local)
        self.note(entry, state)

    def last_values(self, entry, state):
        "Return what the deleter wrote before, but for what it had not seen."
        values = {name: value for name, (number, base, value)
            in entry.fields.items()
            if number > state.taken(entry, entry.link_of(name))
            and entry.built_on(state, name, base)}
        for name in entry.sums.keys() & (state.grave or {}).keys():
            values[name] = merge.total(
                state, entry, name, state.grave[name])
        return self.without_stillborn(entry, values)

    def without_stillborn(self, entry, values):
        """Leave out what a record cannot be without, if it is not here.

        The sender may have made it and deleted it before the hub had it, so
        that nobody could ever bring it.
        """
        Model = self.store.models[entry.model]
        return {name: value for name, value in values.items()
            if not Model._fields[name].required
            or all(map(self.may_come, identity.needs(Model, {name: value})))}

    def may_come(self, key):
        "Whether a record is here, or comes, or can come back."
        state = self.states.get(key) or self.referred.get(key)
        return (key in self.ids or key in self.returning
            or bool(state and state.grave))

    def keep_last(self, entry, state, values):
        "Keep what the deleter wrote before, should the record come back."
        if self.pushes(state.model):
            # The hub above may refuse the deletion
            for name in values:
                state.base.setdefault(name, state.up_of(name))
        bury(state, self.pushes(state.model))
        # It may have been told since that the record came back
        told = self.was_told(entry, state, self.scopes)
        merge.move(
            state, self.intake.base + entry.group, state.position,
            entry.link, entry.at if told else 0)
        state.change(entry.author)
        if state.grave:
            state.grave = {**state.grave, **values}
        for name in values:
            state.touch(
                name, state.position,
                state.line(entry, entry.link_of(name)))
        self.count(state, values, state.position)

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
                    state.key, merge.Conflict(
                        None, None, None, entry.author, state.author,
                        'deletion'), entry.number, entry.link, entry.number))
            self.documents.append((entry, state, True))
        elif state.left:
            # The hub above has it, and decides
            state.left = False
            self.keep_last(entry, state, self.last_values(entry, state))
        elif state.dead:
            # Deleted here, too
            if new := self.last_values(entry, state):
                self.keep_last(entry, state, new)
        self.note(entry, state)

    def note(self, entry, state):
        state.saw(entry)
        self.touched[entry.key] = state


def _shown(entry, name):
    return entry.shown.get(name, entry.shown.get('', 0))
