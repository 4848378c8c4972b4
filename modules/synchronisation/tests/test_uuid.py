# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import unittest
import uuid

from sql import Table

from trytond import backend
from trytond.model.exceptions import SQLConstraintError
from trytond.modules.synchronisation.errors import ConfigurationError
from trytond.modules.synchronisation.mixin import NAMESPACE
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    activate_module, drop_db, with_transaction)
from trytond.transaction import Transaction

PARENT = 'test_synchronisation.parent'


class UUIDTestCase(unittest.TestCase):
    "Test the keys that the mixins give"

    @classmethod
    def setUpClass(cls):
        drop_db()
        activate_module('test_synchronisation')

    @classmethod
    def tearDownClass(cls):
        drop_db()

    def forget(self, Model):
        "Bring the rows of a model to how they were before it synchronised"
        table = Table(Model._table)
        Transaction().connection.cursor().execute(
            *table.update([table.uuid], [None]))

    def activate(self, Model):
        Model.__register__('test_synchronisation')
        table = Table(Model._table)
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(table.id, table.uuid))
        return dict(cursor.fetchall())

    @with_transaction()
    def test_new(self):
        "Test each new record has a uuid of its own, or the one it is given"
        Parent = Pool().get(PARENT)
        one, two, three = Parent.create([
                {'name': "one"}, {'name': "two"},
                {'name': "three", 'uuid': 'given'}])
        self.assertEqual(len({one.uuid, two.uuid}), 2)
        self.assertEqual(str(uuid.UUID(one.uuid)), one.uuid)
        self.assertEqual(three.uuid, 'given')

    @with_transaction()
    def test_rows_from_before(self):
        "Test the rows that were there before get a uuid each"
        Parent = Pool().get(PARENT)
        Parent.create([{'name': str(i)} for i in range(50)])
        self.forget(Parent)
        uuids = self.activate(Parent)
        self.assertEqual(len(uuids), 50)
        self.assertEqual(len(set(uuids.values())), 50)
        self.assertNotIn(None, uuids.values())
        self.assertEqual(self.activate(Parent), uuids)

    @with_transaction()
    def test_rows_of_a_module(self):
        "Test a row that a module loads gets the same uuid everywhere"
        pool = Pool()
        Parent = pool.get(PARENT)
        loaded, other = Parent.create([{'name': "x"}, {'name': "y"}])
        pool.get('ir.model.data').create([{
                    'module': 'test_synchronisation', 'fs_id': 'parent_x',
                    'model': PARENT, 'db_id': loaded.id}])
        for _ in range(2):
            self.forget(Parent)
            uuids = self.activate(Parent)
            self.assertEqual(uuids[loaded.id], str(uuid.uuid5(
                        NAMESPACE, f'{PARENT},test_synchronisation.parent_x')))
            self.assertNotEqual(uuids[other.id], other.uuid)

    @with_transaction()
    def test_unique_uuid(self):
        "Test two records never have the same uuid"
        Parent = Pool().get(PARENT)
        Parent.create([{'name': "x", 'uuid': 'twice'}])
        with self.assertRaisesRegex(
                SQLConstraintError, "key of its own"):
            Parent.create([{'name': "y", 'uuid': 'twice'}])

    @with_transaction()
    def test_unique_key(self):
        "Test two records never have the same key of their own"
        Deactivable = Pool().get('test_synchronisation.deactivable')
        Deactivable.create([{'code': 'twice'}])
        with self.assertRaisesRegex(
                SQLConstraintError, "key of its own"):
            Deactivable.create([{'code': 'twice'}])

    @with_transaction()
    def test_duplicates_from_before(self):
        "Test keys that rows share are named when the module is activated"
        Deactivable = Pool().get('test_synchronisation.deactivable')
        one, two = Deactivable.create([{'code': 'A'}, {'code': 'B'}])
        table = Table(Deactivable._table)
        cursor = Transaction().connection.cursor()
        self.drop_unique(cursor)
        cursor.execute(*table.update([table.code], ['A']))
        with self.assertRaisesRegex(
                ConfigurationError, 'deactivable.*code is "A".*its own'):
            Deactivable.__register__('test_synchronisation')

    def drop_unique(self, cursor):
        Deactivable = Pool().get('test_synchronisation.deactivable')
        if backend.name == 'sqlite':
            cursor.execute(
                f'DROP INDEX "{Deactivable._table}_code_synchronised"')
        else:
            cursor.execute(
                f'ALTER TABLE "{Deactivable._table}" DROP CONSTRAINT '
                f'"{Deactivable._table}_code_synchronisation_unique"')
