# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The steps of one run of a satellite."
import datetime as dt
import json
import time as clock
from contextlib import contextmanager

from trytond import backend
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import conflict, lock, merge, reception, wire, writing
from .capture import REPLICA
from .errors import BusyError, ContentionError, RefusedError
from .fold import fold, now
from .pending import Pending
from .protocol import first_position
from .run import Outcome

RETRIES = 5
# The time of the last contact is not written at each run
MINUTE = dt.timedelta(minutes=1)
# The codes of the hub that trying again can cure
TRANSIENT = {'contention': ContentionError, 'busy': BusyError}


class Cycle:
    "One run: what it needs from one step to the next."

    def __init__(self, database, settings, task, progress, transport):
        self.database = database
        self.connect = transport
        self.settings = settings
        self.progress = progress
        self.outcome = Outcome(task)
        self.done = {'push': 0, 'pull': 0}
        self.tried = False

    def run(self, work):
        pool = Pool(self.database)
        Run = pool.get('synchronisation.run')
        started = clock.monotonic()
        run = Run.begin(self.database, self.outcome.task)
        error = None
        self.transport = None
        try:
            with self.transaction(snapshot=False):
                # The clock is made while nobody else can make it
                self.read_clock()
            self.transport = self.connect(self.settings)
            work(self)
        except BaseException as exception:
            error = exception
            raise
        finally:
            if self.transport:
                self.transport.close()
                self.outcome.requests = self.transport.requests
                self.outcome.bytes_up = self.transport.bytes_up
                self.outcome.bytes_down = self.transport.bytes_down
            self.outcome.seconds = clock.monotonic() - started
            Run.end(self.database, run, self.outcome, error)
        return self.outcome

    def problem(self, sentence):
        self.outcome.complete = False
        if sentence not in self.outcome.errors:
            self.outcome.errors.append(sentence)

    @contextmanager
    def transaction(self, snapshot):
        "Open a transaction that holds the positions and has folded."
        with Transaction().start(self.database, 0, context={
                    REPLICA: True, 'active_test': False}):
            lock.exclusive(snapshot=snapshot)
            yield

    def retried(self, step):
        "Do a step that a user's write may make fail, a few times."
        for count in range(RETRIES, -1, -1):
            try:
                return step()
            except (ContentionError, backend.DatabaseOperationalError):
                if not count:
                    raise
                clock.sleep(0.1 * (RETRIES - count + 1))

    def call(self, method, message):
        "Send a message of this instance and return the answer."
        reply = wire.loads(self.transport.call(
                method, wire.dumps({**self.header(), **message})))
        if 'error' in reply:
            raise self.refusal(reply)
        self.meet(reply)
        return reply

    def header(self):
        with Transaction().start(self.database, 0):
            pool = Pool()
            time = self.read_clock()
            hub = pool.get('synchronisation.instance').of_hub()
            return {
                'versions': wire.VERSIONS,
                'from': self.settings.synchronisation_id,
                'database': time.database,
                'epoch': time.epoch,
                'hub': hub.epoch if hub else 0,
                }

    def read_clock(self):
        return Pool().get('synchronisation.clock').read_clock()

    def refusal(self, reply):
        code, sentence = reply['error'], reply.get('message', '')
        if code == 'version':
            theirs = ', '.join(map(str, reply.get('versions', [])))
            ours = ', '.join(map(str, wire.VERSIONS))
            sentence = (
                f"The hub speaks version {theirs} of the protocol and this "
                f"instance version {ours}; update the older of the two. "
                "Changes are still captured.")
        return TRANSIENT.get(code, RefusedError)(sentence, code)

    def meet(self, reply):
        "Note which instance the hub is, the first time."
        with Transaction().start(self.database, 0):
            Instance = Pool().get('synchronisation.instance')
            hub = Instance.of_hub()
            self.hub = wire.number(reply, 'instance')
            self.hub_epoch = wire.number(reply, 'hub')
            if hub is None:
                hub, = Instance.create([{
                            'number': self.hub,
                            'name': self.settings.synchronisation_url,
                            'hub': True,
                            'epoch': self.hub_epoch,
                            'database': reply.get('database'),
                            }])
            if hub.database != reply.get('database'):
                raise RefusedError(
                    "Another database answers at synchronisation_url than "
                    "the one this instance exchanged with; correct "
                    "synchronisation_url.", 'another-hub')

    def build_push(self, tried):
        return self.retried(lambda: self._build_push(tried))

    def _build_push(self, tried):
        """Return the next message and its entries.

        tried are the (key, number) that this run sent already.
        """
        with self.transaction(snapshot=True):
            pool = Pool()
            time = fold(self.settings)
            hub = pool.get('synchronisation.instance').of_hub()
            pending = Pending(self.settings.batch, tried)
            entries = pending.entries()
            authors = wire.Authors()
            epoch = hub.epoch if hub else 0
            message = {
                'at': (hub.at or 0) if hub else 0,
                'entries': wire.pack_entries(
                    entries, time.epoch, epoch, authors),
                'authors': pool.get('synchronisation.author').tell(
                    list(authors.ids)),
                }
            self.total = pending.total
            return message, entries

    def apply_push(self, reply, entries, tried):
        self.retried(lambda: self._apply_push(reply, entries, tried))
        self.done['push'] += len(entries)
        self.progress('push', self.done['push'], max(
                self.done['push'], self.total))

    def _apply_push(self, reply, entries, tried):
        documents = self.documents(reply)
        answered = {entries[i].key for i in reply['answered']}
        waiting = {entries[i].key: (code, reason, missing)
            for i, code, reason, missing in reply['waiting']}
        base = wire.number(reply, 'base') + first_position(self.hub_epoch)
        with self.transaction(snapshot=False):
            self.localise_authors(reply, documents)
            writing.lock_rows(
                documents + reception.waiting(self.hub))
            time = fold(self.settings)
            self.acknowledge(
                [e for e in entries
                    if e.key not in answered and e.key not in waiting], base)
            work = reception.Reception(self.settings, time, self.hub)
            if documents:
                work.take(documents)
            self.keep_waiting(entries, waiting)
            self.send_whole([key for key, (code, _, _) in waiting.items()
                    if code == 'whole'])
            Pool().get('synchronisation.clock').write_clock(time)
        self.count_push(entries, waiting, work)
        # What stays pending under the same number waits for the next run
        tried.update((e.key, e.number) for e in entries)

    def acknowledge(self, entries, base):
        Record = Pool().get('synchronisation.record')
        states = Record.load('identity', [entry.key for entry in entries])
        for entry in entries:
            if state := states.get(entry.key):
                merge.acknowledge(state, entry, base + entry.group)
        Record.keep(list(states.values()), now())

    def keep_waiting(self, entries, waiting):
        "Show here, too, what waits at the hub."
        Quarantine = Pool().get('synchronisation.quarantine')
        sent = {entry.key for entry in entries}
        Quarantine.release([
                kept['id'] for kept in Quarantine.waiting('hub', self.hub)
                if (kept['model'], kept['identity']) in sent - set(waiting)])
        Quarantine.store('hub', self.hub, [
                (*entry.key, code, reason, map(tuple, missing),
                    wire.dumps(entry.values))
                for entry in entries if entry.key in waiting
                for code, reason, missing in [waiting[entry.key]]])

    def send_whole(self, keys):
        "The hub lacks records that it had: they go whole next time."
        Record = Pool().get('synchronisation.record')
        states = Record.load('identity', keys)
        for state in states.values():
            state.full, state.base = not state.dead, {}
        Record.keep(list(states.values()))

    def count_push(self, entries, waiting, work):
        for entry in entries:
            if entry.key in waiting:
                self.outcome.count(entry.model, 'waiting')
                self.problem(waiting[entry.key][1])
            else:
                self.outcome.count(entry.model, 'pushed')
        self.count_waiting(work)

    def count_waiting(self, work):
        for waiting in work.waiting:
            self.outcome.count(waiting.document.model, 'waiting')
            self.problem(waiting.reason)

    def documents(self, reply):
        authors = reply.get('authors')
        wire.expect(isinstance(authors, list), 'authors')
        with Transaction().start(self.database, 0):
            epoch = self.read_clock().epoch
        return wire.unpack_documents(
            reply.get('documents'), epoch, self.hub_epoch, len(authors))

    def localise_authors(self, reply, documents):
        Author = Pool().get('synchronisation.author')
        self.authors = Author.ids(reply['authors'])
        for document in documents:
            if document.author:
                number, time = document.author
                document.author = [self.authors[number], time]

    def build_pull(self, lanes):
        with Transaction().start(self.database, 0, readonly=True):
            pool = Pool()
            Quarantine = pool.get('synchronisation.quarantine')
            hub = pool.get('synchronisation.instance').of_hub()
            message = {
                'lanes': lanes,
                'at': (hub.at or 0) if hub else 0,
                'since': (hub.since or 0) if hub else 0,
                'known': (hub.known or 0) if hub else 0,
                'told': (hub.told or 0) if hub else 0,
                'limit': self.settings.batch,
                }
            if hub:
                missing = set()
                for row_ in Quarantine.waiting('here', hub.number):
                    missing.update(map(
                            tuple, json.loads(row_['missing'] or '[]')))
                if missing:
                    message['want'] = sorted(missing)
            return message

    def apply_pull(self, reply, lanes):
        "Apply an answer and return the lanes that have more."
        work = self.retried(lambda: self._apply_pull(reply))
        for model, count in work.count.items():
            self.outcome.count(model, 'pulled', count)
        self.count_waiting(work)
        if work.count:
            self.done['pull'] += sum(work.count.values())
            self.progress('pull', self.done['pull'], None)
        names = {'known': 'at', 'offered': 'known'}
        return [lane for lane in lanes
            if names[lane] not in reply or reply[names[lane]][2]]

    def _apply_pull(self, reply):
        documents = self.documents(reply)
        if not (documents or reply.get('conflicts') or self.has_waiting()):
            return self._move_on(reply)
        with self.transaction(snapshot=False):
            writing.lock_rows(
                documents + reception.waiting(self.hub))
            time = fold(self.settings)
            self.localise_authors(reply, documents)
            work = reception.Reception(self.settings, time, self.hub)
            work.take(documents)
            if rows := reply.get('conflicts'):
                Conflict, found = conflict.hear(rows, self.authors)
                Conflict.store(found, time.next())
            self.move(reply)
            Pool().get('synchronisation.clock').write_clock(time)
        return work

    def has_waiting(self):
        "Whether something waits here that this run has not tried again."
        if self.tried:
            return False
        self.tried = True
        with Transaction().start(self.database, 0):
            Quarantine = Pool().get('synchronisation.quarantine')
            return bool(Quarantine.waiting('here', self.hub))

    def _move_on(self, reply):
        with Transaction().start(self.database, 0):
            self.move(reply)
        return reception.Reception(self.settings, None, self.hub)

    def move(self, reply):
        "S1: the places move with the documents, in one transaction."
        Instance = Pool().get('synchronisation.instance')
        hub = Instance.of_hub()
        at, values = hub.at or 0, {}
        if 'at' in reply:
            from_, upto, more = reply['at']
            if from_ == (hub.at or 0) <= upto:
                values['at'] = upto
                if not more:
                    values['since'] = upto
        if 'known' in reply:
            from_, upto, more = reply['known']
            if from_ == (hub.known or 0) <= upto:
                values['known'] = upto
                if at >= (hub.known or 0):
                    # What is offered from here on comes as it is now, so a
                    # pull need not repeat it.  Moved at any other time, told
                    # would hide edits of what was offered before.
                    values['told'] = wire.number(reply, 'now')
        moved = any((getattr(hub, n) or 0) != v for n, v in values.items())
        if moved or not hub.contact or now() - hub.contact > MINUTE:
            Instance.note(hub, {**values, 'contact': now()})
