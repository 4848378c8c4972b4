# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What one side of a proof has of a model."
from . import digest

# How many rows are read at once
PART = 1000


class Stock:
    """digests of what can be compared, as {identity: digest}.

    moving are the identities of what one side knows and the other does not
    yet, gone those of records whose row is not there although nothing is
    known of a deletion.
    """

    def __init__(self):
        self.digests = {}
        self.moving = set()
        self.gone = set()

    def take(self, store, model, states, is_moving):
        "Add states; is_moving(state) is true for what cannot be compared."
        for i in range(0, len(states), PART):
            part = states[i:i + PART]
            rows = store.read(model, [s.local for s in part if not s.dead])
            for state in part:
                self._add(state, rows.get(state.local), is_moving(state))

    def _add(self, state, row, moving):
        if row is None and not state.dead:
            self.gone.add(state.identity)
        elif moving:
            self.moving.add(state.identity)
        elif not state.dead:
            self.digests[state.identity] = digest.of_record(
                state.identity, row)
