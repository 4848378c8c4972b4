# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import datetime as dt
import inspect
import json
import math
import random
import unittest
from decimal import Decimal

from trytond.model import fields
from trytond.modules.synchronisation import value
from trytond.modules.test_synchronisation.tests import scalars

TEXTS = scalars.TEXTS + ['\uffff']
# What they refer to travels by its identity
RELATIONS = {'many2one', 'reference', 'one2one', 'one2many', 'many2many'}
VALUES = {
    'boolean': [True, False],
    'integer': scalars.INTEGERS + [2 ** 53 + 1, 2 ** 63 - 1, 1 - 2 ** 63],
    'float': scalars.FLOATS + [
        -0.0, 5e-324, 2.0 ** 53 + 2, math.inf, -math.inf],
    'numeric': [
        Decimal(text) for text in [
            '0', '1', '-1', '0.1', '1E+30', '1E-30', '-123.456', '10', '100',
            '12345678901234567890123456789.0123456789']],
    'char': scalars.CHARS,
    'text': TEXTS,
    'full_text': TEXTS,
    'selection': ['', 'red', 'ключ'],
    'date': scalars.DATES,
    'time': scalars.TIMES,
    'datetime': [
        dt.datetime.combine(date, time) for date in scalars.DATES
        for time in scalars.TIMES],
    'timestamp': [dt.datetime.min, dt.datetime.max],
    'timedelta': scalars.TIMEDELTAS + [
        dt.timedelta(days=10 ** 8), dt.timedelta(days=-10 ** 8)],
    'binary': [b''] + scalars.BINARIES[1:],
    'multiselection': [('red',), ('blue', 'red')],
    'dict': [
        {'a': None}, {'ключ "key"': "ключ"},
        {
            'boolean': False,
            'integer': 2 ** 53 + 1,
            'float': 1 / 3,
            'numeric': Decimal('0.10'),
            'date': dt.date.min,
            'datetime': dt.datetime.max,
            'time': dt.time(23, 59, 59, 1),
            'timedelta': dt.timedelta(microseconds=-1),
            'binary': b'\0\xff',
            'list': (1, 'a', None),
            }],
    }


def outcome(function, argument):
    "Return the text of what a function returns, or that it raises an error"
    try:
        return repr(function(argument))
    except (ValueError, TypeError):
        return None


def sent(type_, val):
    "Return a value as it arrives"
    return value.decode(
        type_, json.loads(json.dumps(value.encode(type_, val))))


def frozen(val):
    "Return a value as the fields give it, which cannot be changed"
    if isinstance(val, list):
        return tuple(val)
    if isinstance(val, dict):
        return {k: frozen(v) for k, v in val.items()}
    return val


class ValueTestCase(unittest.TestCase):
    "Test the values as they travel"

    def test_column(self):
        "Test values are decoded at once as each is alone, right or wrong"
        junk = [
            0, True, 1.5, '', 'x', '\ud800', 'a\0b', '1', 2 ** 63, -2 ** 63,
            'nan', '2020-02-30', [], ['x'], {}]
        rng = random.Random(5)
        for type_ in VALUES:
            right = [None, *(value.encode(type_, v) for v in VALUES[type_])]
            for wrong in [[], junk] * 100:
                column = rng.choices(right + wrong, k=rng.randint(0, 4))
                with self.subTest(type=type_, column=column):
                    self.assertEqual(
                        *(outcome(decode, column) for decode in [
                            value.column_decoder(type_),
                            lambda column: [
                                value.decode(type_, v) for v in column]]))

    def test_types(self):
        "Test the values of this test are of every type of field"
        types = {
            field._type for _, field in inspect.getmembers(
                fields, inspect.isclass)
            if issubclass(field, fields.Field) and field._type}
        self.assertEqual(types - RELATIONS - VALUES.keys(), set())

    def test_values(self):
        "Test each value arrives as it was sent"
        for type_, values in VALUES.items():
            for val in [None, *values]:
                with self.subTest(type=type_, value=repr(val)[:50]):
                    self.assertArrives(type_, val)

    def test_random_values(self):
        "Test thousands of random values arrive as they were sent"
        rng = random.Random(1)
        for type_, draw in {
                'integer': scalars.integer,
                'float': scalars.floating,
                'numeric': scalars.decimal,
                'char': scalars.char,
                'date': scalars.date,
                'time': scalars.time,
                'datetime': scalars.datetime,
                'timestamp': scalars.timestamp,
                'timedelta': scalars.timedelta,
                'binary': scalars.binary,
                'dict': lambda rng: scalars.dictionary(rng) or None,
                }.items():
            for _ in range(300):
                self.assertArrives(type_, draw(rng))

    def test_empty(self):
        "Test what each back end gives in its way for nothing is nothing"
        for type_, val in [('dict', {}), ('multiselection', ())]:
            with self.subTest(type=type_):
                self.assertIsNone(sent(type_, val))

    def test_not_a_number(self):
        "Test what is not a number arrives as such"
        self.assertTrue(math.isnan(sent('float', math.nan)))

    def test_boolean_of_sqlite(self):
        "Test a boolean that SQLite gives as a number is one again"
        self.assertIs(sent('boolean', 1), True)
        self.assertIs(sent('boolean', 0), False)

    def test_memory(self):
        "Test a binary that PostgreSQL gives as memory is bytes again"
        self.assertEqual(sent('binary', memoryview(b'ab')), b'ab')

    def test_one_form(self):
        "Test equal values travel in one form"
        for form, values in {
                '1': ['1', '1.0', '1.000', '10E-1'],
                '0': ['0', '0.00', '-0', '-0.00', '0E+3'],
                '100': ['100', '1E+2', '100.0'],
                }.items():
            self.assertEqual({
                    value.encode('numeric', Decimal(text))
                    for text in values}, {form})
        one = {'a': 1, 'b': Decimal('1.5')}
        other = dict(reversed(one.items()))
        self.assertEqual(
            value.encode('dict', one), value.encode('dict', other))

    def test_wrong_value(self):
        "Test what is not a value of its type is refused, whatever it is"
        for type_, values in {
                'boolean': [0, 1, 'true', []],
                'integer': [1.0, '1', True, [], {}, 2 ** 63, -2 ** 63 - 1],
                'float': [
                    '1', 'x', '1_0', True, [], {}, int('9' * 400)],
                'numeric': [
                    1, 1.5, '', 'x', '1_0', ' 1', '1e5', '٣', True, [],
                    '9' * 1001],
                'char': [1, True, [], {}, '\ud800', 'a\udfff'],
                'text': [1, [], {}, '\ud800'],
                'selection': [1, [], '\ud800'],
                'date': [
                    1, '', 'x', '2026-02-30', '2026-13-01', [], '10000-1-1'],
                'time': [1, '24:00:00', 'x', '10:00:00+01:00', []],
                'datetime': [
                    1, 'x', '2026-02-30T00:00:00',
                    '2026-02-01T00:00:00+02:00', []],
                'timestamp': ['2026-02-01T00:00:00Z', 'x', 0],
                'timedelta': [1.5, '1', 10 ** 30, True, []],
                'binary': [1, 'é', 'a', 'a===', '%%%%', []],
                'multiselection': [
                    'red', [1], [None], {}, {'red': 1}, ['\ud800']],
                'of another module': [[], {}],
                'dict': [
                    1, {}, '', '[]', '5', 'null', '{', '{"a":}',
                    '[' * 50000, '{"a":' * 50000,
                    '{"a":{"__class__":"date"}}',
                    '{"a":{"__class__":"Decimal","decimal":"x"}}',
                    '{"a":{"__class__":"date","year":0,"month":1,"day":1}}',
                    '{"a":{"__class__":"bytes","base64":5}}',
                    '{"a":{"__class__":"timedelta","seconds":1e300}}'],
                }.items():
            for val in values:
                with self.subTest(type=type_, value=repr(val)[:50]), \
                        self.assertRaises((ValueError, TypeError)):
                    value.decode(type_, val)

    def assertArrives(self, type_, val):
        if type_ in value.EMPTY and not val:
            # Only SQLite tells it from nothing
            val = None
        received = frozen(sent(type_, val))
        self.assertEqual(received, val)
        self.assertIs(type(received), type(val))
        if type_ == 'dict' and val:
            self.assertEqual(
                {k: type(v) for k, v in received.items()},
                {k: type(v) for k, v in val.items()})
