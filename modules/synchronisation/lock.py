# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The lock of the positions, and those of rows.

The first is taken before the snapshot of the transaction
exists, or two transactions could give the same position (the second would
not see the first's, having started before it committed).  pg_advisory_lock
is a SELECT and so takes the snapshot itself; LOCK TABLE does not.
"""
from sql import For, Literal, Table

from trytond import backend
from trytond.tools import grouped_slice, reduce_ids
from trytond.transaction import Transaction

from .errors import ContentionError
from .failpoint import reach

CLOCK = 'synchronisation_clock'


def exclusive(snapshot=False, wait=None):
    """Begin the transaction anew as the only one that gives positions.

    With snapshot every statement sees one moment, as reading needs it;
    without it each sees what was committed before it, as writing needs it to
    wait for users instead of failing.  Nothing may have been written before.
    wait() is for what takes long, such as users who write: it is called
    before, so that nobody else has to wait for them.  What it locks is free
    again after it.
    Raise ContentionError if the lock cannot be had in time.
    """
    Transaction().rollback()
    cursor = Transaction().connection.cursor()
    if backend.name == 'sqlite':
        _take(cursor, 'BEGIN IMMEDIATE', backend.DatabaseOperationalError)
    else:
        _begin_postgresql(cursor, snapshot, wait)
    reach('positions.locked')


def _begin_postgresql(cursor, snapshot, wait):
    from psycopg2.errors import LockNotAvailable
    from psycopg2.extensions import (
        ISOLATION_LEVEL_READ_COMMITTED, ISOLATION_LEVEL_REPEATABLE_READ)
    cursor.connection.set_session(isolation_level=(
            ISOLATION_LEVEL_REPEATABLE_READ if snapshot
            else ISOLATION_LEVEL_READ_COMMITTED))
    cursor.execute("SET LOCAL lock_timeout = '10s'")
    if wait:
        # Whoever is to be waited for next must not wait for this one
        cursor.execute('SAVEPOINT waiting')
        wait()
        cursor.execute('ROLLBACK TO SAVEPOINT waiting')
    _take(cursor, f'LOCK TABLE "{CLOCK}" IN EXCLUSIVE MODE', LockNotAvailable)


def _take(cursor, statement, refusal):
    try:
        cursor.execute(statement)
    except refusal as error:
        Transaction().rollback()
        raise ContentionError(
            "Another synchronisation holds the database; it will be tried "
            "again.") from error


def writing():
    "Begin the transaction anew to write what is nobody else's."
    Transaction().rollback()
    if backend.name == 'sqlite':
        exclusive()


def positions():
    """Let nobody give positions until this transaction of a user ends.

    What another changed since it began is a concurrent change to the user.
    """
    if backend.name != 'sqlite':
        Transaction().connection.cursor().execute(
            f'LOCK TABLE "{CLOCK}" IN EXCLUSIVE MODE')


def snapshot():
    """Begin the transaction anew so that all it reads is of one moment.

    PostgreSQL does so by itself.  Nothing may have been written before.
    """
    if backend.name == 'sqlite':
        transaction = Transaction()
        transaction.rollback()
        transaction.connection.cursor().execute('BEGIN')


def rows(Model, ids):
    """Wait for the users who are writing these rows and keep others out.

    Raise ContentionError if they take too long.  A deadlock with a user who
    locks in another order is an error of the database, to try again at once.
    """
    if backend.name == 'sqlite' or not ids:
        return
    from psycopg2.errors import LockNotAvailable
    transaction = Transaction()
    cursor = transaction.connection.cursor()
    table = Model.__table__()
    try:
        for part in grouped_slice(sorted(set(ids))):
            cursor.execute(*table.select(
                    table.id, where=reduce_ids(table.id, part),
                    order_by=table.id, for_=For('UPDATE')))
    except LockNotAvailable as error:
        transaction.rollback()
        raise ContentionError(
            "A user is writing a record that has just been received; it "
            "will be tried again.") from error


def any_row(Model):
    "Return whether the table of Model has a row that this snapshot sees."
    cursor = Transaction().connection.cursor()
    table = Table(Model._table)
    cursor.execute(*table.select(Literal(1), limit=1))
    return bool(cursor.fetchone())
