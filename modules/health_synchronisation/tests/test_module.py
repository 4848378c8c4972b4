# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import uuid

from trytond.model import ModelStorage
from trytond.modules.health_synchronisation.tests.maker import MODULES
from trytond.modules.synchronisation import SyncUUIDMixin, registry
from trytond.modules.synchronisation.mixin import NAMESPACE
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction
from trytond.transaction import Transaction


class HealthSynchronisationTestCase(ModuleTestCase):
    "Test Health Synchronisation module"
    module = 'health_synchronisation'
    extras = MODULES[1:]

    @with_transaction()
    def test_required_references(self):
        "Test each record that is needed travels or is loaded by a module"
        ModelData = Pool().get('ir.model.data')
        known = registry.models().keys() | registry.keyed().keys()
        for name, Model in registry.models().items():
            for field, target in registry.relations(Model).items():
                if Model._fields[field].required and target not in known:
                    with self.subTest(model=name, field=field):
                        self.assertTrue(ModelData.search(
                                [('model', '=', target)], limit=1))

    @with_transaction()
    def test_owners(self):
        "Test each record belongs to records that travel"
        for name, Model in registry.models().items():
            relations = registry.relations(Model)
            for field in Model.sync_owners:
                if field in registry.references(Model):
                    continue
                with self.subTest(model=name, field=field):
                    self.assertIn(relations.get(field), registry.models())

    @with_transaction()
    def test_uuid(self):
        "Test the rows that GNU Health loaded before are the same everywhere"
        pool = Pool()
        ModelData = pool.get('ir.model.data')
        count = 0
        for name, Model in registry.models().items():
            if not issubclass(Model, SyncUUIDMixin):
                continue
            uuids = {r.id: r.uuid for r in Model.search([])}
            self.assertEqual(len(set(uuids.values())), len(uuids), name)
            for data in ModelData.search([('model', '=', name)]):
                self.assertEqual(uuids[data.db_id], str(uuid.uuid5(
                            NAMESPACE, f'{name},{data.module}.{data.fs_id}')))
                count += 1
        self.assertGreater(count, 50)

    @with_transaction()
    def test_user_of_instance(self):
        "Test the user of a satellite may only read how models are called"
        pool = Pool()
        clinic, = pool.get('res.user').create([
                {'name': "Clinic", 'login': 'clinic'}])
        pool.get('synchronisation.instance').create([
                {'number': 1, 'name': "Clinic", 'user': clinic.id}])
        names = [
            name for name, Model in pool.iterobject()
            if issubclass(Model, ModelStorage)]
        with Transaction().set_user(clinic.id):
            access = pool.get('ir.model.access').get_access(names)
        self.assertEqual({
                (name, mode) for name, modes in access.items()
                for mode, allowed in modes.items() if allowed},
            {('ir.model', 'read'), ('ir.model.field', 'read')})

    @with_transaction()
    def test_person(self):
        "Test what is known of a person belongs to the person"
        owned = {name for name, Model in registry.models().items()
            if {'party', 'patient'} & set(Model.sync_owners)}
        self.assertLessEqual({
                'gnuhealth.appointment', 'gnuhealth.patient',
                'gnuhealth.patient.disease', 'gnuhealth.person_name',
                'gnuhealth.person_alternative_identification',
                'gnuhealth.vaccination', 'party.address',
                'party.contact_mechanism', 'party.identifier'}, owned)


del ModuleTestCase
