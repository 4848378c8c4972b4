# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a hub lost that was restored, as a satellite sees it."
from . import conflict, merge, reception
from .protocol import State, epoch_of


class Loss:
    """What a hub lost.

    history are the last positions of its former lives that it still knows.
    """

    def __init__(self, epoch, history):
        self.epoch = epoch
        self.history = history
        self.last = {epoch_of(position): position for position in history}

    def is_lost(self, position):
        number = epoch_of(position)
        return bool(position) and number != self.epoch and (
            position > self.last.get(number, 0))

    def gave(self, position):
        "Whether it is of what a former life gave and this one lost."
        # A life that began after the backup is not in the history at all
        return self.is_lost(position) and (
            min(self.last, default=self.epoch) <= epoch_of(position)
            < self.epoch)

    def gave_all(self, entry):
        "Whether a pushed entry is on nothing but what this one lost."
        versions = _versions(entry)
        return bool(versions) and all(map(self.gave, versions))

    def gave_any(self, entry):
        "Whether its sender had the record from what this one lost."
        return bool(self.history) and any(map(self.gave, _versions(entry)))

    def kept(self, position):
        "Return the position, or the last one before it that the hub has."
        if not self.is_lost(position):
            return position
        return max((p for p in self.history if p < position), default=0)


def _versions(entry):
    return [base for _, base, _ in entry.fields.values()] + list(
        (entry.shown or {}).values())


class Leftovers:
    """Documents of the lost life that wait here and will never be applied.

    What only they have is kept for people.
    """

    def __init__(self, store, time, hub, loss):
        self.store = store
        self.time = time
        self.number = hub.number
        self.loss = loss
        self.conflicts = []
        self.buried = []
        # Up to where the hub has to tell again what it still has
        self.place = None

    def clear(self):
        rows = self.store.quarantine.waiting('here', self.number)
        rows = [(row, document) for row, document in zip(
                rows, reception.remembered(self.store, rows))
            # Its aliases may be what was lost
            if any(map(self.loss.is_lost, [
                        document.position, document.place]))]
        self.states = self.store.records.load(
            'identity', {document.key for _, document in rows})
        for _, document in rows:
            self.keep(document, self.states.get(document.key))
        self.store.quarantine.release([row['id'] for row, _ in rows])
        self.store.records.keep(self.buried)
        if self.conflicts:
            self.store.conflicts.store(
                self.conflicts, self.time.next(), True)

    def keep(self, document, state):
        if state is not None and not state.dead:
            # The hub may have what came between that and this
            self.again(state.hubplace + 1)
            self.keep_values(document, state, self.store.read(
                    state.model, [state.local]).get(state.local, {}))
        elif document.whole and self.loss.is_lost(document.unit):
            if state is None:
                self.bury(document)
        elif document.whole:
            # It may have been brought back in the life that is lost
            self.again(document.unit)
            self.keep_values(
                document, State(document.model, document.identity), {})

    def keep_values(self, document, state, current):
        for name, value in document.values.items():
            version = document.version_of(name)
            if not self.loss.is_lost(version):
                if version > state.up_of(name):
                    self.again(version)
            elif not current or not merge.same(current.get(name), value):
                self.conflicts.append(conflict.describe(
                        document.key, merge.Conflict(
                            name, value, current.get(name), document.author,
                            state.author_of(name), 'lost'),
                        document.position, None, version))

    def bury(self, document):
        "Keep a record that was never here as a tombstone."
        state = State(document.model, document.identity)
        state.position = state.created = state.unit = self.time.next()
        state.dead, state.grave = True, document.values
        state.author = document.author
        self.buried.append(state)

    def again(self, place):
        if self.place is None or place <= self.place:
            self.place = place - 1
