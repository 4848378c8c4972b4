# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Write many rows of one table with few statements."
from sql import Column, Values

from trytond import backend
from trytond.tools import grouped_slice
from trytond.transaction import Transaction


def insert(Model, names, rows):
    """Insert rows, lists of column values in the order of names.

    Return the list of the new ids in the order of the rows.  The values are
    as the database takes them (see Field.sql_format).
    """
    transaction = Transaction()
    database, connection = transaction.database, transaction.connection
    cursor = connection.cursor()
    table = Model.__table__()
    if not rows:
        return []
    if backend.name == 'sqlite':
        return _insert_sqlite(cursor, table, names, rows)
    ids = database.nextid(connection, Model._table, count=len(rows))
    ids = [ids] if isinstance(ids, int) else list(ids)
    columns = [table.id] + [Column(table, name) for name in names]
    for part in grouped_slice(
            list(zip(ids, rows)), max(1, database.IN_MAX // len(columns))):
        cursor.execute(*table.insert(
                columns, [[id_, *row] for id_, row in part]))
    return ids


def append(Model, names, rows):
    "Insert rows as insert does, at less cost as nobody needs their ids."
    if not rows:
        return
    if backend.name == 'sqlite':
        insert(Model, names, rows)
        return
    table = Model.__table__()
    Transaction().connection.cursor().execute(*table.insert(
            [Column(table, name) for name in names], rows))


def _insert_sqlite(cursor, table, names, rows):
    # max(id) + 1 would use the id of a deleted row again
    cursor.execute(
        'SELECT seq FROM sqlite_sequence WHERE name = ?', (table._name,))
    first = (cursor.fetchone() or [0])[0] + 1
    columns = [table.id] + [Column(table, name) for name in names]
    statement, _ = table.insert(columns, [[first, *rows[0]]])
    cursor.executemany(
        statement, [[id_, *row] for id_, row in enumerate(rows, first)])
    return list(range(first, first + len(rows)))


def update(Model, names, rows):
    """Update rows, lists of an id and the values in the order of names.

    The values are as the database takes them.
    """
    if not rows:
        return
    transaction = Transaction()
    cursor = transaction.connection.cursor()
    table = Model.__table__()
    columns = [Column(table, name) for name in names]
    if backend.name == 'sqlite':
        statement, _ = table.update(
            columns, rows[0][1:], where=table.id == rows[0][0])
        cursor.executemany(statement, [[*row[1:], row[0]] for row in rows])
        return
    types = [Model._fields[name].sql_type().base for name in names]
    for part in grouped_slice(
            rows, max(1, transaction.database.IN_MAX // (len(names) + 1))):
        values = Values([list(row) for row in part])
        cursor.execute(*table.update(
                columns, [
                    Column(values, f'column{i}').cast(type_)
                    for i, type_ in enumerate(types, 2)],
                from_=[values], where=table.id == values.column1))
