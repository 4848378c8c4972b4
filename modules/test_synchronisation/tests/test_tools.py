# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import random
import unittest

from trytond.model import fields
from trytond.modules.test_synchronisation.tests.maker import Maker
from trytond.modules.test_synchronisation.tests.tools import (
    derived_fields, normalise, random_translations, random_values,
    stored_fields)
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    activate_module, drop_db, with_transaction)
from trytond.transaction import Transaction

AUTHOR = {'unruly_author': "Test"}


def models():
    "Return the names of the models of the module"
    return sorted(
        name for name, _ in Pool().iterobject()
        if name.startswith('test_synchronisation.'))


class ToolsTestCase(unittest.TestCase):
    "Test random records"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        activate_module('test_synchronisation')

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        drop_db()

    def assertStored(self, record, values):
        Model = record.__class__
        read, = Model.read([record.id], list(values))
        del read['id']
        read, given = normalise(Model, read), normalise(Model, values)
        for name in given:
            self.assertEqual(read[name], given[name], msg=name)

    @with_transaction(context=AUTHOR)
    def test_every_model(self):
        "Test random records of every model are stored as given"
        pool = Pool()
        for seed in range(5):
            maker = Maker(pool, random.Random(seed))
            for name in models():
                with self.subTest(model=name, seed=seed):
                    self.assertStored(*maker.make(name))

    @with_transaction()
    def test_every_field(self):
        "Test random values of every field are stored as given"
        pool = Pool()
        maker = Maker(pool, random.Random(1))
        Schema = pool.get('test_synchronisation.schema')
        for type_, _ in Schema.type_.selection:
            maker.make(Schema.__name__, {'name': type_, 'type_': type_})
        for number in range(50):
            with self.subTest(number=number):
                self.assertStored(*maker.make('test_synchronisation.field'))

    @with_transaction()
    def test_stored_fields(self):
        "Test what is computed or derived is given no value"
        pool = Pool()
        Field = pool.get('test_synchronisation.field')
        MPTT = pool.get('test_synchronisation.tree_mptt')
        Path = pool.get('test_synchronisation.tree_path')

        self.assertIn('file', stored_fields(Field))
        for name in [
                'id', 'write_date', 'function', 'function_set', 'multivalue',
                'one2many', 'many2many', 'one2one', 'file_id']:
            self.assertNotIn(name, stored_fields(Field))
        self.assertEqual(derived_fields(MPTT), {'left', 'right'})
        self.assertEqual(derived_fields(Path), {'path'})

    @with_transaction()
    def test_given(self):
        "Test given values are kept"
        values = random_values(
            Pool(), 'test_synchronisation.keyed', random.Random(1),
            given={'name': "Given"})
        self.assertEqual(values['name'], "Given")

    @with_transaction()
    def test_target(self):
        "Test the callback is asked for each target"
        asked = []

        def target(field, model, domain, fresh):
            asked.append((field.name, model, domain, fresh))
            return 7

        values = random_values(
            Pool(), 'test_synchronisation.composite', random.Random(1),
            target)
        keyed = 'test_synchronisation.keyed'
        self.assertEqual(
            asked, [('left', keyed, [], True), ('right', keyed, [], True)])
        self.assertEqual(values['left'], 7)

    @with_transaction()
    def test_required_target(self):
        "Test a required target that is not found is told"
        with self.assertRaisesRegex(LookupError, "parent"):
            random_values(
                Pool(), 'test_synchronisation.child', random.Random(1))

    @with_transaction()
    def test_domain(self):
        "Test random values respect the domain of their field"
        pool = Pool()
        Counter = pool.get('test_synchronisation.counter')
        field = Counter.amount
        domain, field.domain = field.domain, [('amount', '>', 0)]
        try:
            for seed in range(20):
                values = random_values(
                    pool, Counter.__name__, random.Random(seed))
                self.assertGreater(values['amount'], 0)
        finally:
            field.domain = domain

    @with_transaction()
    def test_translations(self):
        "Test random translations are stored as given"
        pool = Pool()
        Field = pool.get('test_synchronisation.field')
        Lang = pool.get('ir.lang')
        Lang.write(
            Lang.search([('code', 'in', ['es', 'fr'])]),
            {'translatable': True})
        rng = random.Random(3)
        record, _ = Maker(pool, rng).make('test_synchronisation.field')

        texts = random_translations(
            pool, 'test_synchronisation.field', rng, ['en', 'es', 'fr'])
        for language, values in texts.items():
            self.assertEqual(
                set(values), {'char_translated', 'text_translated'})
            with Transaction().set_context(language=language):
                Field.write([Field(record.id)], values)
        for language, values in texts.items():
            with Transaction().set_context(language=language):
                self.assertStored(Field(record.id), {
                        k: v for k, v in values.items() if v})

    @with_transaction()
    def test_types(self):
        "Test the fields of the model field are of every type"
        Field = Pool().get('test_synchronisation.field')
        types = {
            type_ for type_ in fields.__all__
            if isinstance(type_, type) and type_ is not fields.Field}
        self.assertEqual(types - {type(f) for f in Field._fields.values()},
            set())
