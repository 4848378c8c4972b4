# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import unittest
from contextlib import contextmanager

from trytond.config import config
from trytond.model.exceptions import ForeignKeyError, ValidationError
from trytond.modules.synchronisation import configuration, lock
from trytond.modules.synchronisation.capture import REPLICA
from trytond.modules.synchronisation.store import Store
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, activate_module, drop_db
from trytond.transaction import Transaction, inactive_records

P = 'test_synchronisation.'


class CaptureTestCase(unittest.TestCase):
    "Test what is captured, in transactions that are committed"

    @classmethod
    def setUpClass(cls):
        drop_db()
        activate_module('test_synchronisation')
        config.read_dict(
            {configuration.SECTION: {'synchronisation_id': '0'}})
        with Transaction().start(DB_NAME, 1):
            Lang = Pool().get('ir.lang')
            Lang.write(
                Lang.search([('code', 'in', ['es', 'fr'])]),
                {'translatable': True})

    @classmethod
    def tearDownClass(cls):
        config.remove_section(configuration.SECTION)
        drop_db()

    def setUp(self):
        self.taken()

    @contextmanager
    def transaction(self, **context):
        with Transaction().start(DB_NAME, 1, context=context):
            yield Pool()

    def taken(self):
        "Return the captured changes, which are there no more"
        with self.transaction() as pool:
            Change = pool.get('synchronisation.change')
            changes = Change.captured()
            Change.consume(changes)
        return changes

    def captured(self):
        "Return {(model, id): (operation, names)} of what was captured"
        result = {}
        for change in self.taken():
            for id_ in change.records:
                key = change.model.removeprefix(P), id_
                self.assertNotIn(key, result)
                result[key] = change.operation, set(change.fields)
        return result

    def folded(self):
        "Fold what was captured and return {(model, id): State}"
        with self.transaction(active_test=False, **{REPLICA: True}) as pool:
            Record = pool.get('synchronisation.record')
            lock.exclusive()
            Store().fold(configuration.load(DB_NAME))
            return {
                (state.model.removeprefix(P), state.local): state
                for state in Record.select(None)}

    def make(self, model, **values):
        "Create a record, as one that was there before, and return its id"
        with self.transaction(**{REPLICA: True}) as pool:
            record, = pool.get(P + model).create([values])
            return record.id

    def assertCaptured(self, expected):
        self.assertEqual(self.captured(), {
                key: (operation, set(names))
                for key, (operation, *names) in expected.items()})

    def test_create(self):
        "Test the creation of records is captured"
        with self.transaction() as pool:
            one, two = pool.get(P + 'node').create([
                    {'name': "one"}, {'name': "two"}])
        self.assertCaptured({
                ('node', one.id): ['create'],
                ('node', two.id): ['create'],
                })

    def test_create_by_business(self):
        "Test what business logic creates is captured as it is stored"
        with self.transaction(unruly_author="Ann") as pool:
            unruly, = pool.get(P + 'unruly').create([{'name': "x"}])
            page, = unruly.pages
        self.assertCaptured({
                ('unruly', unruly.id): ['create'],
                ('unruly.page', page.id): ['create'],
                })

    def test_write_by_business(self):
        "Test the fields that business logic sets are captured"
        with self.transaction(unruly_author="Ann") as pool:
            unruly, = pool.get(P + 'unruly').create([{'name': "x"}])
        self.captured()
        with self.transaction() as pool:
            Unruly = pool.get(P + 'unruly')
            Unruly.write([Unruly(unruly.id)], {'state': 'confirmed'})
        self.assertCaptured(
            {('unruly', unruly.id): ['write', 'state', 'number']})

    def test_write(self):
        "Test the fields that are written are captured"
        one, two = self.make('keyed', code='1'), self.make('keyed', code='2')
        with self.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            Keyed.write(Keyed.browse([one, two]), {'name': "x", 'note': "y"})
        self.assertCaptured({
                ('keyed', one): ['write', 'name', 'note'],
                ('keyed', two): ['write', 'name', 'note'],
                })

    def test_write_actions(self):
        "Test the fields of each action of a write are captured"
        one, two = self.make('keyed', code='3'), self.make('keyed', code='4')
        with self.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            Keyed.write(
                [Keyed(one)], {'name': "x"}, [Keyed(two)], {'note': "y"})
        self.assertCaptured({
                ('keyed', one): ['write', 'name'],
                ('keyed', two): ['write', 'note'],
                })

    def test_write_actions_on_one_record(self):
        "Test two actions on one record are both captured"
        id_ = self.make('keyed', code='5')
        with self.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            Keyed.write(
                [Keyed(id_)], {'name': "x"}, [Keyed(id_)], {'note': "y"})
        self.assertCaptured({('keyed', id_): ['write', 'name', 'note']})

    def test_write_twice(self):
        "Test what one transaction writes to a record is one change"
        id_ = self.make('keyed', code='6')
        with self.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            Keyed.write([Keyed(id_)], {'name': "x"})
            Keyed.write([Keyed(id_)], {'note': "y"})
        self.assertCaptured({('keyed', id_): ['write', 'name', 'note']})

    def test_write_after_create(self):
        "Test an edit of what the transaction created is part of it"
        with self.transaction() as pool:
            Node = pool.get(P + 'node')
            node, = Node.create([{'name': "x"}])
            Node.write([node], {'name': "y"})
        self.assertCaptured({('node', node.id): ['create']})

    def test_save(self):
        "Test a record that is saved is captured"
        id_ = self.make('keyed', code='7')
        with self.transaction() as pool:
            keyed = pool.get(P + 'keyed')(id_)
            keyed.name = "x"
            keyed.save()
        self.assertCaptured({('keyed', id_): ['write', 'name']})

    def test_delete(self):
        "Test a deletion is captured with the last values"
        id_ = self.make('keyed', code='8', name="x")
        with self.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            Keyed.delete([Keyed(id_)])
        change, = self.taken()
        self.assertEqual(
            (change.model, change.operation, change.records),
            (P + 'keyed', 'delete', [id_]))
        self.assertEqual(
            change.rows, {id_: {'code': '8', 'name': "x", 'note': None}})

    def test_delete_after_write(self):
        "Test a deletion tells what the record was written before"
        id_ = self.make('node', name="x")
        with self.transaction() as pool:
            Node = pool.get(P + 'node')
            Node.write([Node(id_)], {'name': "y"})
            Node.delete([Node(id_)])
        self.assertCaptured({('node', id_): ['delete', 'name']})

    def test_delete_after_create(self):
        "Test what a transaction creates and deletes never was"
        with self.transaction() as pool:
            Translated = pool.get(P + 'translated')
            record, = Translated.create([{'code': '9', 'name': "x"}])
            Translated.delete([record])
        self.assertCaptured({})

    def test_one2many(self):
        "Test what is done to the lines is captured at the lines"
        with self.transaction() as pool:
            parent, = pool.get(P + 'parent').create([{
                        'name': "x",
                        'lines': [('create', [
                                    {'name': str(i)} for i in range(4)])]}])
            lines = [line.id for line in parent.lines]
        self.assertCaptured({
                ('parent', parent.id): ['create'],
                **{('child', line): ['create'] for line in lines}})
        other = self.make('parent', name="y")
        with self.transaction() as pool:
            Parent = pool.get(P + 'parent')
            Parent.write([Parent(parent.id)], {'lines': [
                        ('create', [{'name': "new"}]),
                        ('write', lines[:1], {'name': "z"}),
                        ('delete', lines[1:2])]})
            Parent.write([Parent(other)], {'lines': [
                        ('add', lines[2:3])]})
            new = max(line.id for line in Parent(parent.id).lines)
        self.assertCaptured({
                ('child', new): ['create'],
                ('child', lines[0]): ['write', 'name'],
                ('child', lines[1]): ['delete'],
                ('child', lines[2]): ['write', 'parent'],
                })

    def test_many2many(self):
        "Test a link that is added or removed is captured at the relation"
        field = self.make('field', char="x")
        keyed = self.make('keyed', code='10')
        with self.transaction() as pool:
            Field = pool.get(P + 'field')
            Field.write([Field(field)], {'many2many': [('add', [keyed])]})
            link, = pool.get(P + 'field-keyed').search(
                [('field', '=', field)])
        self.assertCaptured({('field-keyed', link.id): ['create']})
        with self.transaction() as pool:
            Field = pool.get(P + 'field')
            Field.write([Field(field)], {'many2many': [('remove', [keyed])]})
        self.assertCaptured({('field-keyed', link.id): ['delete']})

    def test_one2one(self):
        "Test a link of two records is captured at the relation"
        field, twin = self.make('field'), self.make('field')
        with self.transaction() as pool:
            Field = pool.get(P + 'field')
            Field.write([Field(field)], {'one2one': twin})
            link, = pool.get(P + 'field-twin').search(
                [('field', '=', field)])
        self.assertCaptured({('field-twin', link.id): ['create']})

    def test_cascade(self):
        "Test what goes with a record is captured, too"
        parent = self.make('parent', name="x")
        child = self.make('child', parent=parent)
        with self.transaction() as pool:
            Parent = pool.get(P + 'parent')
            Parent.delete([Parent(parent)])
        self.assertCaptured({
                ('parent', parent): ['delete'],
                ('child', child): ['delete'],
                })

    def test_set_null(self):
        "Test a link that is emptied by a deletion is captured"
        keyed = self.make('keyed', code='11')
        optional = self.make('optional', keyed=keyed)
        with self.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            Keyed.delete([Keyed(keyed)])
        self.assertCaptured({
                ('keyed', keyed): ['delete'],
                ('optional', optional): ['write', 'keyed'],
                })

    def test_restricted(self):
        "Test a deletion that is refused is not captured"
        keyed = self.make('keyed', code='12')
        self.make('restricted', keyed=keyed)
        with self.assertRaises(ForeignKeyError), self.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            Keyed.delete([Keyed(keyed)])
        self.assertCaptured({})

    def test_multivalue(self):
        "Test a MultiValue is captured at the record of its value"
        field = self.make('field')
        with self.transaction() as pool:
            Field = pool.get(P + 'field')
            lang, other = pool.get('ir.lang').search([], limit=2)
            Field.write([Field(field)], {'multivalue': lang.id})
            value, = Field(field).multivalues
        self.assertCaptured({('field.multivalue', value.id): ['create']})
        with self.transaction() as pool:
            Field = pool.get(P + 'field')
            Field.write([Field(field)], {'multivalue': other.id})
        self.assertCaptured(
            {('field.multivalue', value.id): ['write', 'multivalue']})

    def test_translated(self):
        "Test a text is captured in whichever language it is written"
        id_ = self.make('translated', code='13', name="water")
        for language in ['en', 'es']:
            with self.subTest(language=language):
                with self.transaction(language=language) as pool:
                    Translated = pool.get(P + 'translated')
                    Translated.write([Translated(id_)], {'name': language})
                self.assertCaptured({('translated', id_): ['write', 'name']})

    def test_translation(self):
        "Test a translation that is edited by itself is captured"
        id_ = self.make('translated', code='14', name="water")
        with self.transaction() as pool:
            translation, = pool.get('ir.translation').create([{
                        'name': P + 'translated,name', 'type': 'model',
                        'lang': 'es', 'res_id': id_, 'src': "water",
                        'value': "agua", 'fuzzy': False}])
        self.assertCaptured({('translated', id_): ['write', 'name']})
        with self.transaction() as pool:
            Translation = pool.get('ir.translation')
            Translation.write(
                [Translation(translation.id)], {'value': "el agua"})
        self.assertCaptured({('translated', id_): ['write', 'name']})
        with self.transaction() as pool:
            Translation = pool.get('ir.translation')
            Translation.delete([Translation(translation.id)])
        self.assertCaptured({('translated', id_): ['write', 'name']})

    def test_translation_of_something_else(self):
        "Test the translation of a label or of another model is not captured"
        with self.transaction() as pool:
            Translation = pool.get('ir.translation')
            menu, = pool.get('ir.ui.menu').search([], limit=1)
            Translation.create([{
                        'name': P + 'translated,name', 'type': 'field',
                        'lang': 'es', 'res_id': -1, 'src': "Name",
                        'value': "Nombre", 'fuzzy': False}, {
                        'name': 'ir.ui.menu,name', 'type': 'model',
                        'lang': 'es', 'res_id': menu.id, 'src': "Menu",
                        'value': "Menú", 'fuzzy': False}])
        self.assertCaptured({})

    def test_delete_translated(self):
        "Test the deletion of a record with translations is one"
        id_ = self.make('translated', code='15', name="water")
        with self.transaction() as pool:
            Translated = pool.get(P + 'translated')
            Translated.delete([Translated(id_)])
        self.assertCaptured({('translated', id_): ['delete']})

    def test_restore_history(self):
        "Test a record that is restored from its history is captured"
        with self.transaction() as pool:
            History = pool.get(P + 'history')
            record, = History.create([{'name': "old"}])
        with self.transaction() as pool:
            History = pool.get(P + 'history')
            before = History(record.id).create_date
            History.write([History(record.id)], {'name': "new"})
        self.folded()
        with self.transaction() as pool:
            History = pool.get(P + 'history')
            History.restore_history([record.id], before)
        self.assertCaptured({('history', record.id): ['unknown']})

    def test_restore_deleted(self):
        "Test a deleted record that is restored is alive again"
        with self.transaction() as pool:
            record, = pool.get(P + 'history').create([{'name': "old"}])
        with self.transaction() as pool:
            History = pool.get(P + 'history')
            before = History(record.id).create_date
        self.folded()
        with self.transaction() as pool:
            History = pool.get(P + 'history')
            History.delete([History(record.id)])
        state = self.folded()['history', record.id]
        self.assertTrue(state.dead)
        with self.transaction() as pool:
            pool.get(P + 'history').restore_history([record.id], before)
        state = self.folded()['history', record.id]
        self.assertFalse(state.dead)

    def test_copy(self):
        "Test a copy is captured as another record, with its lines"
        with self.transaction() as pool:
            Parent = pool.get(P + 'parent')
            parent, = Parent.create([{
                        'name': "x", 'lines': [('create', [{}])]}])
        self.captured()
        with self.transaction() as pool:
            Parent = pool.get(P + 'parent')
            copy, = Parent.copy([Parent(parent.id)])
            line, = copy.lines
            self.assertNotEqual(copy.uuid, Parent(parent.id).uuid)
        self.assertCaptured({
                ('parent', copy.id): ['create'],
                ('child', line.id): ['create'],
                })

    def test_import(self):
        "Test what is imported is captured"
        with self.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            Keyed.import_data(['code', 'name'], [['16', "x"], ['17', "y"]])
            keyed = Keyed.search([('code', 'in', ['16', '17'])])
        self.assertCaptured(
            {('keyed', k.id): ['create'] for k in keyed})

    def test_tree(self):
        "Test the move of a node changes its parent only"
        for name in ['tree', 'tree_mptt', 'tree_path']:
            with self.subTest(model=name):
                with self.transaction() as pool:
                    Tree = pool.get(P + name)
                    top, node = Tree.create([{'name': "a"}, {'name': "b"}])
                    leaf, = Tree.create([{'name': "c", 'parent': node.id}])
                self.captured()
                with self.transaction() as pool:
                    Tree = pool.get(P + name)
                    Tree.write([Tree(node.id)], {'parent': top.id})
                self.assertCaptured({(name, node.id): ['write', 'parent']})

    def test_binary(self):
        "Test a file is captured wherever its content is kept"
        id_ = self.make('field')
        with self.transaction() as pool:
            Field = pool.get(P + 'field')
            Field.write([Field(id_)], {'binary': b'a', 'file': b'b'})
        self.assertCaptured({('field', id_): ['write', 'binary', 'file']})

    def test_not_a_change(self):
        "Test what is not stored or does not travel is no change"
        field = self.make('field', char="x")
        with self.transaction() as pool:
            Field = pool.get(P + 'field')
            Field.write([Field(field)], {})
            Field.write([Field(field)], {'local': "here"})
            Field.write([Field(field)], {
                    'create_date': None, 'write_date': None})
        self.assertCaptured({})

    def test_function_with_setter(self):
        "Test what a Function field sets is captured where it is stored"
        field = self.make('field', char="x")
        with self.transaction() as pool:
            Field = pool.get(P + 'field')
            Field.write([Field(field)], {'function_set': "y", 'integer': 5})
        self.assertCaptured({('field', field): ['write', 'char', 'integer']})

    def test_model_that_does_not_travel(self):
        "Test models that do not synchronise are not captured"
        with self.transaction() as pool:
            pool.get(P + 'outsider').create([{'name': "x"}])
            none, = pool.get(P + 'mode_none').create([{'code': 'NONE'}])
            none.name = "x"
            none.save()
        self.assertCaptured({})

    def test_replica(self):
        "Test what is received is not captured"
        with self.transaction(**{REPLICA: True}) as pool:
            Translated = pool.get(P + 'translated')
            record, other = Translated.create([
                    {'code': '18', 'name': "x"}, {'code': '19', 'name': "y"}])
            Translated.write([record], {'name': "z"})
            with Transaction().set_context(language='es'):
                Translated.write([record], {'name': "es"})
            Translated.delete([other])
            History = pool.get(P + 'history')
            history, = History.create([{'name': "x"}])
            History.restore_history([history.id], history.create_date)
        self.assertCaptured({})

    def test_rollback(self):
        "Test nothing is captured of what is rolled back"
        with self.transaction() as pool:
            Node = pool.get(P + 'node')
            Node.create([{'name': "x"}])
            Transaction().rollback()
        self.assertCaptured({})

    def test_failure(self):
        "Test nothing is captured of a transaction that fails"
        with self.assertRaises(ValidationError), self.transaction() as pool:
            pool.get(P + 'node').create([{'name': "x"}])
            pool.get(P + 'parent').create([{}])
        self.assertCaptured({})

    def test_after_rollback(self):
        "Test what follows a rollback is captured"
        with self.transaction() as pool:
            Node = pool.get(P + 'node')
            Node.create([{'name': "x"}])
            Transaction().rollback()
            keyed, = pool.get(P + 'keyed').create([{'code': '20'}])
        self.assertCaptured({('keyed', keyed.id): ['create']})

    def test_commits(self):
        "Test each commit of a transaction is a unit of its own"
        with self.transaction() as pool:
            Node = pool.get(P + 'node')
            node, = Node.create([{'name': "x"}])
            Transaction().commit()
            Node.write([node], {'name': "y"})
        first, second = self.taken()
        self.assertEqual((first.operation, first.records), (
                'create', [node.id]))
        self.assertEqual((second.operation, second.fields), (
                'write', ['name']))
        self.assertNotEqual(first.unit, second.unit)

    def test_unit(self):
        "Test what one transaction does is one unit"
        keyed = self.make('keyed', code='21')
        with self.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            Keyed.write([Keyed(keyed)], {'name': "x"})
            pool.get(P + 'node').create([{'name': "x"}])
            Keyed.delete([Keyed(keyed)])
            pool.get(P + 'parent').create([{'name': "x"}])
        changes = self.taken()
        self.assertEqual(len({change.unit for change in changes}), 1)

    def test_many(self):
        "Test alike changes of many records cost few rows"
        with self.transaction() as pool:
            nodes = pool.get(P + 'node').create([
                    {'name': str(i)} for i in range(2500)])
        changes = self.taken()
        self.assertEqual([len(c.records) for c in changes], [1000, 1000, 500])
        self.assertEqual(
            sum((c.records for c in changes), []), [n.id for n in nodes])

    def test_author(self):
        "Test the author is the user, also where the business acts as root"
        with self.transaction() as pool:
            user, = pool.get('res.user').create([
                    {'name': "Ann", 'login': 'ann'}])
        with Transaction().start(DB_NAME, user.id):
            Node = Pool().get(P + 'node')
            node, = Node.create([{'name': "x"}])
            with Transaction().set_user(0, set_context=True):
                Node.write([node], {'name': "y"})
        change, = self.taken()
        self.assertEqual(change.author, user.id)

    def test_disabled(self):
        "Test changes are captured though the exchange is switched off"
        config.set(configuration.SECTION, 'enabled', 'False')
        try:
            with self.transaction() as pool:
                node, = pool.get(P + 'node').create([{'name': "x"}])
        finally:
            config.remove_option(configuration.SECTION, 'enabled')
        self.assertCaptured({('node', node.id): ['create']})

    def test_misconfigured(self):
        "Test changes are captured though the settings are wrong"
        config.set(configuration.SECTION, 'synchronisation_id', 'wrong')
        try:
            with self.transaction() as pool:
                node, = pool.get(P + 'node').create([{'name': "x"}])
        finally:
            config.set(configuration.SECTION, 'synchronisation_id', '0')
        self.assertCaptured({('node', node.id): ['create']})

    def loaded(self, fs_id):
        "Return the id of a row that the module loaded"
        with self.transaction() as pool:
            return pool.get('ir.model.data').get_id(
                'test_synchronisation', fs_id)

    def test_loaded_row(self):
        "Test the rows that a module loads are not new, but edits of them are"
        water = self.loaded('translated_water')
        self.assertNotIn(('translated', water), self.folded())
        with self.transaction() as pool:
            Translated = pool.get(P + 'translated')
            Translated.write([Translated(water)], {'description': "wet"})
        state = self.folded()['translated', water]
        self.assertEqual(
            state.identity, '#test_synchronisation.translated_water')
        self.assertEqual(list(state.fields), ['description'])

    def test_loaded_row_created(self):
        "Test a row that an upgrade loads does not travel"
        with self.transaction() as pool:
            keyed, = pool.get(P + 'keyed').create([{'code': 'LOADED'}])
            pool.get('ir.model.data').create([{
                        'fs_id': 'keyed_loaded', 'model': P + 'keyed',
                        'module': 'test_synchronisation',
                        'db_id': keyed.id}])
        self.assertNotIn(('keyed', keyed.id), self.folded())

    def test_loaded_row_deleted(self):
        "Test a row that an upgrade drops is not deleted elsewhere"
        for edited in [False, True]:
            with self.subTest(edited=edited):
                with self.transaction() as pool:
                    Keyed = pool.get(P + 'keyed')
                    keyed, = Keyed.create([{'code': f'DROPPED {edited}'}])
                    data, = pool.get('ir.model.data').create([{
                                'fs_id': f'keyed_dropped_{edited}',
                                'model': P + 'keyed',
                                'module': 'test_synchronisation',
                                'db_id': keyed.id}])
                self.folded()
                if edited:
                    with self.transaction() as pool:
                        Keyed = pool.get(P + 'keyed')
                        Keyed.write([Keyed(keyed.id)], {'name': "x"})
                    self.folded()
                with self.transaction() as pool, Transaction().set_user(0):
                    Keyed = pool.get(P + 'keyed')
                    Keyed.delete([Keyed(keyed.id)])
                    pool.get('ir.model.data').delete([data])
                self.assertCaptured({})

    def test_dropped_translation(self):
        "Test a translated row that an upgrade drops is not edited, either"
        with self.transaction() as pool:
            Translated = pool.get(P + 'translated')
            record, = Translated.create([{'code': 'DROP', 'name': "x"}])
            data, = pool.get('ir.model.data').create([{
                        'fs_id': 'translated_dropped',
                        'model': P + 'translated',
                        'module': 'test_synchronisation',
                        'db_id': record.id}])
        self.folded()
        with self.transaction() as pool, Transaction().set_user(0):
            Translated = pool.get(P + 'translated')
            Translated.delete([Translated(record.id)])
            pool.get('ir.model.data').delete([data])
        self.assertNotIn(('translated', record.id), self.folded())

    def test_archived(self):
        "Test a record that is archived is captured and still known"
        id_ = self.make('deactivable', code='22')
        with self.transaction() as pool:
            Deactivable = pool.get(P + 'deactivable')
            Deactivable.write([Deactivable(id_)], {'active': False})
        self.assertCaptured({('deactivable', id_): ['write', 'active']})
        with self.transaction() as pool, inactive_records():
            Deactivable = pool.get(P + 'deactivable')
            Deactivable.delete([Deactivable(id_)])
        self.assertCaptured({('deactivable', id_): ['delete']})
