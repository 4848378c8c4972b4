# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""How long what waits is left alone.

The time of the clock paces the attempts and decides nothing else.
"""
import datetime as dt

FIRST, LAST = dt.timedelta(minutes=1), dt.timedelta(days=1)


def next_try(now, attempts):
    "Return when to try again what was tried so often."
    return now + min(FIRST * 2 ** min(attempts - 1, 20), LAST)


def is_due(row, now, last):
    """Whether to try again, as its time or its cause may have come.

    last is the last position at which anything changed here.
    """
    if row['aside']:
        return False
    when = row['next_try']
    # A clock that was wrong must not let anything wait for ever
    return (when is None or not now < when <= now + LAST
        or (row['tried'] or 0) < last)
