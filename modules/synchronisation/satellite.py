# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The side that dials."
import json
import time as clock
from contextlib import contextmanager

from trytond import backend
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import (
    batch, configuration, conflict, lock, merge, reception, registry, row,
    wire)
from .capture import REPLICA
from .errors import (
    BusyError, ConfigurationError, ContentionError, RefusedError)
from .fold import fold, now
from .message import Entry
from .protocol import first_position
from .run import Outcome
from .transport import Transport

RETRIES = 5
# The codes of the hub that trying again can cure
TRANSIENT = {'contention': ContentionError, 'busy': BusyError}


class Satellite:
    """One database's exchange with its hub.

    The pool of the database is initialised and no transaction is open.
    progress(stage, done, total) is called as the work goes on; total is None
    when it is not known.  Each task returns an Outcome or raises a
    SynchronisationError.  transport(settings) opens the connection.
    """

    def __init__(self, database, progress=None, transport=Transport):
        self.database = database
        self.transport = transport
        self.progress = progress or (lambda stage, done, total: None)

    def push_all(self):
        "Push everything that changed here."
        return self._run('push', self._push)

    def pull_all(self):
        "Pull every change of what this instance has or should have."
        return self._run('pull', lambda cycle: self._pull(cycle, ['known']))

    def new(self):
        "Pull what is offered to every instance and is not here yet."
        return self._run('new', lambda cycle: self._pull(cycle, ['offered']))

    def synchronise(self):
        "Push, pull and take what is new, in this order."
        def work(cycle):
            self._push(cycle)
            self._pull(cycle, ['known', 'offered'])
        return self._run('synchronise', work)

    def fetch(self, model, keys):
        """Ask for records by their keys, with all that belongs to them.

        They are kept up to date from then on.
        """
        def work(cycle):
            reply = cycle.call('fetch', {'model': model, 'keys': list(keys)})
            cycle.outcome.missing = reply['missing']
            for key in reply['missing']:
                cycle.problem(
                    f'The hub has no "{model}" with the key "{key}"; check '
                    "the key.")
            self._pull(cycle, ['known'])
        return self._run('fetch', work)

    def status(self):
        "Return what is known here about the exchange, without the line."
        settings = configuration.load(self.database)
        with Transaction().start(self.database, 0):
            pool = Pool()
            lock.exclusive(snapshot=True)
            fold(settings)
            hub = pool.get('synchronisation.instance').of_hub()
            Record = pool.get('synchronisation.record')
            Quarantine = pool.get('synchronisation.quarantine')
            Conflict = pool.get('synchronisation.conflict')
            return {
                'id': settings.synchronisation_id,
                'url': settings.synchronisation_url,
                'enabled': settings.enabled,
                'hub': hub.number if hub else None,
                'pending': Record.search_count([('pending', '=', True)]),
                'quarantined': Quarantine.search_count([]),
                'conflicts': Conflict.search_count(
                    [('state', '=', 'open')]),
                'last_contact': (
                    hub.contact.isoformat() if hub and hub.contact else None),
                'last_run': pool.get('synchronisation.run').last(),
                }

    def _run(self, task, work):
        settings = configuration.satellite(self.database)
        if not settings.enabled:
            raise ConfigurationError(
                "enabled is False in the [synchronisation] section of "
                "trytond.conf; set it to True to exchange again.", 'disabled')
        with lock.run(self.database):
            cycle = Cycle(
                self.database, settings, task, self.progress, self.transport)
            return cycle.run(work)

    def _push(self, cycle):
        tried = set()
        while True:
            message, entries = cycle.build_push(tried)
            if not entries:
                break
            reply = cycle.call('push', message)
            cycle.apply_push(reply, entries, tried)

    def _pull(self, cycle, lanes):
        left = list(lanes)
        while left:
            message = cycle.build_pull(left)
            reply = cycle.call('pull', message)
            left = cycle.apply_pull(reply, left)


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
            reception.lock_rows(documents)
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
            reception.lock_rows(documents)
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
        if any((getattr(hub, n) or 0) != v for n, v in values.items()):
            Instance.note(hub, {**values, 'contact': now()})


class Pending:
    "What waits to be pushed, some of it, by whole units."

    def __init__(self, limit, tried):
        self.limit = limit
        self.tried = tried
        self.known = set()

    def entries(self):
        "Return the entries of the next message, numbered by group."
        entries, needs, units = {}, {}, {}
        states = self.select()
        while states:
            for state in states:
                units[state.model, state.identity] = {state.position} | (
                    {state.unit} if state.full else set())
            for entry in self.build(states):
                entries[entry.key] = entry
                needs[entry.key] = row.needs(
                    registry.models()[entry.model], entry.values)
            states = self.needed(needs)
        groups = batch.take(
            batch.groups(list(entries), units, needs), self.limit)
        result = []
        for number, group in enumerate(groups):
            for key in group:
                entries[key].group = number
                result.append(entries[key])
        # Alike together, so that the names of the fields are sent once
        result.sort(key=lambda e: (
                e.model, e.deletion, e.full, list(e.fields)))
        return result

    def needed(self, needs):
        "Return the states that others need, the hub lacks and are not here."
        Record = Pool().get('synchronisation.record')
        missing = set().union(*needs.values()) - needs.keys() - self.known
        self.known |= missing
        states = Record.load('identity', missing).values()
        return [s for s in states
            if s.full and not s.dead and not self.is_tried(s)]

    def select(self):
        "Return pending states, the oldest first, with their unit mates."
        Record = Pool().get('synchronisation.record')
        table = Record.__table__()
        pending = (table.pending == True) & (  # noqa: E712
            table.model.in_(list(registry.models())))
        chosen = {}
        after = pending
        while len(chosen) < self.limit:
            found = Record.select(
                after, table=table, limit=self.limit,
                order=[table.position.asc, table.id.asc])
            chosen.update((s.id, s) for s in found if not self.is_tried(s))
            if len(found) < self.limit:
                break
            last = found[-1]
            after = pending & (
                (table.position > last.position)
                | ((table.position == last.position) & (table.id > last.id)))
        self.total = len(chosen)
        self.add_mates(chosen, table, pending)
        return list(chosen.values())

    def is_tried(self, state):
        return ((state.model, state.identity), state.position) in self.tried

    def add_mates(self, chosen, table, pending):
        "Add what was created or changed by the same transactions."
        Record = Pool().get('synchronisation.record')
        if not chosen:
            return
        last = max(state.position for state in chosen.values())
        units = sorted({s.unit for s in chosen.values() if s.full})
        mates = Record.select(
            pending & (table.position == last), table=table)
        for i in range(0, len(units), 200):
            mates += Record.select(
                pending & table.unit.in_(units[i:i + 200]), table=table)
        chosen.update((s.id, s) for s in mates if not self.is_tried(s))

    def build(self, states):
        by_model = {}
        for state in states:
            by_model.setdefault(state.model, []).append(state)
        for model, members in by_model.items():
            Model = registry.models().get(model)
            if Model is None:
                continue
            rows = row.read(
                Model, [s.local for s in members if not s.dead])
            for state in members:
                if state.dead or state.local in rows:
                    yield entry_of(state, rows.get(state.local))


def entry_of(state, values):
    "P1: return the entry that pushes all that is not acknowledged."
    entry = Entry(state.model, state.identity, state.position)
    entry.author = state.author
    entry.aliases = state.aliases
    if state.dead:
        entry.shown = dict(state.shown)
        values = state.grave or {}
    entry.full = state.full
    for name in sorted(state.dirty(values)):
        base = 0 if state.full else state.base[name]
        entry.fields[name] = state.place_of(name), base, values[name]
    entry.authors = {
        n: a for n, a in state.authors.items() if n in entry.fields}
    return entry
