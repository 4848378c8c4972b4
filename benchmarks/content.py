# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a table has, compared with the records that were sent."
import datetime as dt
import decimal
import itertools
from contextlib import closing

from . import workload

NAMES = list(workload.record(0, workload.random.Random(0)))
TYPES = {
    'dob': dt.date.fromisoformat,
    'balance': decimal.Decimal,
    'registered': dt.datetime.fromisoformat,
    'last_seen': dt.datetime.fromisoformat,
    }


class DifferenceError(Exception):
    "What arrived is not what was sent."


def value(name, stored):
    "Return the value of what a driver, or JSON, gives"
    if isinstance(stored, bytes):
        # A number of SQLite
        stored = stored.decode()
    if name in TYPES and not isinstance(
            stored, (dt.date, decimal.Decimal)):
        return TYPES[name](str(stored))
    return stored


def stream(database, name):
    "Yield the rows of a table of a Database, by uuid, without keeping them"
    with closing(database.connect()) as connection:
        cursor = connection.cursor(
            *(['rows'] if database.backend == 'postgresql' else []))
        # The same order as in Python
        collate = ' COLLATE "C"' if database.backend == 'postgresql' else ''
        cursor.execute(
            f"SELECT {', '.join(NAMES)} FROM {name} ORDER BY uuid{collate}")
        for row in cursor:
            yield {n: value(n, v) for n, v in zip(NAMES, row)}


def check_rows(found, expected):
    "Raise DifferenceError unless both are equal, row by row"
    for ours, theirs in itertools.zip_longest(found, expected):
        if ours != theirs:
            raise DifferenceError(f"{theirs} was sent but {ours} arrived.")


def check(found, count, seed):
    "Raise DifferenceError unless the records of a seed are among the rows"
    missing = {
        record['uuid']: record for record in workload.records(count, seed)}
    for row in found:
        record = missing.pop(row['uuid'], row)
        if record != row:
            raise DifferenceError(f"{record} was sent but {row} arrived.")
    if missing:
        raise DifferenceError(f"{len(missing)} records did not arrive.")


def typed(rows):
    "Yield rows of JSON with the types of the records"
    for row in rows:
        yield {name: value(name, row[name]) for name in NAMES}
