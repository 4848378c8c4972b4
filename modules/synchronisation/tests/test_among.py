# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import sqlite3
import unittest
from contextlib import closing

from sql import Flavor, Table

from trytond import backend
from trytond.modules.synchronisation.among import among

TEXTS = ["text", '', "ñ\n\t\x01\"\\'", '\ufffe', "a\0b", "a\0c", "😀"]
NUMBERS = [0, -1, 7, 2 ** 62, -2 ** 63, 2 ** 63 - 1]


@unittest.skipIf(backend.name != 'sqlite', "It is about SQLite")
class AmongTestCase(unittest.TestCase):
    "Test the condition that a column has one of many values"

    def found(self, name, values):
        table = Table('row')
        with closing(sqlite3.connect(':memory:')) as connection:
            connection.execute("CREATE TABLE row (text VARCHAR, number INT)")
            connection.executemany("INSERT INTO row VALUES (?, ?)", [
                    *((text, None) for text in TEXTS),
                    *((None, number) for number in NUMBERS)])
            Flavor.set(Flavor(paramstyle='qmark'))
            column = getattr(table, name)
            query = table.select(column, where=among(column, values))
            return sorted(value for value, in connection.execute(*query))

    def test_values(self):
        "Test each value is found, and nothing else"
        for name, stored in [('text', TEXTS), ('number', NUMBERS)]:
            for value in stored:
                self.assertEqual(self.found(name, [value]), [value])
            self.assertEqual(self.found(name, stored), sorted(stored))
            self.assertEqual(self.found(name, []), [])

    def test_mixed(self):
        "Test values of several types are found, too"
        self.assertEqual(self.found('text', ["text", 1, None]), ["text"])
        self.assertEqual(self.found('number', [7, "text", None]), [7])

    def test_half(self):
        "Test half a character is refused as it is anywhere else"
        with self.assertRaises(UnicodeEncodeError):
            self.found('text', ['\ud800'])
