# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import registry
from trytond.pool import Pool
from trytond.tests.test_tryton import ModuleTestCase, with_transaction


class HealthSynchronisationTestCase(ModuleTestCase):
    "Test Health Synchronisation module"
    module = 'health_synchronisation'

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
                with self.subTest(model=name, field=field):
                    self.assertIn(relations.get(field), registry.models())

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
