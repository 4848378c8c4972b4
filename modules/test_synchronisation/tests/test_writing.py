# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import unittest

from trytond.modules.synchronisation.store import Store
from trytond.modules.synchronisation.writing import Writing
from trytond.modules.test_synchronisation.tests import replica as tools
from trytond.tests.test_tryton import activate_module, drop_db

MODEL = 'test_synchronisation.keyed'


class WritingTestCase(unittest.TestCase):
    "Test received records take the keys that others give up"

    @classmethod
    def setUpClass(cls):
        drop_db()
        activate_module('test_synchronisation')

    @classmethod
    def tearDownClass(cls):
        drop_db()

    def write(self, pool, prepare):
        "Return {name: code} after prepare(writing, ids by code)"
        Keyed = pool.get(MODEL)
        mine = [('name', 'in', ['A', 'B', 'C', 'new'])]
        Keyed.delete(Keyed.search(mine))
        records = Keyed.create(
            [{'code': code, 'name': code} for code in 'ABC'])
        writing = Writing(Store(), {})
        prepare(writing, {r.code: r.id for r in records})
        with Store().savepoint():
            writing.run()
        return {r.name: r.code for r in Keyed.search(mine)}

    def test_circle(self):
        "Test keys that go round"
        def prepare(writing, ids):
            for old, new in zip('ABC', 'BCA'):
                writing.write(MODEL, ids[old], {'code': new})
        with tools.transaction() as pool:
            self.assertEqual(self.write(pool, prepare), {
                    'A': 'B', 'B': 'C', 'C': 'A'})

    def test_key_of_the_deleted(self):
        "Test a new record with the key of one that is deleted"
        def prepare(writing, ids):
            writing.delete(MODEL, ids['A'])
            writing.create((MODEL, 'new'), {'code': 'A', 'name': 'new'})
        with tools.transaction() as pool:
            self.assertEqual(self.write(pool, prepare), {
                    'new': 'A', 'B': 'B', 'C': 'C'})
