# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a LocalNetwork asks its databases for."
from collections import Counter
from contextlib import contextmanager

from trytond.backend.sqlite.database import Database, SQLiteCursor

METHODS = 'execute', 'executemany'


class Count:
    "Calls of the driver and written rows, by the name of a database."

    def __init__(self):
        self.calls = Counter()
        self.rows = Counter()
        self.names = {}
        # What was noted of a connection already
        self.noted = {}

    def open(self, name, connection):
        self.names[connection] = name
        self.noted[connection] = connection.total_changes

    def note_call(self, connection):
        if connection in self.names:
            self.calls[self.names[connection]] += 1

    def note_rows(self, connection):
        if connection in self.names:
            total = connection.total_changes
            self.rows[self.names[connection]] += (
                total - self.noted[connection])
            self.noted[connection] = total


@contextmanager
def counting(monkeypatch):
    "Give a Count of what the transactions that begin in the context do"
    count = Count()
    connect, put = Database.connect, Database.put_connection

    def counted_connect(self):
        fresh = self._conn is None
        result = connect(self)
        if fresh:
            count.open(self.name, self._conn)
        return result

    def counted_put(self, connection=None, close=False):
        if connection:
            count.note_rows(connection)
        put(self, connection, close)
    with monkeypatch.context() as patch:
        patch.setattr(Database, 'connect', counted_connect)
        patch.setattr(Database, 'put_connection', counted_put)
        for name in METHODS:
            # The cursor inherits them from that of Python
            patch.setattr(
                SQLiteCursor, name, counted(count, name), raising=False)
        yield count


def counted(count, name):
    def call(self, *arguments):
        count.note_call(self.connection)
        return getattr(super(SQLiteCursor, self), name)(*arguments)
    return call
