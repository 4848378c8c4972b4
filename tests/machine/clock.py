# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The clocks of the instances, each of which may be years off.

No time passes but by tick(), so that a history always is the same.
"""
import datetime as dt
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from trytond.backend.sqlite import database
from trytond.modules.synchronisation import (
    change, fold, quarantine, replica, run)
from trytond.transaction import Transaction

START = dt.datetime(2026, 1, 1)
YEARS = dt.timedelta(days=3653)


class Clocks:
    "The time, and {name of a database: by how much its clock is off}."

    def __init__(self):
        self.begin()

    def begin(self):
        self.time = START
        self.off = {}

    def tick(self, seconds):
        self.time += dt.timedelta(seconds=seconds)

    def turn(self, name, times):
        "Set the clock of a database ten years off, so many times."
        self.off[name] = times * YEARS

    def now(self):
        transaction = Transaction()
        name = transaction.database.name if transaction.database else None
        return self.time + self.off.get(name, dt.timedelta())

    @contextmanager
    def shown(self):
        "Let trytond and the synchronisation read these clocks."
        datetime = type('datetime', (dt.datetime,), {
                'utcnow': self.now, 'now': self.now})
        module = SimpleNamespace(**{**vars(dt), 'datetime': datetime})
        with ExitStack() as stack:
            for reader in [change, fold, quarantine, replica, run]:
                stack.enter_context(patch.object(reader, 'dt', module))
            stack.enter_context(patch.object(database, 'now', self.sql_now))
            yield

    def sql_now(self):
        return self.now().isoformat(' ')
