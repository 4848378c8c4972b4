# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Captured changes in lots, so that the fold of many takes no more memory."
from itertools import groupby

from .protocol import NO_UNIT

# About how many records a lot has, but for a unit that has more
RECORDS = 5000


def lots(rows, size):
    """Yield the ids of changes in lots of whole units.

    rows are (id, unit, how many records) in the order of the fold.
    """
    lot, count = [], 0
    for _, members in groupby(rows, key=_unit):
        ids, _, counts = zip(*members)
        if lot and count + sum(counts) > size:
            yield lot
            lot, count = [], 0
        lot += ids
        count += sum(counts)
    if lot:
        yield lot


def _unit(row):
    # What has none is numbered one by one
    return row[0] if row[1] == NO_UNIT else (row[1],)
