# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Whose turn it is on a database: one run at a time, and users go ahead.

There are two locks.  A run holds that of the runs.  A user who cannot wait
for its end takes the other one, and waits for the first; the run looks at
the other one between two batches, frees the first one and goes on after the
user.  A process that dies frees its locks.
"""
import fcntl
import os
import time
from contextlib import contextmanager

from trytond import backend
from trytond.config import config

from .errors import LOST, BusyError

RUN, AHEAD = 'run', 'ahead'
# Seconds between two attempts
PAUSE = .05


class Turn:
    "The locks of a database, as far as this run has them."

    def __init__(self, database_name, locks):
        self.database_name = database_name
        self.locks = locks

    def begin(self, seconds=None):
        """Take the turn or raise BusyError.

        With seconds whoever has it is asked for it and waited for.
        """
        if seconds is None:
            if not self.locks.take(RUN):
                raise self.busy()
            return
        end = time.monotonic() + seconds
        for name in [AHEAD, RUN]:
            while not self.locks.take(name):
                if time.monotonic() > end:
                    raise self.busy()
                time.sleep(PAUSE)

    def busy(self):
        return BusyError(
            'Another run is under way on the database '
            f'"{self.database_name}"; wait until it has ended.')

    def is_wanted(self):
        "Whether somebody wants to go ahead of this run."
        if AHEAD in self.locks.held:
            # It is ahead itself
            return False
        if self.locks.take(AHEAD):
            self.locks.free(AHEAD)
            return False
        return True

    def give(self, waiting):
        "Let who wants it go ahead, and wait; waiting() is called meanwhile."
        self.locks.free(RUN)
        # Who goes ahead has both until the end
        for name in [AHEAD, RUN]:
            while not self.locks.take(name):
                waiting()
                time.sleep(PAUSE)
        self.locks.free(AHEAD)


@contextmanager
def take(database_name, seconds=None):
    "Give the Turn of a database, with its lock, or raise BusyError."
    make = files if backend.name == 'sqlite' else advisory
    with make(database_name) as locks:
        turn = Turn(database_name, locks)
        turn.begin(seconds)
        yield turn


class Files:
    "Locks of files, which the kernel frees when the process dies."
    SUFFIXES = {RUN: 'sqlite.lock', AHEAD: 'sqlite.ahead'}

    def __init__(self, path):
        self.path = path
        self.held = {}

    def take(self, name):
        file = open(f'{self.path}.{self.SUFFIXES[name]}', 'w')
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self.held[name] = file
        return True

    def free(self, name):
        self.held.pop(name).close()


@contextmanager
def files(database_name):
    locks = Files(os.path.join(config.get('database', 'path'), database_name))
    try:
        yield locks
    finally:
        for name in list(locks.held):
            locks.free(name)


class Advisory:
    "Advisory locks, numbers of our own in a database of our own."
    NUMBERS = {RUN: 0x73796e63, AHEAD: 0x73796e64}

    def __init__(self, connection):
        self.connection = connection
        self.held = set()

    def take(self, name):
        if self._call('pg_try_advisory_lock', name):
            self.held.add(name)
            return True
        return False

    def free(self, name):
        self.held.remove(name)
        self._call('pg_advisory_unlock', name)

    def _call(self, function, name):
        cursor = self.connection.cursor()
        cursor.execute(f'SELECT {function}(%s)', (self.NUMBERS[name],))
        return cursor.fetchone()[0]


@contextmanager
def advisory(database_name):
    database = backend.Database(database_name).connect()
    connection = database.get_connection(autocommit=True)
    locks = Advisory(connection)
    try:
        yield locks
    finally:
        try:
            for name in list(locks.held):
                locks.free(name)
        except LOST:
            # What broke has no locks any more
            pass
        finally:
            database.put_connection(connection)
