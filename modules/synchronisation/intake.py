# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The hub takes what a satellite pushed."
from collections import defaultdict
from itertools import chain

from . import identity, reception, registry, value
from .apart import ApartMixin
from .application import UNIT, Application, Waiting
from .configuration import SENDS
from .loss import Loss
from .meeting import Stayed, without_equals
from .refusal import REFUSALS
from .writing import halved

# How often a message is tried again with more that stays; whoever makes it
# need more often has it halved
AGAIN = 8


class Intake(ApartMixin):
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
        self.begin_parts()
        # The keys of what waits here of the hub above, once it is asked for
        self._waits = None
        self.documents = []
        self.waiting = []
        self.conflicts = []

    def is_unread(self, entry):
        """E3: whether what is given back may be something else above.

        A middle tier that was restored does not know before it has read its
        own hub, and has taken what that told.
        """
        if (not self.settings.synchronisation_url
                or self.settings.direction == SENDS
                or not self.loss.gave_any(entry)):
            return False
        hub = self.store.instances.of_hub()
        return (hub is None
            or not hub.at_life == hub.known_life == self.time.epoch
            or entry.key in self.waits_of(hub))

    def waits_of(self, hub):
        "Return the keys of what waits here of a hub, by all their names."
        if self._waits is None:
            rows = self.store.quarantine.waiting('here', hub.number)
            self._waits = {
                (document.model, name) for document
                in reception.remembered(self.store, rows)
                for name in [document.identity, *document.aliases]}
        return self._waits

    def take(self, entries):
        "Take entries; what became of them is in documents and waiting."
        self.leave_values(entries)
        self.right = self.find_right(entries)
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
        groups = [groups[n] for n in sorted(groups)]
        self.set_apart(groups)
        for part in without_equals(groups, self.store.models):
            halved(part, self.apply, self.refuse)

    def leave_values(self, entries):
        "H3: leave out what a deletion tells of what was never here."
        deletions = [e for e in entries if e.deletion and e.fields]
        keys = {e.key for e in deletions}
        here = self.store.local_ids(keys).keys() | {
            key for key, state in self.store.records.load(
                'identity', keys).items() if state.grave}
        for entry in deletions:
            if entry.key not in here:
                entry.fields, entry.sums = {}, {}

    def unknown(self, entry):
        "Return the (model, field) of what does not synchronise here."
        Model = self.store.models.get(entry.model)
        return {(entry.model, name) for name in entry.fields.keys()
            - Model.synchronised_fields()} if Model else set()

    def find_right(self, entries):
        "Return the keys of entries whose values the fields can hold."
        alike = defaultdict(list)
        for entry in entries:
            alike[entry.model, tuple(entry.fields)].append(entry)
        result = set()
        for (name, fields), members in alike.items():
            Model = self.store.models.get(name)
            if Model and Model.synchronised_fields() >= set(fields) and (
                    identity.are_right(Model, fields, [
                            entry.values.values() for entry in members])):
                result.update(entry.key for entry in members)
        return result

    def problem(self, entry):
        "Return (code, sentence) if the entry may not be applied at all."
        Model = self.store.models.get(entry.model)
        if Model is None:
            return 'model', f'The model "{entry.model}" does not synchronise.'
        if not registry.is_pushed(Model) and not self.loss.gave_all(entry):
            return 'mode', (
                f'The records of "{entry.model}" are written at the hub only.')
        if entry.sums and (
                no_sums := entry.sums.keys() - registry.sums(Model)):
            return 'value', (
                f'The changes of "{min(no_sums)}" are not added up.')
        fields = Model.synchronised_fields()
        if not entry.fields.keys() <= fields:
            return 'field', (
                f'The field "{min(entry.fields.keys() - fields)}" of '
                f'"{entry.model}" does not synchronise.')
        if entry.identity.startswith('='):
            return 'identity', "A record that does not travel was sent."
        try:
            if entry.key not in self.right:
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
        "Let a group wait, but for what comes again and was decided on."
        reasons = {id(row.entry): row
            for row in self.torn.pop(group[0].group, ())}
        group = [*group, *chain.from_iterable(self.rest_of(group))]
        states = self.states_of(group)
        for entry in group:
            state = states[entry.key]
            if state and state.has_taken(entry):
                self.documents.append((entry, state, True))
            else:
                self.waiting.append(
                    reasons.get(id(entry))
                    or Waiting(entry, code, sentence, ()))

    def states_of(self, entries):
        "Return {key of an entry: State of its record here, or None}."
        aliases = self.store.aliases.resolve({e.key for e in entries})
        names = {e.key: (e.model, aliases.get(e.key, e.identity))
            for e in entries}
        states = self.store.records.load('identity', set(names.values()))
        return {key: states.get(name) for key, name in names.items()}

    def apply(self, groups):
        "Apply groups of entries, all or nothing but for what they lack."
        self.staying = set()
        try:
            for left in range(AGAIN, -1, -1):
                try:
                    return self.attempt(groups)
                except Stayed as error:
                    if not left:
                        raise
                    # More each time; the others fit as they are
                    self.staying |= error.keys
        except REFUSALS:
            if len(groups) > 1:
                raise
            # A key that should have become free did not
            self.attempt(groups, strict=True)

    def attempt(self, groups, strict=False):
        "Apply groups once, and what comes after some of their members."
        if not any(group[0].group in self.rest for group in groups):
            Application(self, groups, strict).run()
            return
        found = self.documents, self.waiting, self.conflicts
        kept = [list(rows) for rows in found]
        try:
            with self.store.savepoint():
                Application(self, groups, strict).run()
                for group in groups:
                    for later in self.rest_of(group):
                        self.attempt_rest(group, later, strict)
        except REFUSALS:
            for rows, before in zip(found, kept):
                rows[:] = before
            raise
