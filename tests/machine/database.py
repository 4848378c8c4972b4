# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Databases of SQLite whose connections stay, and that may die at a commit.

To open a connection anew for every transaction, as trytond does, takes most of
the time of a small transaction.
"""
import sqlite3
from collections import defaultdict
from contextlib import contextmanager

from trytond import backend
from trytond.backend.sqlite.database import Database, SQLiteConnection


class Died(BaseException):
    "A process was killed; nothing may catch it on the way."


class Mortal(SQLiteConnection):
    """A connection of a process that may be killed at a commit.

    left tells how many commits that takes, None if the process lives on; done
    whether the last of them was done.
    """
    left = None
    done = False

    def commit(self):
        if Mortal.left is None or not self.in_transaction:
            return super().commit()
        Mortal.left -= 1
        if Mortal.left > 0 or (Mortal.left == 0 and Mortal.done):
            super().commit()
        if Mortal.left <= 0:
            # The dead do nothing any more
            raise Died


def kill(left, done):
    Mortal.left, Mortal.done = left, done


def revive():
    Mortal.left = None


class Kept(Database):
    "A database that gives its connection back when it is not used any more."
    free = defaultdict(list)

    def connect(self):
        if self._conn is None:
            if self.free[self.name]:
                self._conn = self.free[self.name].pop()
            else:
                super().connect()
                self._conn.execute('PRAGMA synchronous = OFF')
                self._conn.__class__ = Mortal
        return self

    def __del__(self):
        if self._conn is not None:
            if self._conn.in_transaction:
                self._conn.rollback()
            self.free[self.name].append(self._conn)


@contextmanager
def kept():
    "Let trytond use such databases."
    former, backend.Database = backend.Database, Kept
    try:
        yield
    finally:
        backend.Database = former
        for connections in Kept.free.values():
            for connection in connections:
                connection.close()
        Kept.free.clear()


@contextmanager
def connection(name):
    "Give a connection past trytond."
    database = Kept(name).connect()
    yield database._conn
    database._conn.commit()


def copy(name):
    "Return a copy of a database, which is kept in memory."
    result = sqlite3.connect(':memory:')
    with connection(name) as source:
        source.backup(result)
    return result


def restore(name, kept):
    try:
        with connection(name) as target:
            kept.backup(target)
    except backend.DatabaseOperationalError:
        # One that died in the middle of a statement cannot be written over
        while Kept.free[name]:
            Kept.free[name].pop().close()
        with connection(name) as target:
            kept.backup(target)
