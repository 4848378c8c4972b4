# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import datetime as dt
import unittest
from decimal import Decimal

from trytond.modules.synchronisation.copy_text import encode


class CopyTextTestCase(unittest.TestCase):
    "Test the text of COPY"

    def test_rows(self):
        "Test a row is a line and an empty value is not an empty text"
        self.assertEqual(
            encode([[1, 'a', None], [-2, '', True]]),
            '1\ta\t\\N\n-2\t\tt\n')

    def test_special(self):
        "Test no character ends a value or a row"
        self.assertEqual(
            encode([['a\tb', 'a\nb', 'a\rb', '\\N', '\\.', "ключ"]]),
            'a\\tb\ta\\nb\ta\\rb\t\\\\N\t\\\\.\tключ\n')

    def test_types(self):
        "Test each type has its text"
        moment = dt.datetime(2026, 1, 2, 3, 4, 5, 6)
        self.assertEqual(
            encode([[
                        False, .1, Decimal('1.50'), moment.date(), moment,
                        dt.time(3, 4), dt.timedelta(-1, 2, 3), b'\x00\xff']]),
            'f\t0.1\t1.50\t2026-01-02\t2026-01-02 03:04:05.000006\t03:04:00\t'
            '-1 days 2.000003 seconds\t\\\\x00ff\n')

    def test_unknown(self):
        "Test a value without a text is not guessed"
        with self.assertRaises(KeyError):
            encode([[1, object()]])
