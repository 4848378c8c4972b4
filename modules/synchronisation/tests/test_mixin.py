# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import unittest

from lxml import etree

from trytond.model import Unique, fields
from trytond.modules.synchronisation.errors import ConfigurationError
from trytond.modules.synchronisation.mixin import check_key
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    activate_module, drop_db, with_transaction)
from trytond.transaction import Transaction

P = 'test_synchronisation.'


class KeyTestCase(unittest.TestCase):
    "Test which keys a model may have"

    @classmethod
    def setUpClass(cls):
        drop_db()
        activate_module('test_synchronisation')

    @classmethod
    def tearDownClass(cls):
        drop_db()

    def model(self, column, **attributes):
        "Return a model like keyed but with another key"
        Keyed = Pool().get(P + 'keyed')
        ward = type('Ward', (), {
                '_fields': {**Keyed._fields, **attributes},
                '_sql_constraints': [
                    (name, Unique(Keyed.__table__(), getattr(
                                Keyed.__table__(), name)), '')
                    for name in ['code', 'note']],
                'unique_id_column': column})
        ward.__name__ = 'hospital.ward'
        return ward

    @with_transaction()
    def test_refused(self):
        "Test a key that does not tell records apart is named"
        for column, sentence in [
                (None, 'has no unique_id_column; .* use SyncUUIDMixin'),
                ('nothing', 'is not one of its fields; name the field'),
                ('computed', 'Function field without a searcher; add one'),
                ('note', 'cannot be unique, being a text; name another'),
                ('flag', 'cannot be unique, being a boolean; name another'),
                ]:
            with self.subTest(column=column), self.assertRaisesRegex(
                    ConfigurationError, f'"hospital.ward".*{sentence}'):
                check_key(self.model(
                        column,
                        flag=fields.Boolean("Flag"),
                        computed=fields.Function(
                            fields.Char("Computed"), 'get_computed')))

    @with_transaction()
    def test_accepted(self):
        "Test a unique column and a Function with a searcher are keys"
        check_key(self.model('code'))
        check_key(self.model('computed', computed=fields.Function(
                    fields.Char("Computed"), 'get_computed',
                    searcher='search_computed')))

    @with_transaction()
    def test_travelling_fields(self):
        "Test what is derived, local or bookkeeping does not travel"
        pool = Pool()
        names = pool.get(P + 'field').synchronised_fields()
        self.assertLessEqual({
                'char', 'char_translated', 'binary', 'file',
                'many2one', 'reference', 'dict', 'multiselection'}, names)
        self.assertFalse(names & {
                'id', 'uuid', 'create_date', 'create_uid', 'write_date',
                'write_uid', 'local', 'function', 'function_set', 'full_text',
                'multivalue', 'one2many', 'many2many', 'one2one', 'file_id',
                'synchronised_instances', 'last_synchronisation'})
        for name, derived in [
                ('tree_mptt', {'left', 'right'}), ('tree_path', {'path'})]:
            names = pool.get(P + name).synchronised_fields()
            self.assertIn('parent', names)
            self.assertFalse(names & derived)

    @with_transaction()
    def test_form(self):
        "Test the form of a record tells who has it, where others may look"
        Keyed = Pool().get(P + 'keyed')
        keyed, = Keyed.create([{'code': 'K'}])
        view = Keyed.fields_view_get(view_type='form')
        shown = etree.fromstring(view['arch']).xpath('//field/@name')
        for name in ['synchronised_instances', 'last_synchronisation']:
            self.assertIn(name, shown)
            self.assertIn(name, view['fields'])
        with Transaction().set_user(1), \
                Transaction().set_context(_check_access=True):
            keyed = Keyed(keyed.id)
            self.assertFalse(keyed.synchronised_instances)
            self.assertIsNone(keyed.last_synchronisation)
