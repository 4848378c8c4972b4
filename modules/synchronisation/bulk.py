# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Write many rows of one table with few statements."
from sql import Column, Values

from trytond import backend
from trytond.transaction import Transaction

# How many rows one statement has
ROWS = 500


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
    _execute_values(
        cursor, lambda row: table.insert(columns, [row]),
        [[id_, *row] for id_, row in zip(ids, rows)])
    return ids


def append(Model, names, rows):
    "Insert rows as insert does, at less cost as nobody needs their ids."
    if not rows:
        return
    if backend.name == 'sqlite':
        insert(Model, names, rows)
        return
    table = Model.__table__()
    columns = [Column(table, name) for name in names]
    _execute_values(
        Transaction().connection.cursor(),
        lambda row: table.insert(columns, [row]), rows)


def _execute_values(cursor, build, rows):
    """Execute a statement for many rows on PostgreSQL.

    build(row) returns it for one; its list of values is the only one.  Each
    statement has ROWS of them, as its text costs more than its execution if
    it is built value by value.
    """
    from psycopg2.extras import execute_values
    text, values = build(rows[0])
    one = '(%s)' % ', '.join(['%s'] * len(values))
    assert text.count(one) == 1, text
    execute_values(cursor, text.replace(one, '%s'), rows, page_size=ROWS)


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

    def build(row):
        values = Values([list(row)])
        return table.update(
            columns, [
                Column(values, f'column{i}').cast(type_)
                for i, type_ in enumerate(types, 2)],
            from_=[values], where=table.id == values.column1)
    _execute_values(cursor, build, rows)
