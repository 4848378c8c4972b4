# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the database refuses, and how that is undone."
from contextlib import contextmanager

from trytond import backend
from trytond.exceptions import UserError
from trytond.transaction import Transaction

from . import replica, value
from .failpoint import reach


@contextmanager
def savepoint():
    "Undo what the block wrote to the database if it fails."
    cursor = Transaction().connection.cursor()
    cursor.execute('SAVEPOINT synchronisation')
    try:
        yield
    except BaseException:
        try:
            cursor.execute('ROLLBACK TO SAVEPOINT synchronisation')
            cursor.execute('RELEASE SAVEPOINT synchronisation')
        except backend.DatabaseOperationalError:
            # SQLite undid the transaction by itself, as for a full disk
            pass
        raise
    cursor.execute('RELEASE SAVEPOINT synchronisation')
    reach('attempt.done')


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
        return 'constraint', value.sentence(
            str(error).strip().partition('\n')[0])
    if isinstance(error, UserError):
        return 'refused', error.message
    return 'value', value.sentence(f'{type(error).__name__}: {error}')
