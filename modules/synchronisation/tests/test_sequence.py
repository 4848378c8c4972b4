# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from unittest.mock import patch

from trytond.modules.synchronisation import sequence
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    activate_module, unittest, with_transaction)

COUNT = 5


def make(**values):
    "Return a new sequence"
    pool = Pool()
    kind, = pool.get('ir.sequence.type').create([{'name': "Kind"}])
    made, = pool.get('ir.sequence').create([{
                'name': "Numbers", 'sequence_type': kind.id, **values}])
    return made


def draw(made, number, count=COUNT):
    "Return the next numbers that an instance gives"
    with patch.object(sequence, 'instance', return_value=number):
        return [made.get() for _ in range(count)]


class SequenceTestCase(unittest.TestCase):
    "Test the numbers that an instance gives"

    @classmethod
    def setUpClass(cls):
        activate_module('synchronisation')

    @with_transaction()
    def test_instances(self):
        "Test two instances never give the same number"
        given = []
        for number in [0, 1, 7, 511]:
            numbers = [int(text) for text in draw(make(), number)]
            self.assertEqual({n % 512 for n in numbers}, {number})
            self.assertEqual(numbers, sorted(numbers))
            self.assertGreater(min(numbers), 0)
            given += numbers
        self.assertEqual(len(set(given)), len(given))

    @with_transaction()
    def test_numbers_given_before(self):
        "Test no number is given again that was given before"
        made = make(number_next=700)
        before = draw(made, None)
        self.assertEqual(before, ['700', '701', '702', '703', '704'])
        self.assertEqual(
            draw(made, 3, 3), [str(512 * n + 3) for n in [2, 3, 4]])

    @with_transaction()
    def test_number_set_by_hand(self):
        "Test somebody who sets the next number cannot take another's"
        made = make()
        draw(made, 3)
        Sequence = Pool().get('ir.sequence')
        Sequence.write([made], {'number_next': 5000})
        self.assertEqual(draw(Sequence(made.id), 3, 1), ['5123'])
        Sequence.write([made], {'number_increment': 1})
        self.assertEqual(draw(Sequence(made.id), 3, 2), ['5635', '6147'])

    @with_transaction()
    def test_prefix(self):
        "Test a prefix may name the instance, and numbers may be padded"
        made = make(prefix='C${instance}-', padding=6)
        self.assertEqual(draw(made, 12, 1), ['C12-000012'])

    @with_transaction()
    def test_timestamp(self):
        "Test other sequences stay as they are"
        made = make(type='hexadecimal timestamp')
        first, = draw(made, 3, 1)
        int(first, 16)
        self.assertEqual(made.number_increment, 1)

    @with_transaction()
    def test_leap_of_what_was_not_begun(self):
        "Test a new life leaves out what the lost one gave of a new sequence"
        made = make()
        self.assertEqual(made.number_increment, 1)
        Sequence = Pool().get('ir.sequence')
        Sequence.leap()
        number = int(draw(Sequence(made.id), 3, 1)[0])
        self.assertGreaterEqual(number, 2048 * 512)

    @with_transaction()
    def test_strict(self):
        "Test a sequence without gaps keeps them"
        pool = Pool()
        kind, = pool.get('ir.sequence.type').create([{'name': "Kind"}])
        made, = pool.get('ir.sequence.strict').create([{
                    'name': "Strict", 'sequence_type': kind.id}])
        self.assertEqual(draw(made, 3, 2), ['1', '2'])
