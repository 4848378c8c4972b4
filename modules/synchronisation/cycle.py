# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The steps of one run of a satellite."
import json
import logging
import random
import secrets
import time as clock
from collections import namedtuple
from contextlib import contextmanager

from trytond import backend
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import (
    collector, epoch, file_desk, flight, journal, lock, reception, wire)
from .caller import Caller, is_last
from .capture import REPLICA
from .configuration import RECEIVES
from .errors import (
    LOST, BusyError, ContentionError, FullError, HubUnreachableError,
    LaterError, RefusedError, StalledError, SynchronisationError, is_full,
    lost)
from .failpoint import reach
from .flight import Flight, Parcel
from .pace import Pace
from .protocol import KEYS
from .run import Outcome
from .store import Store
from .watch import Watch

logger = logging.getLogger(__name__)
RETRIES = 5
# Seconds until a line that broke is dialled again, the first times
REDIALS = [0, 1, 2, 4, 8, 16]
# Seconds between two signs of life of who waits, and the least and the most
# that it waits
TICK, LEAST, LONGEST = 1, .5, 300
# Both sides may have been restored, and find it out one after the other
LIVES = 5
# The codes of the hub that trying again can cure
TRANSIENT = {
    'contention': ContentionError, 'busy': BusyError, 'full': FullError,
    'later': LaterError}
# The methods whose answers tell which files the hub asks for
TELLS_WANTS = {'push', 'pull', 'file'}
# A Parcel that pushes, its name at the hub, its entries, and what a Tried has
# of it that it had not before
Push = namedtuple('Push', 'parcel name entries tried')


def batched(keys):
    "Yield the keys in lists that the hub takes."
    for i in range(0, len(keys), KEYS):
        yield keys[i:i + KEYS]


class Cycle:
    "One run: what it needs from one step to the next."

    def __init__(
            self, database, settings, task, progress, transport, turn=None):
        self.database = database
        self.turn = turn
        self.watch = Watch(settings.stalled)
        # The name of the run, and how many messages it has made
        self.name, self.messages = None, 0
        self.connect = transport
        self.settings = settings
        self.progress = progress
        self.outcome = Outcome(task)
        self.done = {'push': 0, 'pull': 0}
        # What waits here, as far as this run has tried it
        self.waiting = {}
        # The last position when the first push was built, and how many
        # records are to be pushed, as far as is known
        self.began = self.total = None
        # The files that the hub asks for, None before it said so
        self.wants = None
        # What is known of the line
        self.pace = Pace(settings.batch)
        # How often the line broke since something was answered
        self.failures = 0

    def run(self, work):
        pool = Pool(self.database)
        Run = pool.get('synchronisation.run')
        started = clock.monotonic()
        run = Run.begin(self.database, self.outcome.task)
        self.name = f'{self.settings.synchronisation_id}.{run}'
        self.note('run.begun', task=self.outcome.task)
        error = None
        self.transport = None
        try:
            with self.watch:
                reach('run.begun')
                with self.transaction(snapshot=False) as caller:
                    # The clock is made while nobody else can make it
                    caller.store.clock.read_clock()
                    kept = caller.hub and caller.hub.pace
                self.pace = Pace(
                    self.settings.batch, json.loads(kept or '{}'))
                self.transport = self.connect(self.settings)
                self.transport.moved = self.watch.moved
                reach('run.ready')
                with flight.attentive():
                    self.work(work)
        except BaseException as exception:
            error = self.cause(exception)
            if error is exception:
                raise
            raise error from exception
        finally:
            self.count(started)
            reach('run.ending')
            self.note_end(error)
            Run.end(self.database, run, self.outcome, error)
            self.keep_pace()
        reach('run.ended')
        return self.outcome

    def keep_pace(self):
        "Keep what was learnt of the line for the next run."
        if not self.pace.learnt:
            return

        def keep():
            with self.caller() as caller:
                if caller.hub:
                    caller.store.instances.note(caller.hub, {
                            'pace': json.dumps(self.pace.as_dict())})
        try:
            self.retried(keep)
        except (ContentionError, StalledError, *LOST) as error:
            # It is learnt again
            journal.trace(
                logger, "the pace is not kept", error, logging.WARNING)

    def cause(self, error):
        "Return what is to be told of an error that ended the run."
        error = self.watch.cause(error)
        if isinstance(error, LOST):
            error = lost(error)
        if isinstance(error, SynchronisationError):
            error.outcome = self.outcome
        return error

    def count(self, started):
        "Note in the outcome what the run took."
        if self.transport:
            self.transport.close()
            self.outcome.requests = self.transport.requests
            self.outcome.bytes_up = self.transport.bytes_up
            self.outcome.bytes_down = self.transport.bytes_down
        self.count_waiting()
        self.outcome.seconds = clock.monotonic() - started

    def note(self, event, **values):
        journal.note(logger, event, run=self.name, **values)

    def note_end(self, error):
        outcome = self.outcome
        self.note(
            'run.ended', task=outcome.task, state=outcome.state(error),
            code=getattr(error, 'code', None) or (
                error and type(error).__name__),
            **outcome.totals(), requests=outcome.requests,
            breaks=outcome.breaks, bytes_up=outcome.bytes_up,
            bytes_down=outcome.bytes_down,
            seconds=outcome.seconds)

    def work(self, work):
        "Do the work; begin anew if one of the two was restored."
        details = None
        for left in range(LIVES, -1, -1):
            try:
                # What is numbered anew is not newer than the run
                self.began = self.total = None
                if details:
                    self.offer_again(details)
                return work(self)
            except RefusedError as error:
                if not left or error.code not in {'fork', 'epoch'}:
                    raise
                details = error.details if error.code == 'epoch' else None
                if error.code == 'fork':
                    self.begin_life(error.details)

    def offer_again(self, details):
        "E3: let the hub have again what it lost."
        with self.caller() as caller:
            loss = caller.loss(details)
            if not loss:
                return
            asked = {
                'identities': epoch.held(caller.store, loss),
                'dropped': epoch.dropped(caller.store, loss)}
        for word, found in asked.items():
            for model, names in found.items():
                for part in batched(names):
                    self.call('fetch', {
                            'model': model, 'keys': [], word: part})
                    reach('loss.asked')

        def offer():
            with self.transaction(snapshot=False) as caller:
                time = caller.store.fold(self.settings)
                epoch.offer_again(
                    caller.store, time, caller.hub, loss,
                    self.settings.synchronisation_id)
                reach('loss.offered')
        self.retried(offer)
        reach('loss.done')

    def begin_life(self, details):
        def begin():
            with self.transaction(snapshot=False) as caller:
                time = caller.store.fold(self.settings)
                caller.begin_life(time, details)
                reach('life.begun')
        self.retried(begin)
        reach('life.done')

    def problem(self, sentence):
        self.outcome.complete = False
        if sentence not in self.outcome.errors:
            self.outcome.errors.append(sentence)

    @contextmanager
    def transaction(self, snapshot):
        "Open a transaction that holds the positions."
        with collector.resting(), self.opened(context={
                    REPLICA: True, 'active_test': False}):
            lock.exclusive(snapshot=snapshot)
            yield Caller(Store(), self.settings, self.pace)

    @contextmanager
    def folded(self, snapshot):
        "Open such a transaction and fold; give the Caller and the Time."
        with self.transaction(snapshot) as caller:
            yield caller, caller.store.fold(self.settings)

    @contextmanager
    def snapshot(self):
        "Open a transaction that reads one moment and makes nobody wait."
        with self.opened(readonly=True, context={
                    REPLICA: True, 'active_test': False}):
            lock.snapshot()
            yield Caller(Store(), self.settings, self.pace)

    @contextmanager
    def caller(self, readonly=False):
        "Open a transaction that gives no positions."
        with self.opened(readonly=readonly):
            yield Caller(Store(), self.settings, self.pace)

    @contextmanager
    def opened(self, **options):
        "Open a transaction that is watched."
        with Transaction().start(self.database, 0, **options) as transaction:
            with self.watch.over(transaction.connection):
                yield
        self.watch.moved()

    def is_wanted(self):
        "Whether somebody waits for the end of this run."
        return self.turn is not None and self.turn.is_wanted()

    def give_way(self):
        "Let who waits go ahead, while no message is on its way."
        if self.is_wanted():
            self.note('run.waits')
            self.turn.give(self.watch.moved)
            self.watch.moved()
            self.note('run.goes-on')

    def retried(self, step):
        "Do a step that a user's write may make fail, a few times."
        for count in range(RETRIES, -1, -1):
            try:
                return step()
            except (
                    ContentionError,
                    backend.DatabaseOperationalError) as error:
                self.watch.check()
                if not count or is_full(error):
                    raise
                clock.sleep(0.1 * (RETRIES - count + 1))

    def call(self, method, message):
        "Send a message of this instance and return the answer."
        while True:
            with self.caller() as caller:
                header = caller.header()
            try:
                return self.answer(
                    self.send(self.pack(method, {**header, **message})))
            except HubUnreachableError as error:
                # Whatever is sent may come twice
                self.redial(error)

    def pack(self, method, message):
        "Return the Parcel of a whole message."
        self.messages += 1
        name = self.name and f'{self.name}.{self.messages}'
        self.note(
            'message.made', message=name, method=method,
            **journal.pushed(message))
        return Parcel(
            self.transport, method, wire.dumps(message), name,
            len(journal.rows(message, 'entries')))

    def send(self, parcel):
        "Send a Parcel and return its Flight."
        reach('call.begun')
        return Flight(self.transport, parcel)

    def answer(self, sent):
        "Wait for the answer to what was sent and return it."
        sent, reply = self.admitted(sent)
        self.failures = 0
        self.learn(sent, reply)
        reach('call.answered')
        if 'error' in reply:
            self.note(
                'message.refused', message=sent.name, code=reply['error'])
            raise self.refusal(reply)
        with self.caller() as caller:
            caller.meet(reply)
            if sent.parcel.method in TELLS_WANTS:
                self.wants = file_desk.heard(reply.get('wants', []))
                caller.note_owes(bool(self.wants))
        self.note(
            'message.answered', message=sent.name, **journal.pulled(reply))
        reach('call.met')
        return reply

    def admitted(self, sent):
        """Send a message again until the hub has time for it.

        Return (its last Flight, the answer).
        """
        end, least = None, TICK
        while True:
            try:
                reply = self.landed(sent)
                if not {'error', 'after'} <= reply.keys():
                    return sent, reply
                error, after = self.refusal(reply), reply['after']
            except LaterError as refusal:
                # Its clock, or ours, may be wrong, so not again and again
                error, after = refusal, max(refusal.details['after'], least)
                least *= 2
            end = end or clock.monotonic() + self.settings.stalled
            if clock.monotonic() > end:
                raise error
            self.note('message.later', message=sent.name, code=error.code)
            self.wait(after)
            sent = self.send(sent.parcel)

    def landed(self, sent):
        "Wait until a message has landed and return what is answered."
        try:
            return wire.loads(self.watch.result(sent.future))
        except HubUnreachableError as error:
            if error.cut:
                self.pace.cut(sent.seconds)
            raise

    def wait(self, seconds):
        "Wait so long, as the hub said; that is no standstill."
        wire.expect(isinstance(seconds, (int, float)), 'after')
        end = clock.monotonic() + min(max(seconds, LEAST), LONGEST)
        while (left := end - clock.monotonic()) > 0:
            clock.sleep(min(left, TICK))
            self.watch.moved()

    def learn(self, sent, reply):
        "Note what the line did."
        self.pace.passed(sent.up, sent.down, sent.seconds)
        self.pace.up.count(sent.records, sent.up)
        self.pace.down.count(
            len(journal.rows(reply, 'documents')), sent.down)

    def redial(self, error):
        """Wait until a line that broke may be dialled again.

        Raise the error if nobody is there, or if it broke so often that it
        is not a line that breaks now and then.
        """
        if (self.failures == len(REDIALS)
                or not (error.cut or self.failures)):
            raise error
        delay = REDIALS[self.failures] * random.uniform(.5, 1)
        self.failures += 1
        self.outcome.breaks += 1
        self.note('line.broken', failures=self.failures, seconds=delay)
        clock.sleep(delay)

    def arrival(self, push, sent):
        """Wait for the answer to a Push and return it.

        Return None if the line broke before it had arrived.
        """
        try:
            return self.answer(sent)
        except HubUnreachableError as error:
            self.redial(error)
        failures = self.failures
        reply = self.call('arrived', {'push': push.name}).get('reply')
        wire.expect(reply is None or isinstance(reply, dict), 'reply')
        if reply is None:
            # What is small comes through, which helps nobody
            self.failures = failures
        return reply

    def refusal(self, reply):
        code, sentence = reply['error'], reply.get('message', '')
        if code == 'version':
            theirs = ', '.join(map(str, reply.get('versions', [])))
            ours = ', '.join(map(str, wire.VERSIONS))
            sentence = (
                f"The hub speaks version {theirs} of the protocol and this "
                f"instance version {ours}; update the older of the two. "
                "Changes are still captured.")
        error = TRANSIENT.get(code, RefusedError)(sentence, code)
        error.details = reply
        return error

    def build_push(self, tried):
        """Return the next Push, None if there is nothing to push.

        tried is the Tried of this run, to which those of the message are
        added.
        """
        def build():
            with self.transaction(snapshot=True) as caller:
                time = caller.store.fold(self.settings)
                if self.began is None:
                    self.began = time.position
                message, entries = caller.build_push(time, tried)
                if entries and self.total is None:
                    self.total = self.done['push'] + caller.count_pending()
                reach('push.built')
                return {
                    **caller.header(), 'push': secrets.token_hex(8), **message
                    }, entries, caller.since
        message, entries, tried.since = self.retried(build)
        reach('push.marked')
        conflicts = message.get('conflicts', [])
        # What stays pending under the same number waits for the next run
        new = {(e.key, e.number) for e in entries}
        new.update(name for name, *_ in conflicts)
        new -= tried
        tried.update(new)
        if entries or conflicts:
            return Push(
                self.pack('push', message), message['push'], entries, new)

    def apply_push(self, reply, entries):
        def apply():
            with self.transaction(snapshot=False) as caller:
                # No user waits for a row meanwhile
                caller.store.fold(self.settings)
                if reply['documents']:
                    caller.lock_rows(reply, entries.last)
                time = caller.store.fold(self.settings)
                applied = caller.apply_push(time, reply, entries)
                reach('push.applied')
                return applied
        waiting, work = self.retried(apply)
        reach('push.done')
        self.count_push(entries, waiting, work)
        self.done['push'] += len(entries)
        # Users may have made more of them meanwhile
        self.total = max(self.total or 0, self.done['push'])
        self.progress('push', self.done['push'], self.total)

    def is_newer(self, push):
        "Whether all that is new in a Push was changed since the run began."
        numbers = [entry.number for entry in push.entries
            if (entry.key, entry.number) in push.tried]
        return bool(numbers) and min(numbers) > self.began

    def count_push(self, entries, waiting, work):
        for entry in entries:
            if entry.key in waiting:
                self.outcome.count(entry.model, 'waiting')
                self.problem(waiting[entry.key][1])
            else:
                self.outcome.count(entry.model, 'pushed')
        self.note_waiting(work)

    def note_waiting(self, work):
        "Note what waits still, as it may go on with what comes next."
        for key in work.tried:
            self.waiting.pop(key, None)
        self.waiting.update((w.document.key, w) for w in work.waiting)

    def count_waiting(self):
        for waiting in self.waiting.values():
            self.outcome.count(waiting.document.model, 'waiting')
            self.problem(waiting.reason)

    def build_pull(self, lanes, reply=None):
        "Return the Parcel that asks for what follows on an answer."
        with self.caller(readonly=True) as caller:
            message = {**caller.header(), **caller.build_pull(lanes, reply)}
        return self.pack('pull', message)

    def apply_pull(self, reply):
        work = self.retried(lambda: self._apply_pull(reply))
        reach('pull.done')
        for model, count in work.count.items():
            self.outcome.count(model, 'pulled', count)
        self.note_waiting(work)
        if work.count:
            self.done['pull'] += sum(work.count.values())
            self.progress('pull', self.done['pull'], None)

    def _apply_pull(self, reply):
        with self.caller() as caller:
            if not caller.has_work(reply):
                caller.pass_by(reply)
                reach('pull.moved')
                return reception.Reception(caller.store, None, None)
        with self.transaction(snapshot=False) as caller:
            caller.store.fold(self.settings)
            caller.lock_rows(reply, is_last(reply))
            time = caller.store.fold(self.settings)
            work = caller.apply_pull(time, reply)
            reach('pull.applied')
            return work

    def agree(self, reply):
        "Tell the hub what still waits there, if it told otherwise."
        if (not reply or 'waits' not in reply
                or self.settings.direction == RECEIVES):
            return

        def build():
            with self.transaction(snapshot=False) as caller:
                return caller.waits(reply)
        try:
            if message := self.retried(build):
                self.call('push', message)
        except (BusyError, ContentionError):
            # The work is done, and the next run tells it
            self.note('waits.untold')

    def saved_after(self, last):
        "Return saved versions after an id that the hub has not got."
        with self.caller(readonly=True):
            return Pool().get('synchronisation.version').pending_after(
                last, self.settings.batch)

    def note_saved(self, reply):
        wire.expect(all(
                isinstance(reply.get(name), list)
                for name in ['taken', 'waiting']) and all(
                map(wire.is_name, reply['taken'])) and all(
                isinstance(row, list) and len(row) == 3
                and all(map(wire.is_text, row)) for row in reply['waiting']),
            'answer to saved versions')

        def note():
            with self.caller():
                Pool().get('synchronisation.version').sent(reply['taken'])
                Transaction().commit()
        self.retried(note)
        reach('versions.sent')
        # What the hub does not know yet goes with a later run
        for _, _, sentence in reply['waiting']:
            self.problem(sentence)
