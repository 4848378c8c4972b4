# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The side that dials."
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import configuration, epoch, lock, saved, turn
from .caller import is_past, remaining, unasked
from .configuration import RECEIVES, SENDS
from .cycle import Cycle, batched
from .errors import LOST, ConfigurationError, HubUnreachableError, lost
from .failpoint import reach
from .file_lane import FileLane
from .pending import Tried
from .proof import Proof
from .store import Store
from .transport import Transport

# How many messages a run has, either way, of what is newer than itself, as
# users may write faster than the line is
MORE = 5


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
        def work(cycle):
            self._push(cycle)
            self._save(cycle)
            self._move_files(cycle, pushes=True)
        return self._run('push', work)

    def pull_all(self):
        "Pull every change of what this instance has or should have."
        def work(cycle):
            self._pull(cycle, ['known'])
            self._move_files(cycle, lanes=['known'])
        return self._run('pull', work)

    def new(self):
        "Pull what is offered to every instance and is not here yet."
        return self._run('new', lambda cycle: self._pull(cycle, ['offered']))

    def synchronise(self):
        "Push, pull and take what is new, in this order."
        def work(cycle):
            self._push(cycle)
            self._pull(cycle, ['known', 'offered'])
            self._save(cycle)
            self._move_files(cycle, True, ['known', 'offered'])
        return self._run('synchronise', work)

    def fetch(self, model, keys):
        """Ask for records by their keys, with all that belongs to them.

        They are kept up to date from then on.
        """
        def work(cycle):
            if cycle.settings.direction == SENDS:
                raise ConfigurationError(
                    "This instance only sends; set direction in the "
                    "[synchronisation] section of trytond.conf to both to "
                    "fetch.", 'direction')
            for part in batched(list(keys)):
                reply = cycle.call('fetch', {'model': model, 'keys': part})
                reach('fetch.answered')
                cycle.outcome.missing += reply['missing']
            for key in cycle.outcome.missing:
                cycle.problem(
                    f'The hub has no "{model}" with the key "{key}"; check '
                    "the key.")
            self._pull(cycle, ['known'])
        return self._run('fetch', work, ahead=True)

    def restored(self, above=0):
        """Begin a new life of the database, without the line.

        To be called once after a backup was restored, before anybody works
        with it; at a satellite, if it is forgotten the next exchange finds
        it out.  above is the latest epoch that others know of.
        """
        with turn.take(self.database), Transaction().start(
                self.database, 0) as transaction:
            lock.exclusive()
            store = Store()
            settings = configuration.load(self.database)
            # Whatever is here may have been told since the backup; else what
            # was not numbered is numbered in the new life
            time = (store.fold(settings) if settings.synchronisation_url
                else store.clock.read_clock())
            former = time.epoch
            epoch.begin(
                store, time,
                time.last_common(bool(settings.synchronisation_url)), above,
                time.position)
            reach('restored.begun')
            transaction.commit()
            reach('restored.done')
            return {'former': former, 'epoch': time.epoch}

    def verify(self, models=(), repair=False):
        """Compare the records of models, of all if none, with the hub's.

        With repair what differs is put right as far as that is safe.
        """
        return self._run('verify', lambda cycle: Proof(
                cycle, models, repair).run())

    def status(self):
        "Return what is known here about the exchange, without the line."
        settings = configuration.load(self.database)
        with Transaction().start(self.database, 0):
            pool = Pool()
            lock.exclusive(snapshot=True)
            Store().fold(settings)
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
                'quarantined': Quarantine.search_count(
                    [('aside', '=', False)]),
                'set_aside': Quarantine.search_count([('aside', '=', True)]),
                'conflicts': Conflict.search_count(
                    [('state', '=', 'open')]),
                'files': pool.get('synchronisation.file.gap').search_count([]),
                'last_contact': (
                    hub.contact.isoformat() if hub and hub.contact else None),
                'proved': (
                    hub.proved.isoformat() if hub and hub.proved else None),
                'last_run': pool.get('synchronisation.run').last(),
                }

    def covers(self, task, since):
        "Whether a run that began since then did all that a task does."
        Run = Pool(self.database).get('synchronisation.run')
        return Run.covers(self.database, task, since)

    def _run(self, task, work, ahead=False):
        settings = configuration.satellite(self.database)
        if not settings.enabled:
            raise ConfigurationError(
                "enabled is False in the [synchronisation] section of "
                "trytond.conf; set it to True to exchange again.", 'disabled')
        # A user waits for a batch of a run as for an answer of the hub
        seconds = settings.timeout if ahead else None
        try:
            with turn.take(self.database, seconds) as taken:
                cycle = Cycle(
                    self.database, settings, task, self.progress,
                    self.transport, taken)
                return cycle.run(work)
        except LOST as error:
            # It is so gone that the run could not even be logged
            raise lost(error) from error

    def _push(self, cycle):
        if cycle.settings.direction == RECEIVES:
            return
        tried, left, sent, flight = Tried(), MORE, None, None
        reply = None
        while left or sent:
            push = None
            if not sent:
                cycle.give_way()
            # P3: while the hub works on a full message the next one is built
            if left and (not sent or not (
                        sent.entries.last or cycle.is_wanted())):
                push = cycle.build_push(tried)
            if push and cycle.is_newer(push):
                left -= 1
            if not push and not sent:
                break
            if sent:
                reply = cycle.arrival(sent, flight)
                if reply is None:
                    # What was built on it goes again as well
                    for built in filter(None, [push, sent]):
                        tried.forget(built.tried)
                    sent, left = None, max(left, 1)
                    continue
            if push:
                flight = cycle.send(push.parcel)
            if sent:
                cycle.apply_push(reply, sent.entries)
                if reply.get('retry'):
                    tried.hurry()
            sent = push
        cycle.agree(reply)

    def _pull(self, cycle, lanes):
        if cycle.settings.direction == SENDS:
            return
        flight = reply = first = None
        left = MORE
        while lanes:
            if not flight:
                cycle.give_way()
                flight = cycle.send(cycle.build_pull(lanes))
            try:
                reply, flight = cycle.answer(flight), None
            except HubUnreachableError as error:
                cycle.redial(error)
                flight = None
                continue
            lanes = remaining(reply, lanes)
            first = first or reply['now']
            if lanes and is_past(reply, lanes, first):
                left -= 1
                if not left:
                    # What one lane has no end of holds up no other
                    lanes, left = unasked(reply, lanes), MORE
            if lanes and not cycle.is_wanted():
                # S11: while a page is applied the hub builds the next one
                flight = cycle.send(cycle.build_pull(lanes, reply))
            cycle.apply_pull(reply)
        cycle.agree(reply)

    def _move_files(self, cycle, pushes=False, lanes=()):
        "Send and ask for files; what people wait for goes between the parts."
        lane = FileLane(cycle, pushes, bool(lanes))
        while lane.step():
            cycle.give_way()
            if lane.sends and lane.has_changes():
                self._push(cycle)
            if lane.pulls and lane.has_news:
                self._pull(cycle, lanes)

    def _save(self, cycle):
        "Send the saved versions, which wait for all that people need now."
        last = 0
        while cycle.settings.direction != RECEIVES:
            cycle.give_way()
            rows = cycle.saved_after(last)
            if not rows:
                break
            last = rows[-1]['id']
            cycle.note_saved(
                cycle.call('save', {'saved': saved.tell(rows)}))
