# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The condition that a column has one of many values."
from sql import Expression

from trytond import backend


def among(column, values):
    """Return the condition that a column has one of some values.

    PostgreSQL takes them as one parameter, for the text of a statement with
    hundreds of them costs more than its execution.
    """
    values = list(values)
    if backend.name == 'sqlite':
        return column.in_(values)
    return Among(column, values)


class Among(Expression):
    "column = ANY(values)"
    __slots__ = ('column', 'values')

    def __init__(self, column, values):
        self.column = column
        self.values = values

    def __str__(self):
        return f'({self.column} = ANY(%s))'

    @property
    def params(self):
        return (*self.column.params, self.values)
