# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Instances in memory that exchange messages as text.

A message and its answer may lie about, come twice, late or never; each step
of an instance is a transaction, which a crash undoes.
"""
import datetime as dt
from contextlib import contextmanager
from types import SimpleNamespace

from trytond.modules.synchronisation import closure, desk, epoch, fold, wire
from trytond.modules.synchronisation.caller import Caller, remaining
from trytond.modules.synchronisation.configuration import BOTH
from trytond.modules.synchronisation.desk import Desk
from trytond.modules.synchronisation.errors import SynchronisationError
from trytond.modules.synchronisation.guest import Guest
from trytond.modules.synchronisation.pending import Entries, Tried

from .store import MemoryStore

# The messages of one run are at most so many, or it does not end
ENDLESS = 300


class Node:
    "One instance; hub is the Node above it, or None."

    def __init__(self, number, hub=None, batch=4):
        self.number = number
        self.hub = hub
        self.name = f'database{number}'
        self.store = MemoryStore(self.name, 1)
        self.settings = SimpleNamespace(
            synchronisation_id=number,
            synchronisation_url=hub and f'hub{hub.number}',
            database=self.name, enabled=True, batch=batch,
            direction=BOTH)
        self.below = []
        self.kept = None
        if hub:
            hub.below.append(self)
            hub.store.instances.enrol(number)

    @contextmanager
    def transaction(self):
        "What the block does is done as a whole or not at all."
        kept = self.store.keep()
        try:
            yield
            self.store.check()
        except BaseException:
            self.store.restore(kept)
            raise

    def fold(self):
        return fold.fold(self.store, self.settings)

    # As a hub

    def answer(self, method, text):
        "Return the text of the answer to a message."
        message = wire.loads(text)
        try:
            with self.transaction():
                guest = Guest(
                    self.store, self.settings, message, message['from'])
                arguments = []
                if method == 'push':
                    arguments = [desk.pushed_entries(guest)]
                elif method == 'fetch':
                    arguments = desk.fetched_keys(guest)
                counter = Desk(self.store, self.fold(), guest)
                reply = getattr(counter, method)(*arguments)
        except SynchronisationError as error:
            reply = {'error': error.code, 'message': str(error),
                **getattr(error, 'details', {})}
        return wire.dumps(reply)

    def granted(self):
        "Return the states of what can be granted: things, and places."
        return [s for s in self.store.records.all()
            if not s.dead and s.model in {'thing', 'offer'}]

    def grant(self, number, rng):
        "Let an instance have a record."
        with self.transaction():
            time = self.fold()
            if states := self.granted():
                closure.grant(
                    self.store, number, [rng.choice(states)], time.next(),
                    time.next)
                self.store.clock.write_clock(time)

    def withdraw(self, number, rng):
        "Let an instance have a record no more; return the keys that leave."
        with self.transaction():
            time = self.fold()
            states = self.granted()
            if not states:
                return []
            left = closure.withdraw(
                self.store, number, [rng.choice(states)], time.next())
            self.store.clock.write_clock(time)
            return [state.key for state in left]

    # As a satellite

    def build_push(self, tried=()):
        "Return a Message with what is to be pushed, or None."
        with self.transaction():
            caller = Caller(self.store, self.settings)
            time = self.fold()
            values, entries = caller.build_push(time, tried)
            if isinstance(tried, Tried):
                tried.since = caller.since
            return Message(
                self, 'push', {**caller.header(), **values}, entries,
                time.epoch)

    def build_pull(self, lanes, reply=None):
        with self.transaction():
            caller = Caller(self.store, self.settings)
            header = caller.header()
            return Message(
                self, 'pull', {**header, **caller.build_pull(lanes, reply)},
                lanes, header['epoch'])

    def build_next(self, message, text):
        "Return the pull after the one that is answered, or None."
        reply = wire.loads(text)
        lanes = [] if 'error' in reply else remaining(reply, message.work)
        return self.build_pull(lanes, reply) if lanes else None

    def apply(self, message, text):
        "Take the answer to a Message; return what is left to do."
        reply = wire.loads(text)
        if reply.get('error') == 'fork':
            self.begin_life(message, reply)
            return message.work if message.method == 'pull' else None
        if reply.get('error') == 'epoch':
            self.offer_again(reply)
            return message.work if message.method == 'pull' else None
        if 'error' in reply:
            return None
        with self.transaction():
            caller = Caller(self.store, self.settings)
            caller.meet(reply)
            if message.method == 'pull' and not caller.has_work(reply):
                caller.pass_by(reply)
                return remaining(reply, message.work)
            time = self.fold()
            # The fold may have moved the places
            caller = Caller(self.store, self.settings)
            if message.method == 'push':
                return caller.apply_push(time, reply, message.work)
            caller.apply_pull(time, reply)
            return remaining(reply, message.work)

    def begin_life(self, message, reply):
        "Begin a new life, if the message is of this one."
        with self.transaction():
            caller = Caller(self.store, self.settings)
            time = self.fold()
            if time.epoch == message.epoch:
                caller.begin_life(time, reply)

    def offer_again(self, reply):
        with self.transaction():
            caller = Caller(self.store, self.settings)
            loss = caller.loss(reply)
        if not loss:
            return
        for word, asked in [
                ('identities', epoch.held), ('dropped', epoch.dropped)]:
            for model, names in asked(self.store, loss).items():
                self.hub.answer('fetch', wire.dumps({
                            **caller.header(), 'model': model, 'keys': [],
                            word: names}))
        with self.transaction():
            caller = Caller(self.store, self.settings)
            epoch.offer_again(
                self.store, self.fold(), caller.hub, loss, self.number)

    # Backups

    def backup(self):
        self.kept = self.store.keep()

    def restore(self, declared, above=0):
        "Come back as of the backup; declared if somebody says so."
        self.store.restore(self.kept)
        if declared:
            with self.transaction():
                time = self.fold() if self.hub else (
                    self.store.clock.read_clock())
                epoch.begin(
                    self.store, time, time.last_common(bool(self.hub)), above,
                    time.position)

    def exchange(self, message):
        return self.apply(message, self.hub.answer(
                message.method, message.text))

    def push(self):
        "Push all there is."
        tried = Tried()
        for _ in range(ENDLESS):
            message = self.build_push(tried)
            conflicts = wire.loads(message.text).get('conflicts', [])
            if not message.work and not conflicts:
                return
            tried.update((e.key, e.number) for e in message.work)
            tried.update(name for name, *_ in conflicts)
            text = self.hub.answer(message.method, message.text)
            self.apply(message, text)
            if wire.loads(text).get('retry'):
                tried.hurry()
        raise AssertionError("endless push")

    def pull(self):
        "Pull all there is; each page is asked for before the last is applied."
        message = self.build_pull(['known', 'offered'])
        text = self.hub.answer(message.method, message.text)
        for _ in range(ENDLESS):
            ahead = self.build_next(message, text)
            told = ahead and self.hub.answer(ahead.method, ahead.text)
            again = self.apply(message, text)
            if not again:
                self.agree(text)
                return
            message, text = ahead, told
            if ahead is None:
                # One of the two began a new life
                message = self.build_pull(again)
                text = self.hub.answer(message.method, message.text)
        raise AssertionError("endless pull")

    def agree(self, text):
        "Tell the hub what still waits there, if its answer tells otherwise."
        with self.transaction():
            caller = Caller(self.store, self.settings)
            values = caller.waits(wire.loads(text))
            header = caller.header()
        if values:
            self.exchange(Message(
                    self, 'push', {**header, **values}, Entries(),
                    header['epoch']))

    def synchronise(self, pause=dt.timedelta(0)):
        "Do one run, some time after the last."
        self.store.moment += pause
        self.push()
        self.pull()


class Message:
    "A message on the way; work is what apply() needs with the answer."

    def __init__(self, node, method, values, work, epoch):
        self.node = node
        self.method = method
        self.text = wire.dumps(values)
        self.work = work
        self.epoch = epoch
