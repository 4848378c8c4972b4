# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import datetime as dt
import random
import unittest

from trytond.exceptions import ConcurrencyException
from trytond.model import ModelSQL
from trytond.modules.synchronisation import registry, replica
from trytond.modules.test_synchronisation.tests import replica as tools
from trytond.modules.test_synchronisation.tests.maker import Maker
from trytond.modules.test_synchronisation.tests.tools import GIVEN
from trytond.tests.test_tryton import activate_module, drop_db
from trytond.transaction import Transaction

P = 'test_synchronisation.'
COUNT = 4
# The business of these does more than store what it is given
BUSINESS = {P + 'unruly', P + 'triggered'}


class ReplicaTestCase(unittest.TestCase):
    "Test received records are written as the ORM writes them"
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        drop_db()
        activate_module('test_synchronisation')
        with tools.transaction() as pool:
            Lang = pool.get('ir.lang')
            Lang.write(
                Lang.search([('code', '=', 'es')]), {'translatable': True})

    @classmethod
    def tearDownClass(cls):
        drop_db()

    def each(self, check):
        "Check each model with random numbers of its own"
        with tools.transaction():
            names = sorted(registry.models())
        self.assertGreater(len(names), 25)
        for name in names:
            with self.subTest(model=name):
                check(name, random.Random(f'{self._testMethodName} {name}'))

    def received(self, name, rng, count=COUNT):
        "Return values to receive, whose targets are there"
        with tools.transaction(unruly_author="Ann") as pool:
            maker = Maker(pool, rng)
            return [
                tools.received(pool, name, maker, GIVEN.get(name))
                for _ in range(count)]

    def test_caches(self):
        "Test what is kept of rows is forgotten, and what is kept of views not"
        schema = P + 'schema'
        with tools.transaction() as pool:
            names = {
                cache._name for model in [P + 'node', schema]
                for cache in replica._caches(pool.get(model))}
        self.assertEqual(names, {'_dict_schema_mixin.get_relation_fields'})

    def test_count(self):
        "Test the number of rows that trytond estimates is right afterwards"
        with tools.bulk() as pool:
            Model = pool.get(P + 'node')
            before = Model.estimated_count()
            ids = replica.create(Model, [{'name': "x"}, {'name': "y"}])
            self.assertEqual(Model.estimated_count(), before + len(ids))
            replica.delete(Model, ids)
            self.assertEqual(Model.estimated_count(), before)

    def test_create(self):
        "Test bulk SQL, ModelSQL and the business create the same rows"
        self.each(self.check_create)

    def check_create(self, name, rng):
        vlist = self.received(name, rng)
        bulk = self.created(name, vlist, tools.bulk)
        self.assertEqual(len(bulk['rows']), COUNT)
        self.assertEqual(
            tools.stamped(bulk),
            tools.stamped(self.created(name, vlist, tools.orm)))
        for row in bulk['rows']:
            self.assertEqual(row['create_uid'], 1)
            self.assertIsNotNone(row['create_date'])
            self.assertIsNone(row['write_date'])
        if name not in BUSINESS:
            business = self.created_by_business(name, vlist)
            # The second text of a user is a write of its own
            for content in [bulk, business]:
                del content.get('history', [])[COUNT:]
            self.assertEqual(
                tools.unstamped(bulk), tools.unstamped(business))

    def created(self, name, vlist, manner):
        with manner() as pool:
            Model = pool.get(name)
            return tools.content(Model, replica.create(Model, vlist))

    def created_by_business(self, name, vlist):
        with tools.attempt() as pool:
            Model = pool.get(name)
            ids = [r.id for r in Model.create([
                        tools.in_language(v, 'en') for v in vlist])]
            with Transaction().set_context(language='es'):
                for id_, values in zip(ids, vlist):
                    if texts := tools.translated_in(values, 'es'):
                        Model.write([Model(id_)], texts)
            return tools.content(Model, ids)

    def test_write(self):
        "Test bulk SQL, ModelSQL and the business change rows alike"
        self.each(self.check_write)

    def check_write(self, name, rng):
        ids, changes = self.changes(name, rng)
        bulk = self.written(name, ids, changes, tools.bulk)
        self.assertEqual(
            tools.stamped(bulk),
            tools.stamped(self.written(name, ids, changes, tools.orm)))
        for row in bulk['rows']:
            self.assertEqual(row['write_uid'], 1)
            self.assertGreaterEqual(row['write_date'], row['create_date'])
        if name not in BUSINESS:
            business = self.written_by_business(name, ids, changes)
            self.assertEqual(
                tools.unstamped(bulk), tools.unstamped(business))

    def changes(self, name, rng):
        "Create records and return their ids and other values for each"
        vlist = self.received(name, rng)
        with tools.transaction(**{tools.REPLICA: True}) as pool:
            ids = replica.create(pool.get(name), vlist)
        changes = []
        for values in self.received(name, rng):
            values.pop('uuid', None)
            names = sorted(values)
            kept = rng.sample(names, rng.randint(1, len(names)))
            changes.append({n: values[n] for n in kept})
        return ids, changes

    def written(self, name, ids, changes, manner):
        with manner() as pool:
            Model = pool.get(name)
            replica.write(Model, list(zip(ids, changes)))
            return tools.content(Model, ids)

    def written_by_business(self, name, ids, changes):
        with tools.attempt() as pool:
            Model = pool.get(name)
            for id_, values in zip(ids, changes):
                Model.write([Model(id_)], tools.in_language(values, 'en'))
                with Transaction().set_context(language='es'):
                    if texts := tools.translated_in(values, 'es'):
                        Model.write([Model(id_)], texts)
            return tools.content(Model, ids)

    def test_delete(self):
        "Test the deletion of a row leaves what the ORM leaves"
        self.each(self.check_delete)

    def check_delete(self, name, rng):
        with tools.transaction(unruly_author="Ann") as pool:
            record, _ = Maker(pool, rng).make(name)
            id_ = record.id
        with tools.bulk() as pool:
            Model = pool.get(name)
            replica.delete(Model, [id_])
            bulk = tools.content(Model, [id_])
        with tools.attempt() as pool:
            Model = pool.get(name)
            Model.delete([Model(id_)])
            business = tools.content(Model, [id_])
        self.assertEqual((bulk['rows'], bulk['texts']), ([], []))
        self.assertEqual(tools.unstamped(bulk), tools.unstamped(business))

    def test_no_business(self):
        "Test a received record sets nothing off"
        with tools.bulk() as pool:
            Unruly = pool.get(P + 'unruly')
            Triggered = pool.get(P + 'triggered')
            ids = replica.create(Unruly, [
                    {'code': str(i), 'author': "Eve", 'state': 'draft',
                        'amount': -1} for i in range(3)])
            replica.write(Unruly, [(ids[0], {'state': 'confirmed'})])
            unruly = Unruly(ids[0])
            self.assertEqual((unruly.number, unruly.pages), (None, ()))
            Log = pool.get(P + 'triggered.log')
            before = Log.search([], count=True)
            id_, = replica.create(Triggered, [
                    {'name': "x", 'born': Triggered.default_born()}])
            replica.write(Triggered, [(id_, {'name': "y"})])
            replica.delete(Triggered, [id_])
            self.assertEqual(Log.search([], count=True), before)

    def test_stale_form(self):
        "Test a user whose form is older than what was received is told"
        with tools.transaction() as pool:
            Keyed = pool.get(P + 'keyed')
            keyed, = Keyed.create([{'code': 'stale'}])
            id_ = keyed.id
            # On SQLite a stamp tells the second only
            table = Keyed.__table__()
            Transaction().connection.cursor().execute(*table.update(
                    [table.create_date], [dt.datetime(2026, 1, 1)]))
            stamp = Keyed.read([id_], ['_timestamp'])[0]['_timestamp']
        with tools.transaction(**{tools.REPLICA: True}) as pool:
            replica.write(pool.get(P + 'keyed'), [(id_, {'name': "x"})])
        with self.assertRaises(ConcurrencyException), \
                tools.transaction() as pool:
            Transaction().timestamp = {f'{P}keyed,{id_}': stamp}
            Keyed = pool.get(P + 'keyed')
            Keyed.write([Keyed(id_)], {'name': "y"})

    def test_read_again(self):
        "Test a record that was read before it was received is read again"
        with tools.bulk() as pool:
            Keyed = pool.get(P + 'keyed')
            Translated = pool.get(P + 'translated')
            keyed, = replica.create(Keyed, [{'code': 'again', 'name': "a"}])
            text, = replica.create(Translated, [
                    {'code': 'again', 'name': {'en': "a", 'es': "a"}}])
            self.assertEqual(Keyed(keyed).name, "a")
            with Transaction().set_context(language='es'):
                self.assertEqual(Translated(text).name, "a")
            replica.write(Keyed, [(keyed, {'name': "b"})])
            replica.write(Translated, [(text, {
                            'name': {'en': "a", 'es': "b"}})])
            self.assertEqual(Keyed(keyed).name, "b")
            with Transaction().set_context(language='es'):
                self.assertEqual(Translated(text).name, "b")

    def test_plain(self):
        "Test which models are more than their columns"
        with tools.transaction():
            rich = {
                name.removeprefix(P)
                for name, Model in registry.models().items()
                if not registry.is_plain(Model)}
        self.assertEqual(
            rich, {'field', 'history', 'tree_mptt', 'tree_path'})

    def test_ids(self):
        "Test the id of a deleted row is not given again"
        with tools.bulk() as pool:
            Node = pool.get(P + 'node')
            ids = replica.create(Node, [{'name': "x"}, {'name': "y"}])
            replica.delete(Node, ids)
            again = replica.create(Node, [{'name': "z"}])
            self.assertGreater(again[0], max(ids))
            record, = ModelSQL.create.__func__(Node, [{'name': "z"}])
            self.assertGreater(record.id, again[0])
            self.assertEqual(
                {n.name for n in Node.browse(again + [record.id])}, {"z"})

    def test_many(self):
        "Test more rows than one statement takes are written"
        with tools.bulk() as pool:
            Node = pool.get(P + 'node')
            size = Transaction().database.IN_MAX * 2 + 1
            ids = replica.create(
                Node, [{'name': str(i)} for i in range(size)])
            replica.write(Node, [(i, {'name': f'{i}'}) for i in ids])
            self.assertEqual(
                [n.name for n in Node.browse(ids)], list(map(str, ids)))
            replica.delete(Node, ids)
            self.assertEqual(Node.search([('id', 'in', ids)]), [])

    def test_other_fields(self):
        "Test rows of which each has other fields are written"
        with tools.bulk() as pool:
            Keyed = pool.get(P + 'keyed')
            ids = replica.create(Keyed, [
                    {'code': 'one', 'name': "x"},
                    {'code': 'two', 'note': "y"}])
            replica.write(Keyed, [
                    (ids[0], {'note': "z"}), (ids[1], {'name': "z"})])
            self.assertEqual(
                [(k.code, k.name, k.note) for k in Keyed.browse(ids)],
                [('one', "x", "z"), ('two', "z", "y")])
