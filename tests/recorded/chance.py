# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is drawn at random elsewhere, and the time, as they were recorded."
import uuid
from collections import Counter
from contextlib import contextmanager
from unittest.mock import patch

from trytond.modules.synchronisation import capture
from trytond.modules.synchronisation import clock as positions
from trytond.modules.synchronisation import cycle
from trytond.transaction import Transaction

from ..machine.clock import Clocks


def number():
    "Return the number of the database of the transaction."
    return int(Transaction().database.name.rpartition('_')[2])


class Chance:
    "It draws what tells databases apart, and never the same thing twice."

    def __init__(self):
        self.marks = Counter()
        self.pushes = Counter()
        self.units = Counter()

    def uuid4(self):
        return uuid.UUID(int=number() + 1)

    def randbelow(self, end):
        # Three bits, so that no two lives have the same epoch
        return (number() + 1) * 8 % end

    def randbits(self, size):
        self.units[number()] += 1
        return (number() << 20) + self.units[number()]

    def token_hex(self, size):
        if size == 4:
            # The seed of a transaction, which counts by itself
            return f'{number():08x}'
        if size == 8:
            self.pushes[number()] += 1
            return f'{number():04x}{self.pushes[number()]:012x}'
        self.marks[number()] += 1
        return f'{number():02x}{self.marks[number()]:010x}'


@contextmanager
def fixed():
    "Let nothing differ from what was recorded; yields the Clocks."
    chance, clocks = Chance(), Clocks()
    with (clocks.shown(), patch.object(positions, 'secrets', chance),
            patch.object(capture, 'secrets', chance),
            patch.object(cycle, 'secrets', chance),
            patch.object(positions, 'uuid', chance)):
        yield clocks
