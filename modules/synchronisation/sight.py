# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the sender of a push may see, and was told."
from . import identity
from .protocol import OUT


class SightMixin:
    "How an Application hides what its sender does not have."

    def hidden_needs(self, entry):
        "Return the keys to which an entry refers and that its sender lacks."
        return {need for need in self.told[entry.key] & self.referred.keys()
            - self.again if self.is_hidden(self.referred[need])}

    def without_hidden(self, entry):
        "H7: leave out what a deletion tells of what its sender lacks."
        if hidden := self.hidden_needs(entry):
            Model = self.store.models[entry.model]
            entry.fields = {name: field
                for name, field in entry.fields.items()
                if not identity.needs(Model, {name: field[2]}) & hidden}

    def read_scopes(self):
        "Return the scopes of the records, and of what they refer to."
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
        return state.has_pushed(self.intake.instance)

    def leave_to_tell(self, entry, state):
        "Let the sender be told of what entered its scope since it sent it."
        _, kind, place = self.scopes.get(state.id, {}).get(
            self.intake.instance, (None, OUT, 0))
        if kind != OUT and place > max(state.position, entry.at):
            state.via = None

    def was_told(self, entry, state, scopes):
        "Whether what the sender has read told it of a record."
        # What waits there may do so under a former name
        if any((state.model, name) in self.intake.held
                for name in [state.identity, *state.aliases]):
            return False
        _, kind, place = scopes[state.id].get(
            self.intake.instance, (None, OUT, 0))
        if kind != OUT:
            return place <= entry.at
        return (state.opened is not None
            and state.opened <= self.intake.known)
