# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond import backend
from trytond.model.exceptions import AccessError, SQLConstraintError
from trytond.modules.synchronisation import conflict
from trytond.modules.synchronisation.errors import MessageError
from trytond.modules.synchronisation.exceptions import InstanceNumberError
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction


def plan(query):
    "Return how the database would find what a query asks for"
    cursor = Transaction().connection.cursor()
    text, params = query
    if backend.name == 'sqlite':
        explain = 'EXPLAIN QUERY PLAN '
    else:
        # The tables are empty
        cursor.execute('SET LOCAL enable_seqscan = off')
        explain = 'EXPLAIN '
    cursor.execute(explain + text, params)
    return '\n'.join(str(row[-1]) for row in cursor)


class SynchronisationTestCase(ModuleTestCase):
    "Test Synchronisation module"
    module = 'synchronisation'

    @with_transaction()
    def test_instance_number(self):
        "Test an instance has a number from 0 to 511"
        Instance = Pool().get('synchronisation.instance')
        Instance.create([
                {'number': 0, 'name': "Centre"},
                {'number': 511, 'name': "Last clinic"},
                ])
        for number in [-1, 512]:
            with self.subTest(number=number), self.assertRaisesRegex(
                    InstanceNumberError, f"{number} .* from 0 .* to 511"):
                Instance.create([{'number': number, 'name': "Clinic"}])

    @with_transaction()
    def test_instance_number_unique(self):
        "Test two instances never have the same number"
        Instance = Pool().get('synchronisation.instance')
        Instance.create([{'number': 1, 'name': "One"}])
        with self.assertRaisesRegex(
                SQLConstraintError, "give it a number of its own"):
            Instance.create([{'number': 1, 'name': "Two"}])

    @with_transaction()
    def test_instance_user_unique(self):
        "Test two instances never sign in as the same user"
        pool = Pool()
        Instance = pool.get('synchronisation.instance')
        user, = pool.get('res.user').create([
                {'name': "Clinic", 'login': 'clinic'}])
        Instance.create([{'number': 1, 'name': "One", 'user': user.id}])
        with self.assertRaisesRegex(
                SQLConstraintError, "give it a user of its own"):
            Instance.create([{'number': 2, 'name': "Two", 'user': user.id}])

    @with_transaction()
    def test_indexes(self):
        "Test what each message asks for is found by an index"
        pool = Pool()
        mark = pool.get('synchronisation.mark').__table__()
        alias = pool.get('synchronisation.alias').__table__()
        for table, where in [
                (mark, (mark.instance == 1) & (mark.place > 1)),
                (alias, alias.former == 'a'),
                (alias, (alias.model == 'm') & (alias.identity == 'a'))]:
            with self.subTest(where=str(where)):
                self.assertIn('INDEX', plan(table.select(
                            table.id, where=where)).upper())

    @with_transaction()
    def test_late_times(self):
        "Test a conflict keeps times that a 32-bit number does not hold"
        pool = Pool()
        Conflict = pool.get('synchronisation.conflict')
        authors = pool.get('synchronisation.author').ids([(0, 'ann', "Ann")])
        late = 2 ** 31 + 1
        found, = conflict.hear([[
                    'name', 'm', 'i', 'f', '"a"', '"b"', 0, late, 0, 2 ** 33,
                    'conflict', [['kept', 0, late]]]], authors)
        with self.assertRaises(MessageError):
            conflict.hear([[*list(found.values())[:6], 0, 2 ** 40, 0, late,
                        'conflict']], authors)
        Conflict.keep_rows([{**found, 'pending': False}], 1)
        kept, = Conflict.load(['name']).values()
        self.assertEqual(kept['loser_time'], late)
        self.assertEqual(kept['winner_time'], 2 ** 33)
        for name in ['loser_time', 'winner_time']:
            self.assertEqual(Conflict._fields[name]._sql_type, 'BIGINT')

    @with_transaction()
    def test_access(self):
        "Test who may see and edit what the synchronisation keeps"
        pool = Pool()
        Group = pool.get('res.group')
        ModelData = pool.get('ir.model.data')
        User = pool.get('res.user')
        groups = [
            Group(ModelData.get_id('synchronisation', 'group_' + name))
            for name in ['synchronisation', 'synchronisation_admin']]
        nobody, reader, admin = User.create([
                {'name': name, 'login': name, 'groups': [
                        ('add', [g.id for g in members])]}
                for name, members in [
                    ('nobody', []),
                    ('reader', groups[:1]),
                    ('admin of clinics', groups[1:])]])
        for user, may_read, may_enrol in [
                (nobody, False, False), (reader, True, False),
                (admin, True, True)]:
            with self.subTest(user=user.name), Transaction().set_user(
                    user.id), Transaction().set_context(_check_access=True):
                for name in [
                        'instance', 'record', 'conflict', 'quarantine',
                        'run', 'run.line']:
                    self.assertEqual(
                        may(pool.get('synchronisation.' + name).search, []),
                        may_read, name)
                for name in ['alias', 'author', 'change', 'clock', 'scope']:
                    Model = pool.get('synchronisation.' + name)
                    self.assertFalse(may(Model.search, []), name)
                Instance = pool.get('synchronisation.instance')
                self.assertEqual(may(Instance.create, [
                            {'number': user.id, 'name': "Clinic"}]),
                    may_enrol)

    @with_transaction()
    def test_user_of_instance(self):
        "Test the user of an instance can read and write nothing"
        pool = Pool()
        Instance = pool.get('synchronisation.instance')
        Lang = pool.get('ir.lang')
        User = pool.get('res.user')
        clinic, = User.create([{'name': "Clinic", 'login': 'clinic'}])

        def may_read():
            with Transaction().set_user(clinic.id), \
                    Transaction().set_context(_check_access=True):
                return may(Lang.search, [])

        self.assertTrue(may_read())
        instance, = Instance.create([
                {'number': 1, 'name': "Clinic", 'user': clinic.id}])
        self.assertFalse(may_read())
        Instance.write([instance], {'user': None})
        self.assertTrue(may_read())

    @with_transaction()
    def test_menu(self):
        "Test the administrator finds what the synchronisation keeps"
        Menu = Pool().get('ir.ui.menu')
        with Transaction().set_user(1), \
                Transaction().set_context(_check_access=True):
            menu, = Menu.search([('name', '=', "Synchronisation")])
            self.assertEqual([child.name for child in menu.childs], [
                    "Instances", "Runs", "Conflicts", "Quarantine",
                    "Records",
                    "Saved Versions"])


def may(method, *args):
    "Return whether the user has the right to call the method"
    try:
        method(*args)
    except AccessError:
        return False
    return True


del ModuleTestCase
