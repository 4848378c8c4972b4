# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model.exceptions import RecursionError, SQLConstraintError
from trytond.modules.test_synchronisation.exceptions import (
    UnrulyAmountError, UnrulyAuthorError)
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction

AUTHOR = {'unruly_author': "Test"}


class TestSynchronisationTestCase(ModuleTestCase):
    "Test Test Synchronisation module"
    module = 'test_synchronisation'
    language = 'es'

    @with_transaction(context=AUTHOR)
    def test_field_methods(self):
        "Test field methods with the author whom the unruly models want"
        super().test_field_methods.__wrapped__(self)

    @with_transaction()
    def test_nothing_to_see(self):
        "Test there is neither menu nor view"
        ModelData = Pool().get('ir.model.data')
        self.assertFalse(ModelData.search([
                    ('module', '=', self.module),
                    ('model', 'in', ['ir.ui.menu', 'ir.ui.view']),
                    ]))

    @with_transaction()
    def test_patient_code(self):
        "Test a patient has the code of its party"
        pool = Pool()
        Party = pool.get('test_synchronisation.party_like')
        Patient = pool.get('test_synchronisation.patient_like')
        party, other = Party.create([{'code': 'P1'}, {'code': 'P2'}])
        patient, _ = Patient.create([
                {'party': party.id}, {'party': other.id}])

        self.assertEqual(patient.code, 'P1')
        self.assertEqual(Patient.search([('code', '=', 'P1')]), [patient])
        with self.assertRaises(SQLConstraintError):
            Patient.create([{'party': party.id}])

    @with_transaction()
    def test_pair(self):
        "Test a link is found by its two ends"
        pool = Pool()
        Keyed = pool.get('test_synchronisation.keyed')
        Composite = pool.get('test_synchronisation.composite')
        left, right = Keyed.create([{'code': 'A"|,'}, {'code': 'ñ'}])
        link, reverse = Composite.create([
                {'left': left.id, 'right': right.id},
                {'left': right.id, 'right': left.id}])

        self.assertEqual(link.pair, '["A\\"|,","ñ"]')
        for operator, value, result in [
                ('=', link.pair, [link]),
                ('!=', link.pair, [reverse]),
                ('in', [link.pair, reverse.pair, '["?","?"]'],
                    [link, reverse]),
                ('not in', [link.pair], [reverse]),
                ('=', "no pair", []),
                ('=', None, [])]:
            with self.subTest(operator=operator, value=value):
                self.assertEqual(Composite.search(
                        [('pair', operator, value)], order=[('id', 'ASC')]),
                    result)

    @with_transaction()
    def test_relations(self):
        "Test the relations of the model field"
        pool = Pool()
        Field = pool.get('test_synchronisation.field')
        Keyed = pool.get('test_synchronisation.keyed')
        Lang = pool.get('ir.lang')
        keyed, = Keyed.create([{'code': 'K'}])
        lang, = Lang.search([('code', '=', 'es')])
        twin, = Field.create([{'char': "Twin"}])
        record, = Field.create([{
                    'char': "Char",
                    'one2many': [('create', [{'name': "Line"}])],
                    'many2many': [('add', [keyed.id])],
                    'one2one': twin.id,
                    'multivalue': lang.id,
                    }])

        self.assertEqual([l.name for l in record.one2many], ["Line"])
        self.assertEqual(record.many2many, (keyed,))
        self.assertEqual(record.one2one, twin)
        self.assertEqual(record.multivalue, lang)
        self.assertEqual([v.multivalue for v in record.multivalues], [lang])
        self.assertEqual(record.function, 4)
        Field.write([record], {'function_set': "Set"})
        self.assertEqual(record.char, "Set")

    @with_transaction()
    def test_trees(self):
        "Test the trees find the children and refuse a circle"
        pool = Pool()
        for name in ['tree', 'tree_mptt', 'tree_path']:
            with self.subTest(model=name):
                Tree = pool.get('test_synchronisation.' + name)
                root, = Tree.create([{'name': "Root"}])
                leaf, = Tree.create([{'name': "Leaf", 'parent': root.id}])
                self.assertEqual(len(Tree.search(
                            [('parent', 'child_of', [root.id])])), 2)
                with self.assertRaises(RecursionError):
                    Tree.write([root], {'parent': leaf.id})

    @with_transaction()
    def test_module_data(self):
        "Test the rows of the module with their translations"
        pool = Pool()
        Keyed = pool.get('test_synchronisation.keyed')
        Translated = pool.get('test_synchronisation.translated')
        self.assertEqual(
            {k.code for k in Keyed.search([])}, {'FIXED', 'FREE'})
        for language, names in [
                ('en', {"Water", "Milk"}),
                ('es', {"Agua", "Leche"})]:
            with Transaction().set_context(language=language):
                self.assertEqual(
                    {t.name for t in Translated.search([])}, names)

    @with_transaction()
    def test_triggered(self):
        "Test a label is noted by its setter and a write by the trigger"
        pool = Pool()
        Triggered = pool.get('test_synchronisation.triggered')
        Log = pool.get('test_synchronisation.triggered.log')
        Queue = pool.get('ir.queue')
        record, = Triggered.create([{'name': "Name"}])
        self.assertTrue(record.born)
        Triggered.write([record], {'name': "Fire"})
        for task in Queue.browse(Transaction().tasks):
            task.run()

        self.assertEqual(
            [l.event for l in Log.search([], order=[('id', 'ASC')])],
            ['set_label', 'trigger'])

    @with_transaction(context=AUTHOR)
    def test_unruly_create(self):
        "Test an unruly record invents a code and a page"
        Unruly = Pool().get('test_synchronisation.unruly')
        record, = Unruly.create([{'name': "One"}])
        self.assertTrue(record.code.startswith('UNRULY-'))
        self.assertEqual(len(record.pages), 1)

    @with_transaction(context=AUTHOR)
    def test_unruly_create_list(self):
        "Test unruly records can not be created together"
        Unruly = Pool().get('test_synchronisation.unruly')
        with self.assertRaises(SQLConstraintError):
            Unruly.create([{'name': "One"}, {'name': "Two"}])

    @with_transaction(context=AUTHOR)
    def test_unruly_write(self):
        "Test an unruly record writes more than asked, one list at a time"
        Unruly = Pool().get('test_synchronisation.unruly')
        record, = Unruly.create([{}])
        Unruly.write([record], {'state': 'confirmed'})
        self.assertTrue(record.number.startswith('NUMBER-'))
        with self.assertRaises(TypeError):
            Unruly.write([record], {'name': "A"}, [record], {'name': "B"})

    @with_transaction(context=AUTHOR)
    def test_unruly_amount(self):
        "Test an unruly record refuses a negative amount"
        Unruly = Pool().get('test_synchronisation.unruly')
        with self.assertRaises(UnrulyAmountError):
            Unruly.create([{'amount': -1}])

    @with_transaction()
    def test_unruly_author(self):
        "Test an unruly record needs an author in the context"
        Unruly = Pool().get('test_synchronisation.unruly')
        with self.assertRaises(UnrulyAuthorError):
            Unruly.create([{}])


del ModuleTestCase
