# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import random
import unittest

from trytond.modules.health_synchronisation.tests.maker import (
    MODULES, HealthMaker, make_countries)
from trytond.modules.synchronisation import registry, replica
from trytond.modules.test_synchronisation.tests import replica as tools
from trytond.tests.test_tryton import activate_module, drop_db

COUNT = 3


class ReplicaTestCase(unittest.TestCase):
    "Test received health records are written as the ORM stores them"
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        drop_db()
        activate_module(MODULES)
        with tools.transaction() as pool:
            make_countries(pool)
            cls.names = sorted(registry.models())

    @classmethod
    def tearDownClass(cls):
        drop_db()

    def received(self, name, rng):
        "Return values to receive, whose targets are there"
        with tools.transaction() as pool:
            maker = HealthMaker(pool, rng)
            return [
                tools.received(pool, name, maker, maker.given_of(name))
                for _ in range(COUNT)]

    def test_plain(self):
        "Test no health model is more than its columns and its texts"
        with tools.transaction():
            self.assertEqual({
                    name for name, Model in registry.models().items()
                    if not registry.is_plain(Model)},
                # Its data may lie in the file store
                {'ir.attachment'})

    def test_create_and_write(self):
        "Test bulk SQL and ModelSQL write the same rows of each health model"
        self.assertIn('gnuhealth.patient', self.names)
        for name in self.names:
            with self.subTest(model=name):
                rng = random.Random(name)
                vlist = self.received(name, rng)
                changes = self.received(name, rng)
                for values in changes:
                    for kept in rng.sample(
                            sorted(values), rng.randrange(len(values))):
                        del values[kept]
                    values.pop('uuid', None)
                bulk = self.written(name, vlist, changes, tools.bulk)
                self.assertEqual(
                    bulk, self.written(name, vlist, changes, tools.orm))
                created, changed = bulk
                for row in created['rows']:
                    self.assertEqual(
                        [row['create_uid'], row['write_uid']], [1, None])
                for row, values in zip(changed['rows'], changes):
                    if values:
                        self.assertEqual(row['write_uid'], 1)

    def written(self, name, vlist, changes, manner):
        "Return what is there after the creation and after the changes"
        with manner() as pool:
            Model = pool.get(name)
            ids = replica.create(Model, vlist)
            created = tools.stamped(tools.content(Model, ids))
            replica.write(Model, list(zip(ids, changes)))
            return created, tools.stamped(tools.content(Model, ids))
