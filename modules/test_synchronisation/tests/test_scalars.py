# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import datetime as dt
import random
import unittest
from decimal import Decimal

from trytond.modules.test_synchronisation.tests import scalars

DRAWS = 500


class ScalarsTestCase(unittest.TestCase):
    "Test random scalars"

    def draw(self, function, *args, **kwargs):
        rng = random.Random(42)
        return [function(rng, *args, **kwargs) for _ in range(DRAWS)]

    def test_same_seed(self):
        "Test the same seed gives the same values"
        for function in [
                scalars.integer, scalars.char, scalars.timestamp,
                scalars.binary, scalars.dictionary]:
            with self.subTest(function=function.__name__):
                self.assertEqual(self.draw(function), self.draw(function))

    def test_edges(self):
        "Test every edge is drawn"
        for function, edges in [
                (scalars.integer, scalars.INTEGERS),
                (scalars.floating, scalars.FLOATS),
                (scalars.date, scalars.DATES),
                (scalars.timedelta, scalars.TIMEDELTAS),
                (scalars.binary, scalars.BINARIES)]:
            with self.subTest(function=function.__name__):
                self.assertLessEqual(set(edges), set(self.draw(function)))

    def test_integer_bits(self):
        "Test integers fit in a column"
        for value in self.draw(scalars.integer):
            self.assertLess(abs(value + 0.5), 2 ** 31)

    def test_floating_decimals(self):
        "Test floats have no more than their decimals"
        for value in self.draw(scalars.floating, 2):
            self.assertEqual(round(value, 2), value)

    def test_decimal_digits(self):
        "Test decimals have no more than their digits"
        values = self.draw(scalars.decimal, (16, 2))
        for value in values:
            self.assertGreaterEqual(value.as_tuple().exponent, -2)
        self.assertEqual(max(values), Decimal('99999999999999.99'))

    def test_char(self):
        "Test texts keep to size, forbidden characters and strip"
        for value in self.draw(scalars.char, size=5, forbidden='aß'):
            self.assertLessEqual(len(value), 5)
            self.assertFalse(set(value) & set('aß'))
            self.assertEqual(value, value.strip())

    def test_text(self):
        "Test texts are empty, long or of several lines, without NUL"
        values = self.draw(scalars.text)
        self.assertIn('', values)
        self.assertGreater(max(map(len, values)), 65536)
        self.assertTrue(any('\r\n' in v for v in values))
        self.assertFalse(any('\0' in v for v in values))

    def test_time_format(self):
        "Test times hold what their format shows"
        for value in self.draw(scalars.time, '%H:%M'):
            self.assertEqual((value.second, value.microsecond), (0, 0))
        for value in self.draw(scalars.datetime):
            self.assertEqual(value.microsecond, 0)

    def test_timestamp(self):
        "Test timestamps reach midnight, microseconds and before 1900"
        values = self.draw(scalars.timestamp)
        self.assertTrue(any(v.time() == dt.time() for v in values))
        self.assertTrue(any(v.microsecond for v in values))
        self.assertLess(min(values).year, 1900)

    def test_token(self):
        "Test tokens differ"
        values = self.draw(scalars.token)
        self.assertEqual(len(set(values)), DRAWS)
        self.assertEqual(len(scalars.token(random.Random(1), 8)), 8)

    def test_dictionary(self):
        "Test dictionaries have every type, and none"
        keys = set().union(*self.draw(scalars.dictionary))
        self.assertIn('none', keys)
        self.assertIn('timedelta', keys)
        self.assertIn({}, self.draw(scalars.dictionary))
