# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What the satellite finds when it compares itself with the hub.

Whole models are compared by a digest, then the buckets of those that differ,
then the records of these, so that only what differs is sent whole.
"""
from collections import defaultdict, namedtuple

from . import digest, merge, registry, wire
from .message import Document
from .stock import Stock

# The kinds of a finding
VALUE, MISSING_HERE, MISSING_HUB, EXTRA_HERE, EXTRA_HUB = (
    'value', 'missing-here', 'missing-hub', 'extra-here', 'extra-hub')
# How many records the buckets of one message have
RECORDS = 20000
# A record that differs: its State, Document and row, each None if there is
# none, and the names of the fields
Finding = namedtuple('Finding', 'kind key state document row names')


class Verification:
    "The stocks of a satellite, {model: Stock}, and the questions they ask."

    def __init__(self):
        self.stocks = {}
        self.buckets = {}
        # What one side knows and the other does not yet
        self.unread = 0
        self.skipped = set()

    def take_stock(self, store, hub, model):
        "Note what is here of a model."
        waiting = {row['identity'] for place in ['here', 'hub']
            for row in store.quarantine.waiting(place, hub)
            if row['model'] == model}
        stock = self.stocks[model] = Stock()
        # What is neither sent nor was told is of this database alone
        states = [state for state in store.records.alive_or_pending(model)
            if state.pending or state.hubplace]
        stock.take(
            store, model, states,
            lambda state: state.pending or state.identity in waiting)
        self.buckets[model] = digest.buckets_for(len(stock.digests))

    @property
    def unsent(self):
        return sum(len(stock.moving) for stock in self.stocks.values())

    @property
    def is_level(self):
        "Whether all that both sides should have was compared."
        return not (self.unsent or self.unread or self.skipped)

    def models(self):
        "Return the question that compares whole models."
        return {model: [self.buckets[model], digest.of_set(stock.digests)]
            for model, stock in self.stocks.items()}

    def suspect_buckets(self, reply):
        "Yield the questions that compare the buckets of what differs."
        self.unread = wire.number(reply, 'unread')
        part, size = {}, 0
        for model, theirs in self._differing(reply):
            count = self.buckets[model]
            ours = list(map(digest.of_set, digest.split(
                        self.stocks[model].digests, count)))
            wire.expect(isinstance(theirs, list)
                and len(theirs) == count, 'list of digests')
            for number in range(count):
                if ours[number] != theirs[number]:
                    part.setdefault(model, [count, []])[1].append(number)
                    size += len(self.stocks[model].digests) // count + 1
                if size > RECORDS:
                    yield part
                    part, size = {}, 0
        if part:
            yield part

    def _differing(self, reply):
        "Return (model, digests of its buckets) of those that differ."
        differ = reply.get('differ')
        wire.expect(isinstance(differ, dict)
            and differ.keys() <= self.stocks.keys(), 'list of models')
        # What is gone here may be gone at the hub, too, and differs still
        return differ.items()

    def suspects(self, question, reply):
        "Return the keys of the records of buckets that seem to differ."
        told = reply.get('records')
        wire.expect(isinstance(told, dict), 'records')
        keys = []
        for model, (count, numbers) in question.items():
            numbers, stock = set(numbers), self.stocks[model]
            theirs = told.get(model, [])
            wire.expect(isinstance(theirs, list) and all(
                    isinstance(row, list) and len(row) == 2
                    and isinstance(row[0], str) for row in theirs), 'records')
            theirs = dict(theirs)
            ours = {name: value for name, value in stock.digests.items()
                if digest.bucket_of(name, count) in numbers}
            for name in sorted(theirs.keys() | ours.keys()):
                if self._is_suspect(
                        name, ours.get(name), theirs.get(name, ''), stock):
                    keys.append((model, name))
        return keys

    def _is_suspect(self, name, ours, theirs, stock):
        # Null is what moved at the hub, counted already
        if theirs is None or name in stock.moving:
            return False
        return (ours or '') != theirs


class Comparison:
    """V3: records read again here and as the hub told them again.

    keys are those that were asked for; what moved since is in skipped.
    """

    def __init__(self, store, hub, keys, documents, moving):
        self.store = store
        self.keys = keys
        self.documents = {d.key: d for d in documents}
        self.states = store.records.load('identity', keys)
        self.skipped = set(moving)
        for place in ['here', 'hub']:
            self.skipped.update(
                (row['model'], row['identity'])
                for row in store.quarantine.waiting(place, hub))
        self.skipped &= set(keys)
        self.rows = self._read()

    def _read(self):
        by_model = defaultdict(dict)
        for state in self.states.values():
            if not state.dead:
                by_model[state.model][state.local] = state
        rows = {}
        for model, states in by_model.items():
            for local, row in self.store.read(model, list(states)).items():
                rows[model, states[local].identity] = row
        return rows

    def findings(self):
        found = [self._compare(key) for key in self.keys
            if key not in self.skipped]
        return [finding for finding in found if finding]

    def _compare(self, key):
        state, row = self.states.get(key), self.rows.get(key)
        document = self.documents.get(key)
        is_here = row is not None
        if state and state.pending and (is_here or state.dead):
            # A user has just changed it
            self.skipped.add(key)
            return None
        is_there = bool(document and document.kind != Document.DEAD)
        kind, names = None, []
        if is_here and is_there:
            names = differing(row, document.values)
            kind = VALUE if names else None
        elif is_here:
            kind = EXTRA_HERE if document else MISSING_HUB
        elif is_there:
            kind = MISSING_HERE
        if kind:
            return Finding(kind, key, state, document, row, names)


def differing(ours, theirs):
    "V4: return the names of the fields that both tell and that differ."
    return sorted(name for name in ours.keys() & theirs.keys()
        if not merge.same(ours[name], theirs[name]))


def describe(store, finding):
    "Return what differs as dictionaries, one by field."
    key, state, document = finding.key, finding.state, finding.document
    name = None
    if finding.row is not None:
        name = store.label(key[0], state.local)
    elif document:
        name = document.values.get(
            registry.key_field(store.models[key[0]]))
    common = {
        'kind': finding.kind, 'model': key[0], 'identity': key[1],
        'name': name}
    if finding.kind != VALUE:
        return [{**common, 'field': None, 'here': None, 'hub': None}]
    return [{
            **common, 'field': name, 'here': finding.row[name],
            'hub': document.values[name]} for name in finding.names]


def describe_stranger(store, model, local):
    "Return as a dictionary a row here of which nothing is known."
    return {
        'kind': EXTRA_HERE, 'model': model, 'identity': None,
        'name': store.label(model, local), 'field': None, 'here': local,
        'hub': None}


def describe_strangers(model, count):
    "Return as a dictionary that the hub has rows of which it knows nothing."
    return {
        'kind': EXTRA_HUB, 'model': model, 'identity': None, 'name': None,
        'field': None, 'here': None, 'hub': count}
