# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The tables in which Tryton keeps what records were."
from sql import Column
from sql.aggregate import Max

from trytond.transaction import Transaction

from .among import among


def last_sources(Model, ids):
    "Return {id: id of the row of the history that was added last}."
    history = Model.__table_history__()
    cursor = Transaction().connection.cursor()
    cursor.execute(*history.select(
            history.id, Max(Column(history, '__id')),
            where=among(history.id, ids), group_by=history.id))
    return dict(cursor.fetchall())
