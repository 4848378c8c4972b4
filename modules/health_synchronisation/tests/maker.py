# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Random records of the models of GNU Health."
from trytond.model import ModelStorage
from trytond.modules import get_module_info
from trytond.modules.synchronisation import registry, replica
from trytond.modules.synchronisation.capture import REPLICA
from trytond.modules.test_synchronisation.tests import scalars
from trytond.modules.test_synchronisation.tests.maker import Maker
from trytond.modules.test_synchronisation.tests.tools import random_values
from trytond.transaction import Transaction

MODULE = 'health_synchronisation'
# These bring nothing but codes, thousands of them
CODES = {'health_icd10', 'health_icpm'}
# All the modules of which models are bound
MODULES = [MODULE, *(
        name for name in get_module_info(MODULE)['extras_depend']
        if name not in CODES)]
# The rules of GNU Health take a random record of these, as they are stored;
# the others want a photo that is one, ages and certificates that agree, ...
ACCEPTED = {
    'gnuhealth.dose.unit', 'gnuhealth.drug.form', 'gnuhealth.drug.route',
    'gnuhealth.du', 'gnuhealth.ethnicity', 'gnuhealth.family',
    'gnuhealth.medicament.category', 'gnuhealth.pathology',
    'gnuhealth.pathology.category', 'gnuhealth.person_name',
    'gnuhealth.procedure', 'gnuhealth.specialty', 'product.template'}
# Unique by other means than a Unique constraint
UNIQUE = {'product.product': ['code']}
PARTY = 'party.party'
COUNTRIES = {'AA': ['AA-1', 'AA-2'], 'BB': ['BB-1']}


def make_countries(pool):
    "Create what the scripts of trytond load into every database"
    for code, subdivisions in COUNTRIES.items():
        country, = pool.get('country.country').create([
                {'name': f"Country {code}", 'code': code}])
        pool.get('country.subdivision').create([{
                    'name': f"Subdivision {name}", 'code': name,
                    'type': 'state', 'country': country.id}
                for name in subdivisions])


class HealthMaker(Maker):
    "As Maker, but writes as a replica what the rules of GNU Health refuse."

    def make(self, name, given=None):
        given = {**self.given_of(name), **(given or {})}
        if name in ACCEPTED or name not in registry.models():
            return super().make(name, given)
        Model = self.pool.get(name)
        self.depth += 1
        try:
            values = random_values(
                self.pool, name, self.rng, self.target, given)
        finally:
            self.depth -= 1
        values = {n: v for n, v in values.items()
            if n in Model.synchronised_fields() | {'uuid'}}
        with Transaction().set_context({REPLICA: True}):
            id_, = replica.create(Model, [{
                        name: {'': value}
                        if name in registry.translated(Model) else value
                        for name, value in values.items()}])
        self.made.setdefault(name, []).append(id_)
        return Model(id_), values

    def given_of(self, name):
        "Return the values of a record that are not drawn at random."
        values = {
            field: scalars.token(self.rng) for field in UNIQUE.get(name, [])}
        if name in registry.models():
            # What belongs to something else does not travel
            owners = registry.owner_references(self.pool.get(name))
            values.update((field, f'{PARTY},{self.party()}')
                for field in owners)
        return values

    def party(self):
        records = self.pool.get(PARTY).search([], limit=20)
        return self.rng.choice(records or [self.make(PARTY)[0]]).id

    def target(self, field, model, domain, fresh):
        if model in registry.models():
            return super().target(field, model, domain, fresh)
        Model = self.pool.get(model)
        if not issubclass(Model, ModelStorage):
            return None
        # What does not travel is there already
        records = Model.search(domain, limit=20)
        return self.rng.choice(records).id if records else None
