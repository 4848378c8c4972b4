# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the database refuses, and how that is undone."
from contextlib import contextmanager

from trytond import backend
from trytond.exceptions import UserError
from trytond.transaction import Transaction

from . import replica, value
from .failpoint import reach

# How PostgreSQL begins the codes of what is too large for it, such as a text
# in an index; it counts them among what another attempt may cure
TOO_LARGE = '54'
# What a Transaction of trytond remembers by model
REMEMBERED = ['create_records', 'delete_records', 'trigger_records']


@contextmanager
def savepoint():
    "Undo what the block wrote to the database if it fails."
    transaction = Transaction()
    cursor = transaction.connection.cursor()
    cursor.execute('SAVEPOINT synchronisation')
    kept = _records(transaction)
    try:
        yield
    except BaseException as error:
        _forget(transaction, kept)
        try:
            cursor.execute('ROLLBACK TO SAVEPOINT synchronisation')
            cursor.execute('RELEASE SAVEPOINT synchronisation')
        except backend.DatabaseOperationalError:
            # SQLite undid the transaction by itself, as for a full disk
            pass
        if is_too_large(error):
            raise replica.Violation(
                'constraint', first_line(error)) from error
        raise
    cursor.execute('RELEASE SAVEPOINT synchronisation')
    reach('attempt.done')


def _records(transaction):
    "Return what trytond remembers of the rows that a transaction wrote."
    return list(transaction.log_records), {
        name: {model: set(ids) for model, ids
            in getattr(transaction, name).items()}
        for name in REMEMBERED}


def _forget(transaction, kept):
    """Let a transaction remember what it did before a savepoint, and no more.

    Trytond deletes no row that was deleted in the transaction, and the next
    rows get the ids of those that were undone.
    """
    transaction.log_records[:], models_by_name = kept
    for name, models in models_by_name.items():
        records = getattr(transaction, name)
        records.clear()
        records.update(models)
    for cache in transaction.cache.values():
        cache.clear()
    transaction.counter += 1


def is_too_large(error):
    "Whether the database never holds what it was to write."
    return (getattr(error, 'pgcode', None) or '').startswith(TOO_LARGE)


def first_line(error):
    return str(error).strip().partition('\n')[0]


# What one bad record among many raises
REFUSALS = (
    replica.Violation, backend.DatabaseIntegrityError,
    backend.DatabaseDataError, UserError, ValueError, TypeError, KeyError)


def reason(error):
    "Return (code, sentence) of why the database refused a record."
    if isinstance(error, replica.Violation):
        return error.code, value.sentence(error)
    if isinstance(error, (backend.DatabaseIntegrityError,
                backend.DatabaseDataError)):
        return 'constraint', value.sentence(first_line(error))
    if isinstance(error, UserError):
        return 'refused', error.message
    return 'value', value.sentence(f'{type(error).__name__}: {error}')
