# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a satellite gives back to a hub that lost it."
from . import conflict, merge, registry
from .protocol import State


class GivenBackMixin:
    "What an Application does with what only the hub writes."

    def is_known_above(self, entry):
        "E3: whether a middle tier gets from its hub what it is given back."
        return bool(self.intake.settings.synchronisation_url
            and not registry.is_pushed(self.store.models[entry.model]))

    def take_nothing(self, entry, state):
        "Tell of a record as it is here, or that it is not here yet."
        if state is None:
            state = State(entry.model, entry.identity)
            state.position = self.intake.base + entry.group
            state.created = state.unit = state.position
            state.dead = state.left = True
        state.saw(entry)
        self.touched[entry.key] = state
        self.documents.append((entry, state, True))

    def note_given_back(self, entry):
        "E3: show what a satellite gave back of what only the hub writes."
        state = self.touched.get(entry.key)
        if (state and state.position == self.intake.base + entry.group
                and not registry.is_pushed(self.store.models[entry.model])):
            self.conflicts.append(conflict.describe(
                    state.key, merge.Conflict(
                        None, None, None, None, entry.author, 'lost'),
                    None, None, self.intake.time.epoch))
