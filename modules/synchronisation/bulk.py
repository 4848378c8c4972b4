# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Write many rows of one table with few statements."
import datetime as dt
import io
import json

from sql import Cast, Column, Values

from trytond import backend
from trytond.transaction import Transaction

from . import copy_text

# How many rows one statement has
ROWS = 500
# The types of columns and of values that PostgreSQL reads from JSON as they
# are
JSON_TYPES = {'INT4', 'INT8', 'VARCHAR', 'TEXT', 'BOOL', 'TIMESTAMP'}
JSON_VALUES = {type(None), int, str, bool, dt.datetime}
# Of the texts of times without microseconds and with them
LENGTHS = {19, 26}


def moment(time):
    "Return a time that many rows have, which SQLite would adapt for each."
    return time.isoformat(' ') if backend.name == 'sqlite' else time


def moments(column):
    "Return a column of times as it is read; to_moment() gives the times."
    # As texts on SQLite, whose driver takes ten times as long for a time
    return Cast(column, 'TEXT') if backend.name == 'sqlite' else column


def to_moment(value):
    "Return the time that moments() gave, or None."
    if not isinstance(value, str):
        return value
    if len(value) in LENGTHS:
        return dt.datetime.fromisoformat(value)
    whole, _, fraction = value.partition('.')
    time = dt.datetime.fromisoformat(whole)
    return time.replace(microsecond=int(f'{fraction:0<6.6}'))


def insert(Model, names, rows):
    """Insert rows, lists of column values in the order of names.

    Return the list of the new ids in the order of the rows.  The values are
    as the database takes them (see Field.sql_format).
    """
    cursor = Transaction().connection.cursor()
    table = Model.__table__()
    if not rows:
        return []
    if backend.name == 'sqlite':
        return _insert_sqlite(cursor, table, names, rows)
    ids = _next_ids(cursor, table, len(rows))
    _copy(cursor, table, ['id', *names], [
            [id_, *row] for id_, row in zip(ids, rows)])
    return ids


def append(Model, names, rows):
    "Insert rows as insert does, at less cost as nobody needs their ids."
    if not rows:
        return
    if backend.name == 'sqlite':
        insert(Model, names, rows)
        return
    _copy(
        Transaction().connection.cursor(), Model.__table__(), names, rows)


def _next_ids(cursor, table, count):
    "Return the next ids of a table on PostgreSQL."
    # nextid of trytond looks the sequence up for each one
    cursor.execute(
        'SELECT nextval(s) FROM (SELECT pg_get_serial_sequence('
        "format('%%I', %s), 'id')::regclass AS s OFFSET 0) AS found, "
        'generate_series(1, %s)', (table._name, count))
    return [id_ for id_, in cursor.fetchall()]


def _copy(cursor, table, names, rows):
    "Insert rows on PostgreSQL, by COPY if all values have a text."
    columns = [Column(table, name) for name in names]
    into = ', '.join(f'"{name}"' for name in names)
    for i in range(0, len(rows), ROWS):
        part = rows[i:i + ROWS]
        try:
            text = copy_text.encode(part)
        except KeyError:
            _execute_values(
                cursor, lambda row: table.insert(columns, [row]), part)
        else:
            cursor.copy_expert(
                f'COPY "{table._name}" ({into}) FROM STDIN',
                io.StringIO(text))


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
    if set(types) <= JSON_TYPES and _is_json(rows):
        _update_json(cursor, table, names, types, rows)
        return

    def build(row):
        values = Values([list(row)])
        return table.update(
            columns, [
                Column(values, f'column{i}').cast(type_)
                for i, type_ in enumerate(types, 2)],
            from_=[values], where=table.id == values.column1)
    _execute_values(cursor, build, rows)


def _is_json(rows):
    return all(value.__class__ in JSON_VALUES for row in rows for value in row)


def _update_json(cursor, table, names, types, rows):
    "Update rows from one JSON text, which is read faster than VALUES."
    keys = [f'c{i}' for i in range(len(names) + 1)]
    changes = ', '.join(
        f'"{name}" = v.{key}' for name, key in zip(names, keys[1:]))
    columns = ', '.join(
        f'{key} {type_}' for key, type_ in zip(keys, ['INT4', *types]))
    for i in range(0, len(rows), ROWS):
        cursor.execute(
            f'UPDATE "{table._name}" SET {changes} '
            f'FROM json_to_recordset(%s) AS v({columns}) '
            f'WHERE "{table._name}".id = v.c0', [
                json.dumps([
                        dict(zip(keys, row)) for row in rows[i:i + ROWS]],
                    default=str)])
