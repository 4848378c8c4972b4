# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The side that answers."
import logging
import time

from trytond import backend
from trytond.model import Model
from trytond.rpc import RPC
from trytond.transaction import Transaction

from . import (
    collector, configuration, desk, file_desk, journal, lock, saved, wire,
    writing)
from .admission import Admission
from .capture import REPLICA
from .desk import Desk
from .errors import ContentionError, FullError, SynchronisationError, is_full
from .failpoint import reach
from .file_desk import FileDesk
from .guest import Guest
from .store import Store

logger = logging.getLogger(__name__)
# Seconds until who met another one's lock comes again
AFTER = 5
# Of all databases of this process
admission = Admission()


class Hub(Model):
    "Synchronisation Hub"
    __name__ = 'synchronisation.hub'

    @classmethod
    def __setup__(cls):
        super().__setup__()
        # The access is checked by instance, in Guest
        cls.__rpc__.update({
                name: RPC(readonly=False, check_access=False)
                for name in [
                    'push', 'arrived', 'pull', 'fetch', 'verify', 'save',
                    'file']})

    @classmethod
    def push(cls, text):
        "Take what a satellite changed."
        return answer(push, text)

    @classmethod
    def arrived(cls, text):
        "Tell a satellite what was answered to its last push."
        return answer(arrived, text)

    @classmethod
    def pull(cls, text):
        "Tell a satellite what it does not have."
        return answer(pull, text)

    @classmethod
    def fetch(cls, text):
        "Bring records into the scope of a satellite that asks for them."
        return answer(fetch, text)

    @classmethod
    def save(cls, text):
        "Keep the versions that were saved at a satellite and below it."
        return answer(save, text)

    @classmethod
    def file(cls, text):
        "Take a part of a file and give one."
        return answer(file, text)

    @classmethod
    def verify(cls, text):
        "Tell a satellite how it differs from what it should be."
        return answer(verify, text)


def answer(function, text):
    """Return the text of the answer of function to the message in text.

    What is wrong with the message is an answer too, and changes nothing.
    """
    transaction = Transaction()
    user = transaction.user
    name = journal.received(transaction.context)
    began, tells = time.monotonic(), {}
    try:
        with transaction.set_user(0), transaction.set_context({
                    REPLICA: True, 'active_test': False,
                    '_check_access': False, 'language': None}):
            reach('hub.received')
            with collector.resting():
                with admission.admitted(
                        user, function.__name__, limit()):
                    message = wire.loads(text)
                    reply = function(message, user)
                    tells = told(message, reply)
            reach('hub.answered')
    except SynchronisationError as error:
        transaction.rollback()
        reply = {'error': error.code, 'message': str(error)}
        if isinstance(error, ContentionError):
            reply['after'] = AFTER
        reply.update(getattr(error, 'details', {}))
    except backend.DatabaseOperationalError as error:
        if not is_full(error):
            # The server tries again, on another connection if this one broke
            raise
        transaction.rollback()
        journal.trace(logger, "the disk is full", error)
        reply = {'error': FullError.code,
            'message': "The disk of the hub is full; ask its administrator "
            "to make room, the next run goes on."}
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        # Whatever else is wrong with what a peer sends
        transaction.rollback()
        journal.trace(logger, "a message cannot be handled", error)
        reply = {'error': 'message',
            'message': "The message cannot be handled; see the hub's log."}
    journal.note(
        logger, 'message.handled', run=journal.run_of(name), message=name,
        method=function.__name__, database=transaction.database.name,
        code=reply.get('error'), **tells,
        seconds=time.monotonic() - began)
    return wire.dumps(reply)


def limit():
    "Return how many messages are worked on at a time."
    return configuration.load(
        Transaction().database.name).concurrency


def told(message, reply):
    "Return what the log tells of a message that was answered."
    return {
        'instance': message['from'], **journal.pushed(message),
        **journal.pulled(reply)}


def admit(message, user):
    "Return the Guest that sent a message; what it reads is of this snapshot."
    return Guest(
        Store(), configuration.load(Transaction().database.name), message,
        user)


def push(message, user):
    "Answer a push: everything is one transaction."
    guest = admit(message, user)
    reach('hub.admitted')
    entries = desk.pushed_entries(guest)
    # A user who writes what is pushed delays this satellite alone
    lock.exclusive(wait=lambda: writing.lock_rows(
            guest.store, [entry for entry in entries if not entry.full]))
    guest = admit(message, user)
    # What was captured is folded while no user waits for a row
    guest.store.fold(guest.settings)
    writing.lock_rows(guest.store, entries)
    time = guest.store.fold(guest.settings)
    return Desk(guest.store, time, guest).push(entries)


def arrived(message, user):
    "Answer a satellite whose line broke before it had the answer to a push."
    guest = admit(message, user)
    return Desk(
        guest.store, guest.store.clock.read_clock(), guest).arrived()


def pull(message, user):
    "Answer a pull: one snapshot, which nobody waits for."
    return reading(message, user).pull()


def save(message, user):
    "Answer a message with saved versions."
    versions = saved.hear(admit(message, user).message)
    return folding(message, user).save(versions)


def file(message, user):
    "Answer a message about files, which gives no positions."
    guest = admit(message, user)
    offer = file_desk.offered(message)
    if offer and offer.is_last:
        lock.exclusive()
    elif offer or message.get('gone') or message.get('later'):
        # Nobody waits for who brings a part
        lock.writing()
    else:
        lock.snapshot()
    guest = admit(message, user)
    return FileDesk(
        guest.store, guest.store.clock.read_clock(), guest).answer(offer)


def verify(message, user):
    "Answer a question of a proof: one snapshot, too."
    if 'adopt' in message:
        return folding(message, user).verify()
    if 'records' in message:
        return reading(message, user).verify()
    # To read all takes long, and nobody has to wait for it: what is written
    # since only makes a record suspect, to be read again
    with Transaction().new_transaction():
        reading(message, user)
    lock.snapshot()
    guest = admit(message, user)
    return Desk(
        guest.store, guest.store.clock.read_clock(), guest).verify()


def reading(message, user):
    "Return the Desk of a message that is answered from one snapshot."
    lock.snapshot()
    guest = admit(message, user)
    time = guest.store.read_clock_if_folded()
    if time is None:
        # A value that has no position yet must not be told under an older one
        return folding(message, user)
    return Desk(guest.store, time, guest)


def folding(message, user):
    "Return the Desk of a message that may give positions."
    lock.exclusive(snapshot=True)
    guest = admit(message, user)
    time = guest.store.fold(guest.settings)
    return Desk(guest.store, time, guest)


def fetch(message, user):
    "Answer a request for records by their keys."
    keys = desk.fetched_keys(admit(message, user))
    lock.exclusive()
    guest = admit(message, user)
    time = guest.store.fold(guest.settings)
    return Desk(guest.store, time, guest).fetch(*keys)
