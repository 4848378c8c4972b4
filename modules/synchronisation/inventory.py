# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the hub tells of all that a satellite should have, for a proof."
from . import digest, wire
from .document import tell
from .message import Document
from .protocol import OUT
from .stock import Stock

# How many records one message may ask for
MAXIMUM = 5000


class Inventory:
    """What an instance should have.

    at and known are how far it has read the feed and the offers: what moved
    since is not compared.
    """

    def __init__(self, store, instance, at, known):
        self.store = store
        self.instance = instance
        self.at = at
        self.known = known

    def answer(self, message):
        "Return the answer to one of the questions that a proof asks."
        for name in ['models', 'buckets', 'records']:
            if name in message:
                asked = _mapping(message[name], name)
                return getattr(self, name)({
                        model: value for model, value in asked.items()
                        if model in self.store.models})
        wire.expect(
            'adopt' in message or message.get('proved') is True, 'question')
        return {}

    def adopted(self, message):
        "Return the models of whose rows the hub has to take note."
        models = message['adopt']
        wire.expect(isinstance(models, list) and all(
                isinstance(model, str) for model in models), 'list of models')
        return sorted(set(models) & self.store.models.keys())

    def models(self, asked):
        """Compare whole models; asked is {model: [buckets, digest]}.

        The digests of the buckets are told of those that differ.
        """
        differ, unread, strangers = {}, 0, {}
        for model, value in asked.items():
            wire.expect(isinstance(value, list) and len(value) == 2, 'model')
            buckets, theirs = value
            _check_buckets(buckets)
            stock = self.stock(model)
            unread += len(stock.moving)
            if digest.of_set(stock.digests) != theirs:
                differ[model] = list(map(
                        digest.of_set, digest.split(stock.digests, buckets)))
            if found := self.store.strangers(model):
                strangers[model] = len(found)
        return {'differ': differ, 'unread': unread, 'strangers': strangers}

    def buckets(self, asked):
        """Tell the records of buckets; asked is {model: [buckets, numbers]}.

        A record has its digest, null if it cannot be compared now, or "" if
        its row is gone.
        """
        result = {}
        for model, value in asked.items():
            wire.expect(isinstance(value, list) and len(value) == 2, 'bucket')
            buckets, numbers = value
            _check_buckets(buckets)
            wire.expect(isinstance(numbers, list) and all(
                    type(n) is int and 0 <= n < buckets for n in numbers),
                'bucket')
            numbers = set(numbers)
            stock = self.stock(model, lambda identity: digest.bucket_of(
                    identity, buckets) in numbers)
            result[model] = sorted(
                [*stock.digests.items()]
                + [(name, None) for name in stock.moving]
                + [(name, '') for name in stock.gone])
        return {'records': result}

    def records(self, asked):
        "Tell records whole; asked is {model: [identity, ...]}."
        documents, moving = [], []
        for model, names in asked.items():
            wire.expect(isinstance(names, list) and len(names) <= MAXIMUM
                and all(isinstance(name, str) for name in names), 'records')
            found, moved = self.documents(model, set(names))
            documents += found
            moving += [[model, name] for name in sorted(moved)]
        documents.sort(key=lambda d: (d.model, d.kind, list(d.values)))
        return {'documents': documents, 'moving': moving}

    def stock(self, model, wanted=lambda identity: True):
        held = {state: entered for state, entered
            in self.store.records.held(self.instance, model, self.at)
            if wanted(state.identity)}
        stock = Stock()
        stock.take(
            self.store, model, list(held),
            lambda state: not self.is_read(state, held[state]))
        return stock

    def is_read(self, state, entered):
        "V2: whether the instance has been told all that is known of a record."
        return state.position <= self.at and (
            entered is not None and entered <= self.at
            or state.opened is not None and state.opened <= self.known)

    def documents(self, model, names):
        "Return (documents, identities of what cannot be compared now)."
        keys = {(model, name) for name in names}
        states = self.store.records.load('identity', keys)
        # A satellite that knows it by its former name has more to read
        moving = {name for _, name in self.store.aliases.resolve(
                keys - states.keys())}
        scopes = self.store.scopes.of([s.id for s in states.values()])
        rows = self.store.read(
            model, [s.local for s in states.values() if not s.dead])
        documents = []
        for state in states.values():
            _, kind, entered = scopes[state.id].get(
                self.instance, (None, None, None))
            if kind is None and state.opened is None:
                # It is not for this instance to know
                continue
            if not self.is_read(state, entered) or (
                    kind == OUT and state.opened is None):
                moving.add(state.identity)
            elif state.dead:
                documents.append(self.dead(state))
            elif state.local in rows:
                documents.append(tell(
                        state, rows[state.local], self.instance))
        return documents, moving

    def dead(self, state):
        document = Document(
            state.model, state.identity, Document.DEAD, state.position)
        document.seen, document.lines = state.seen_of(self.instance)
        document.aliases = state.aliases
        return document


def _mapping(value, name):
    wire.expect(isinstance(value, dict), name)
    return value


def _check_buckets(buckets):
    wire.expect(type(buckets) is int
        and 0 < buckets <= digest.MOST_BUCKETS, 'number of buckets')
