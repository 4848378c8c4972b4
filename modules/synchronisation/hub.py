# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The side that answers."
import datetime as dt
import logging

from trytond.model import Model
from trytond.pool import Pool
from trytond.rpc import RPC
from trytond.transaction import Transaction

from . import (
    configuration, conflict, document, feed, intake, lock, reference, registry,
    scope, wire, writing)
from .capture import REPLICA
from .change import unknown_models
from .errors import RefusedError, SynchronisationError
from .fold import fold
from .mixin import SyncMode
from .protocol import KEYS, first_position, link

# A message that asks for more is cut to this
MAXIMUM = 5000
logger = logging.getLogger(__name__)


class Hub(Model):
    "Synchronisation Hub"
    __name__ = 'synchronisation.hub'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # The access is checked by instance, in Guest
        cls.__rpc__.update({
                name: RPC(readonly=False, check_access=False)
                for name in ['push', 'pull', 'fetch']})

    @classmethod
    def push(cls, text):
        "Take what a satellite changed."
        return answer(push, text)

    @classmethod
    def pull(cls, text):
        "Tell a satellite what it does not have."
        return answer(pull, text)

    @classmethod
    def fetch(cls, text):
        "Bring records into the scope of a satellite that asks for them."
        return answer(fetch, text)


def answer(function, text):
    """Return the text of the answer of function to the message in text.

    What is wrong with the message is an answer too, and changes nothing.
    """
    transaction = Transaction()
    user = transaction.user
    try:
        with transaction.set_user(0), transaction.set_context({
                    REPLICA: True, 'active_test': False,
                    '_check_access': False, 'language': None}):
            reply = function(wire.loads(text), user)
    except SynchronisationError as error:
        transaction.rollback()
        reply = {'error': error.code, 'message': str(error)}
        reply.update(getattr(error, 'details', {}))
    except (TypeError, ValueError, LookupError, OverflowError):
        # Whatever else is wrong with what a peer sends
        transaction.rollback()
        logger.exception("a message cannot be handled")
        reply = {'error': 'message',
            'message': "The message cannot be handled; see the hub's log."}
    return wire.dumps(reply)


class Guest:
    "The satellite that sent a message, checked."

    def __init__(self, message, user):
        self.settings = configuration.load(Transaction().database.name)
        if not self.settings.enabled:
            raise RefusedError(
                "The synchronisation is switched off at the hub; wait, or "
                "ask its administrator.", 'disabled')
        self.message = message
        self.check_version()
        self.number = wire.number(message, 'from')
        self.epoch = wire.number(message, 'epoch')
        self.instance = self.find(user)
        self.check_database()
        self.link = link(self.number, self.epoch)

    def check_version(self):
        versions = self.message.get('versions')
        wire.expect(isinstance(versions, list), 'versions')
        if not set(wire.VERSIONS) & {v for v in versions if type(v) is int}:
            error = RefusedError(
                "The hub has no version of the protocol in common with the "
                "satellite.", 'version')
            error.details = {'versions': wire.VERSIONS}
            raise error

    def find(self, user):
        Instance = Pool().get('synchronisation.instance')
        instances = Instance.search([('user', '=', user)])
        if not instances:
            raise RefusedError(
                "The user is not that of an instance; ask the administrator "
                "of the hub to enrol this instance.", 'unknown-instance')
        instance, = instances
        if instance.state != 'active':
            raise RefusedError(
                "The instance is suspended; ask the administrator of the "
                "hub.", 'suspended')
        if instance.number != self.number:
            raise RefusedError(
                f"The user belongs to instance {instance.number} but "
                f"synchronisation_id is {self.number}; set the right one in "
                "trytond.conf.", 'wrong-instance')
        return instance

    def check_database(self):
        database = self.message.get('database')
        wire.expect(isinstance(database, str) and database, 'database')
        if self.number == self.settings.synchronisation_id:
            raise RefusedError(
                f"The hub itself is instance {self.number}; give the "
                "satellite a synchronisation_id of its own.", 'duplicate-id')
        if self.instance.database and self.instance.database != database:
            raise RefusedError(
                f"Another database is instance {self.number} already; give "
                "this one a synchronisation_id of its own.", 'duplicate-id')

    def check_epoch(self, time):
        "H1: what was sent to another life of the hub is not taken."
        known = wire.number(self.message, 'hub', 0)
        if known and known != time.epoch:
            error = RefusedError(
                "The hub was restored from a backup.", 'epoch')
            error.details = {'hub': time.epoch, 'history': time.history}
            raise error

    def note(self, **values):
        "Keep what the satellite says of itself, if it is something new."
        values['database'] = self.message['database']
        values['epoch'] = self.epoch
        now = dt.datetime.utcnow()
        contact = self.instance.contact
        if (any(getattr(self.instance, n) != v for n, v in values.items())
                or not contact or (now - contact).total_seconds() > 60):
            Instance = Pool().get('synchronisation.instance')
            Instance.note(self.instance, {**values, 'contact': now})

    def header(self, time):
        return {
            'version': max(wire.VERSIONS),
            'hub': time.epoch,
            'instance': self.settings.synchronisation_id,
            'database': time.database,
            'epoch': self.epoch,
            }


def push(message, user):
    "Answer a push: everything is one transaction."
    guest = Guest(message, user)
    at = wire.number(message, 'at', 0)
    authors = message.get('authors')
    wire.expect(isinstance(authors, list), 'authors')
    entries = wire.unpack_entries(
        message.get('entries'), guest.epoch, wire.number(message, 'hub', 0),
        at, len(authors))
    # A user who writes what is pushed delays this satellite alone
    lock.exclusive(wait=lambda: writing.lock_rows(entries))
    guest = Guest(message, user)
    # The satellite before may have made some of the rows
    writing.lock_rows(entries)
    time = fold(guest.settings)
    guest.check_epoch(time)
    _localise_authors(entries, authors)
    groups = max((entry.group for entry in entries), default=0) + 1
    wire.expect(groups <= len(entries) + 1, 'group')
    first = time.next(groups)
    work = intake.Intake(
        guest.settings, time, guest.number, guest.link, first,
        guest.instance.known or 0)
    work.take(entries)
    Clock = Pool().get('synchronisation.clock')
    Clock.write_clock(time)
    guest.note(at=at)
    return _pushed(guest, time, entries, work, first)


def _localise_authors(entries, authors):
    Author = Pool().get('synchronisation.author')
    for author in authors:
        wire.expect(isinstance(author, list) and len(author) == 3
            and type(author[0]) is int and isinstance(author[1], str)
            and isinstance(author[2], (str, type(None))), 'author')
    ids = Author.ids(authors)
    for entry in entries:
        if entry.author:
            entry.author = [ids[entry.author[0]], entry.author[1]]
        entry.authors = {
            name: [ids[number], time]
            for name, (number, time) in entry.authors.items()}


def _pushed(guest, time, entries, work, first):
    Quarantine = Pool().get('synchronisation.quarantine')
    index = {id(entry): i for i, entry in enumerate(entries)}
    authors = wire.Authors()
    documents = document.answers(work.documents, guest.link)
    _quarantine(Quarantine, guest, entries, work)
    return {
        **guest.header(time),
        'base': first - first_position(time.epoch),
        'answered': [index[id(entry)] for entry, _, _ in work.documents],
        'documents': wire.pack_documents(
            documents, guest.epoch, time.epoch, authors),
        'waiting': [[
                index[id(w.entry)], w.code, w.reason, sorted(w.missing)]
            for w in work.waiting],
        'authors': _authors(authors),
        }


def _quarantine(Quarantine, guest, entries, work):
    "Show at the hub, too, what waits there."
    bad = {id(w.entry) for w in work.waiting}
    known = Quarantine.waiting('here', guest.number)
    taken = {entry.key for entry in entries if id(entry) not in bad}
    Quarantine.release([row['id'] for row in known
            if (row['model'], row['identity']) in taken])
    Quarantine.store('here', guest.number, [
            (*w.entry.key, w.code, w.reason, w.missing,
                wire.dumps(w.entry.values))
            for w in work.waiting])


def _authors(authors):
    Author = Pool().get('synchronisation.author')
    return Author.tell(list(authors.ids))


def pull(message, user):
    "Answer a pull: one snapshot, which nobody waits for."
    lock.snapshot()
    guest = Guest(message, user)
    Change = Pool().get('synchronisation.change')
    Clock = Pool().get('synchronisation.clock')
    time = Clock.read_clock() if lock.any_row(Clock) else None
    if (time is None or lock.any_row(Change)
            or unknown_models(time.models)):
        # A value that has no position yet must not be told under an older one
        lock.exclusive(snapshot=True)
        guest = Guest(message, user)
        time = fold(guest.settings)
    guest.check_epoch(time)
    return _pulled(guest, time)


def _pulled(guest, time):
    message = guest.message
    at = wire.number(message, 'at', 0)
    since = wire.number(message, 'since', 0)
    known = wire.number(message, 'known', 0)
    told = wire.number(message, 'told', 0)
    wire.expect(max(at, since, known, told) <= time.position, 'position')
    limit = max(1, min(wire.number(message, 'limit', 500), MAXIMUM))
    source = feed.Feed(guest.number, guest.link, since, known, told)
    reply = guest.header(time)
    items, conflicts = [], []
    lanes = message.get('lanes')
    wire.expect(isinstance(lanes, list), 'lanes')
    if 'known' in lanes:
        page = source.page(at, time.position, limit)
        items += page.items
        reply['at'] = [at, page.upto, page.more]
        conflicts = _conflicts(guest.number, at, page.upto)
    if 'offered' in lanes and not (items and page.more):
        page = source.offers(known, time.position, limit)
        present = {item.state.id for item in items}
        items += [i for i in page.items if i.state.id not in present]
        reply['known'] = [known, page.upto, page.more]
        reply['now'] = time.position
    items = source.complete(items, _wanted(message))
    authors = wire.Authors()
    reply['documents'] = wire.pack_documents(
        source.documents(items), guest.epoch, time.epoch, authors)
    if conflicts:
        reply['conflicts'] = conflict.tell(conflicts, authors)
    reply['authors'] = _authors(authors)
    guest.note(at=at, since=since, known=known)
    return reply


def _wanted(message):
    Record = Pool().get('synchronisation.record')
    wanted = message.get('want', [])
    wire.expect(isinstance(wanted, list) and all(
            isinstance(w, list) and len(w) == 2
            and all(isinstance(v, str) for v in w) for w in wanted), 'want')
    return list(Record.load('identity', [tuple(w) for w in wanted]).values())


def _conflicts(instance, at, upto):
    pool = Pool()
    Conflict = pool.get('synchronisation.conflict')
    Record = pool.get('synchronisation.record')
    Scope = pool.get('synchronisation.scope')

    def allowed(keys):
        states = Record.load('identity', keys)
        scopes = Scope.of([state.id for state in states.values()])
        return {key for key, state in states.items()
            if state.opened is not None or scopes[state.id].get(
                instance, (None, scope.OUT))[1] != scope.OUT}
    return Conflict.between(at, upto, allowed)


def fetch(message, user):
    "Answer a request for records by their keys."
    Guest(message, user)
    model, keys = message.get('model'), message.get('keys')
    wire.expect(isinstance(keys, list) and len(keys) <= KEYS
        and all(isinstance(key, str) for key in keys), 'keys')
    wire.expect(isinstance(model, str), 'model')
    Model = registry.models().get(model)
    if Model is None or Model.sync_mode == SyncMode.push_update:
        raise RefusedError(
            f'The records of "{model}" are not given on demand by the hub; '
            'name a model that is.', 'model')
    lock.exclusive()
    guest = Guest(message, user)
    time = fold(guest.settings)
    found = reference.find_by_key(Model, keys)
    Record = Pool().get('synchronisation.record')
    states = Record.load('record', [(model, local) for local, _ in found])
    reply = {**guest.header(time),
        'missing': sorted(set(keys) - {str(key) for _, key in found})}
    if states:
        granted = scope.grant(
            guest.number, list(states.values()), time.next(), time.next)
        reply['records'] = len(granted)
        Pool().get('synchronisation.clock').write_clock(time)
    return reply
