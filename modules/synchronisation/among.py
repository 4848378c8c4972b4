# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The condition that a column has one of many values."
import json
import sqlite3

from sql import Expression

from trytond import backend
from trytond.tools import grouped_slice

# Since then every SQLite can read JSON
HAS_JSON = sqlite3.sqlite_version_info >= (3, 38)
# What a column is compared with as it is in JSON
TYPES = [{int}, {str}]
# How many values one statement has; otherwise it is as the back end can
PART = 1000 if HAS_JSON else None


def parts(values):
    "Yield the values in parts of which one statement can ask."
    return grouped_slice(values, PART)


def among(column, values):
    """Return the condition that a column has one of some values.

    They are one parameter, for the text of a statement with hundreds of them
    costs more than its execution.
    """
    values = list(values)
    if backend.name != 'sqlite':
        return Among(column, values)
    if HAS_JSON and set(map(type, values)) in TYPES:
        text = json.dumps(values, ensure_ascii=False)
        # SQLite would read a text up to there only
        if '\\u0000' not in text:
            return AmongJSON(column, text)
    return column.in_(values)


class Among(Expression):
    "column = ANY(values)"
    __slots__ = ('column', 'values')
    text = '({} = ANY(%s))'

    def __init__(self, column, values):
        self.column = column
        self.values = values

    def __str__(self):
        return self.text.format(self.column)

    @property
    def params(self):
        return (*self.column.params, self.values)


class AmongJSON(Among):
    "The same on SQLite, of the values of a list in JSON."
    __slots__ = ()
    text = '({} IN (SELECT value FROM json_each(?)))'
