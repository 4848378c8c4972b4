# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""How long what waits is left alone.

The time of the clock paces the attempts and decides nothing else.
"""
import datetime as dt
import json
from collections import defaultdict

FIRST, LAST = dt.timedelta(minutes=1), dt.timedelta(days=1)
# Sent otherwise the next time
OTHERWISE = {'whole', 'field'}


def next_try(now, attempts, code=None):
    "Return when to try again what was tried so often, None for at once."
    if code in OTHERWISE:
        return None
    return now + min(FIRST * 2 ** min(attempts - 1, 20), LAST)


def is_due(row, now, last):
    """Whether to try again, as its time or its cause may have come.

    last is the last position at which anything changed here.
    """
    return not row['aside'] and (
        is_time(row, now) or (row['tried'] or 0) < last)


def is_time(row, now):
    "Whether the time has come to try again."
    when = row['next_try']
    # A clock that was wrong must not let anything wait for ever
    return when is None or not now < when <= now + LAST


def concerned(rows, documents):
    """Return those of the rows that wait that some documents may let go on.

    They are what the documents tell anew, what waits for that, and all that
    came with the same units.
    """
    touching = defaultdict(list)
    for row in rows:
        missing = json.loads(row['missing'] or '[]')
        for name in {*_names(row), *map(tuple, missing)}:
            touching[name].append(row)
    names = {d.key for d in documents} | {('', d.unit) for d in documents}
    names |= {(d.model, alias) for d in documents for alias in d.aliases}
    found = {}
    while names:
        more = [row for name in names for row in touching.pop(name, [])
            if row['id'] not in found]
        found.update((row['id'], row) for row in more)
        names = {name for row in more for name in _names(row)}
    return [row for row in rows if row['id'] in found]


def _names(row):
    "Return the names of what a row waits with: its key and its unit."
    return {(row['model'], row['identity'])} | (
        {('', row['unit'])} if row['unit'] is not None else set())


def resting(rows, now):
    """Return those of the rows that wait at the hub that are not sent yet.

    If the time of one has come all are tried, as one may wait for the other.
    """
    if any(not row['aside'] and is_time(row, now) for row in rows):
        return [row for row in rows if row['aside']]
    return rows
