# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Put right what a proof found, so that no value vanishes.

Between two that differ the hub is right, as every other instance took what it
has; the value here stays in a conflict.
"""
from . import children, conflict, digest, merge, registry, verify
from .protocol import UNREAD
from .reception import Reception


class Repair:
    "V5: apply findings to a satellite; hub is the number of the hub."

    def __init__(self, store, time, hub):
        self.store = store
        self.time = time
        self.hub = hub
        self.states = []
        self.conflicts = []
        self.documents = []
        self.former = {}

    def run(self, findings):
        "Return the keys of what could be repaired."
        methods = {
            verify.VALUE: self.take_values,
            verify.MISSING_HERE: self.bring_back,
            verify.MISSING_HUB: self.send_again,
            verify.EXTRA_HERE: self.drop,
            }
        keys = {finding.key for finding in findings
            if methods[finding.kind](finding)}
        store = self.store
        store.records.keep(self.states)
        # The hub shows them, too
        store.conflicts.store(self.conflicts, self.time.next(), True)
        reception = Reception(store, self.time, self.hub)
        reception.take(self.documents)
        children.relink(store, self.former)
        store.clock.write_clock(self.time)
        return (keys - {w.document.key for w in reception.waiting}
            - self.unchanged(findings))

    def take_values(self, finding):
        "The hub's values are taken, those here kept in conflicts."
        state = finding.state
        for name in finding.names:
            self.keep_value(
                finding, name, finding.row[name],
                finding.document.values[name])
            state.ups[name] = UNREAD
        self.states.append(state)
        self.documents.append(finding.document)
        return True

    def keep_value(self, finding, name, value, winner):
        state = finding.state
        self.conflicts.append(conflict.describe(
                finding.key, merge.Conflict(
                    name, value, winner, None, finding.document.author,
                    'verify'),
                state.position, digest.of_record(finding.key[1], finding.row),
                finding.document.position))

    def bring_back(self, finding):
        "A row that is not here is created again as the hub has it."
        if state := finding.state:
            if not state.dead:
                self.former[finding.key] = state.local
            state.dead, state.full, state.base = True, False, {}
            # As if it was never told, or it would be taken for known
            state.shown, state.hubplace = None, 0
            self.states.append(state)
        self.documents.append(finding.document)
        return True

    def send_again(self, finding):
        "What the hub has lost is pushed as a whole, like something new."
        state = finding.state
        if not registry.is_pushed(self.store.models[state.model]):
            return False
        state.full, state.base = True, {}
        # The hub takes nothing under a number that it knows
        state.position, state.via = self.time.next(), None
        self.states.append(state)
        return True

    def drop(self, finding):
        "What is deleted at the hub goes, its values kept in a conflict."
        self.keep_value(finding, None, finding.row, None)
        self.documents.append(finding.document)
        return True

    def unchanged(self, findings):
        "Return the keys of what should have gone and is still here."
        keys = {f.key for f in findings if f.kind == verify.EXTRA_HERE}
        return {key for key, state in self.store.records.load(
                'identity', keys).items() if not state.dead}


def adopt(store, settings, models):
    """V6: take rows of which nothing is known for what somebody has entered.

    Return the Time.  What is written elsewhere only is left alone.
    """
    for model in models:
        if settings.synchronisation_url and not registry.is_pushed(
                store.models[model]):
            continue
        if ids := _unknown(store, model, store.strangers(model)):
            store.changes.adopt(model, ids)
    return store.fold(settings)


def _unknown(store, model, ids):
    """Return those of the ids that are no known record.

    A record may have come back under another id, as from a dump.
    """
    uuids = {local: uuid for local, uuid in store.uuids(model, ids).items()
        if uuid}
    keys = {(model, uuid) for uuid in uuids.values()}
    states = store.records.load('identity', keys)
    taken = {uuid for _, uuid in store.aliases.resolve(keys)}
    present = store.uuids(
        model, [s.local for s in states.values() if not s.dead])
    moved, unknown = [], []
    for local in ids:
        uuid = uuids.get(local)
        state = states.get((model, uuid))
        if uuid in taken or state and state.local in present:
            # Two rows with one identity, of which a person has to decide
            continue
        if state:
            state.local = local
            moved.append(state)
        if state is None or state.dead:
            unknown.append(local)
        if uuid:
            taken.add(uuid)
    store.records.keep(moved)
    return unknown
