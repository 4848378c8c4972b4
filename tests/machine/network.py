# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Instances on SQLite whose messages may lie about, and whose machines fail.

The centre has three satellites, of which the first is the hub of a laptop.
"""
from collections import Counter
from contextlib import ExitStack, contextmanager
from unittest import mock

from trytond.cache import Cache
from trytond.config import config
from trytond.modules.synchronisation import change, configuration, wire
from trytond.modules.synchronisation.cycle import Cycle
from trytond.modules.synchronisation.errors import (
    HubUnreachableError, RefusedError)
from trytond.modules.synchronisation.flight import Parcel
from trytond.modules.synchronisation.pending import Tried

from .. import local
from ..local import LocalNetwork
from . import database
from .chance import Chance
from .clock import Clocks
from .database import Died
from .view import View

# How many records the fold takes at once
LOT = 3
# Above which instance each is
HUBS = {1: 0, 2: 0, 3: 0, 4: 1}


class Node(local.Node):
    "An instance; hub is the Node above it, or None."

    def __init__(self, network, name, number):
        super().__init__(network, name, number)
        self.hub = None
        self.below = []
        self.kept = None
        self.view = None
        for model, policies in network.mix.policies.items():
            self.pool.get(model).sync_policy = policies

    @property
    def store(self):
        "The View of the database as it is now."
        if self.view is None:
            with database.connection(self.name) as connection:
                self.view = View(connection, self.network.mix)
        return self.view

    @contextmanager
    def transaction(self, user=1, **context):
        self.view = None
        with super().transaction(user, **context) as transaction:
            yield transaction

    def answer(self, number, method, text):
        "Return the answer of this hub to a message of a satellite."
        with self.transaction(user=self.network.users[number]):
            return getattr(
                self.pool.get('synchronisation.hub'), method)(text)

    def satellite(self, **options):
        self.view = None
        return super().satellite(**options)

    # Messages that lie about

    def cycle(self, transport=None):
        "Return a Cycle of which each step may be done at any time."
        self.view = None
        cycle = Cycle(
            self.name, configuration.load(self.name), 'machine',
            lambda stage, done, total: None, None)
        cycle.transport, cycle.total = transport, 0
        return cycle

    def write_push(self):
        "Return a Letter with what is to be pushed, or None."
        cycle = self.cycle()
        if push := cycle.build_push(Tried()):
            return Letter(self, push.parcel, push.entries)

    def write_pull(self, lanes):
        return Letter(self, self.cycle().build_pull(lanes), lanes)

    def apply(self, letter):
        "Take the answer to a Letter."
        cycle = self.cycle(Read(letter.answer))
        try:
            reply = cycle.call(letter.method, {})
        except RefusedError as error:
            self.begin_anew(cycle, letter, error)
        else:
            if letter.method == 'push':
                cycle.apply_push(reply, letter.work)
            else:
                cycle.apply_pull(reply)

    def begin_anew(self, cycle, letter, error):
        if error.code == 'epoch':
            cycle.transport = self.network.dial(cycle.settings)
            cycle.offer_again(error.details)
        elif error.code == 'fork':
            with cycle.caller() as caller:
                epoch = caller.store.clock.read_clock().epoch
            # If the message is of this life
            if epoch == letter.epoch:
                cycle.begin_life(error.details)

    # Backups

    def backup(self):
        self.kept = database.copy(self.name)

    def restore(self, kept):
        database.restore(self.name, kept)
        Cache.drop(self.name)
        self.view = None


class Letter:
    "A message on the way; work is what its answer is about."

    def __init__(self, node, parcel, work):
        self.node = node
        self.method = parcel.method
        self.text = parcel.text
        self.epoch = wire.loads(parcel.text)['epoch']
        self.work = work
        self.answer = None

    def answered(self, answer):
        letter = Letter.__new__(Letter)
        letter.__dict__.update(self.__dict__, answer=answer)
        return letter


class Read:
    "The line from which an answer comes that was given before."
    bytes_up = bytes_down = 0

    def __init__(self, answer):
        self.answer = answer

    def call(self, method, text):
        return self.answer


class Line:
    "The transport; it fails at the request that the fault says."

    def __init__(self, network, settings):
        self.network = network
        self.number = settings.synchronisation_id
        self.hub = network.hubs[self.number]
        self.requests = self.bytes_up = self.bytes_down = 0

    def call(self, method, text):
        self.requests += 1
        kind, number = self.network.fault or (None, None)
        if self.requests != number or kind == 'died':
            return self.ask(method, text)
        return getattr(self, kind)(method, text)

    def ask(self, method, text):
        try:
            answer = self.hub.answer(self.number, method, text)
        except Died:
            database.revive()
            self.network.counts['died'] += 1
            raise HubUnreachableError("the hub died") from None
        return answer

    def unreachable(self, method, text):
        raise self.broken("the line is down")

    def lost(self, method, text):
        self.ask(method, text)
        self.network.counts['lost reply'] += 1
        raise self.broken("the answer was lost")

    def late(self, method, text):
        "The message arrives, but long after the satellite gave it up."
        letter = Letter(
            self.network.nodes[self.number], Parcel(None, method, text), None)
        self.network.mail.append(letter)
        raise self.broken("no answer came in time")

    def broken(self, sentence):
        "Return the error after which a run ends, or dials the line again."
        error = HubUnreachableError(sentence)
        error.cut = self.requests == 2
        return error

    def close(self):
        pass


class Network(LocalNetwork):
    "All the instances, the centre first; mail are the letters on the way."
    Node = Node

    def __init__(self, mix, template, folder):
        self.mix = mix
        self.stack = ExitStack()
        self.clocks, self.chance = Clocks(), Chance()
        for context in [
                database.kept(), self.clocks.shown(),
                self.chance.drawn(mix.drawing),
                # Folds in several lots, as of a hundred thousand changes
                mock.patch.object(change, 'RECORDS', LOT)]:
            self.stack.enter_context(context)
        super().__init__(template, folder, 0)
        self.nodes = [self.hub]
        for number, hub in HUBS.items():
            node = self.add(number, self.nodes[hub])
            node.hub = self.hubs[number]
            node.hub.below.append(node)
            self.nodes.append(node)
        self.satellites = self.nodes[1:]
        for node in self.nodes:
            # A database of its own from now on, whatever is restored
            node.satellite().status()
        # Nobody deletes the rows that modules load
        self.loaded = {model: set(self.hub.store.tables[model])
            for model in mix.texts}
        self.reset(0)
        mix.prepare(self)
        # {whether all have a record of each model: [copies]}
        self.first = {False: self.copies()}
        self.share()
        self.first[True] = self.copies()

    def copies(self):
        return [database.copy(node.name) for node in self.nodes]

    def share(self):
        "Let every instance have a record of each model, and nothing to send."
        self.begin(0, False)
        models = self.mix.share(self.hub)
        for node in self.satellites:
            node.satellite().synchronise()
            for model in models:
                Model = self.hub.pool.get(model)
                with node.hub.transaction():
                    keys = [getattr(record, Model.unique_id_column)
                        for record in node.hub.pool.get(model).search([])]
                node.satellite().fetch(model, keys)

    def dial(self, settings):
        return Line(self, settings)

    def begin(self, seed, shared):
        """Let all the databases be as they were at first.

        With shared all have some records already.
        """
        for node, kept in zip(self.nodes, self.first[shared]):
            node.restore(kept)
            node.kept = None
            self.set_batch(node, 4)
        self.reset(seed)

    def reset(self, seed):
        "Let nothing be on its way, and time begin."
        self.clocks.begin()
        self.chance.begin(seed)
        self.mail = []
        self.fault = None
        self.counts = Counter()

    def set_batch(self, node, number):
        config.set(f'synchronisation {node.name}', 'batch', str(number))

    def close(self):
        super().close()
        self.stack.close()
