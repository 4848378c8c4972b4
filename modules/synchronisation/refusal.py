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


@contextmanager
def savepoint():
    "Undo what the block wrote to the database if it fails."
    cursor = Transaction().connection.cursor()
    cursor.execute('SAVEPOINT synchronisation')
    try:
        yield
    except BaseException as error:
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
