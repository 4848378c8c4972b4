# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Models of GNU Health, and what people do to them by its own rules."
import datetime as dt
import random
from types import SimpleNamespace

from ..clinical_day import make_product
from ..memory.oracle import expect
from .mix import Mix
from .user import User

G = 'gnuhealth.'
PARTY, ADDRESS, NAME = 'party.party', 'party.address', G + 'person_name'
CATEGORY, TAGGED = 'party.category', 'party.party-party.category'
PATIENT, DISEASE, PAGE = G + 'patient', G + 'patient.disease', G + 'pol'
EVALUATION, ORDER = G + 'patient.evaluation', G + 'prescription.order'
LINE = G + 'prescription.line'
# {model: the one2many of an evaluation that has its records}
FINDINGS = {
    G + 'signs_and_symptoms': 'signs_and_symptoms',
    G + 'secondary_condition': 'secondary_conditions',
    G + 'diagnostic_hypothesis': 'diagnostic_hypothesis',
    G + 'directions': 'actions'}
BIRTHDAYS = [dt.date(1980, 2, 3), dt.date(1950, 2, 3)]
NOON = dt.datetime(2026, 1, 1, 12)


class Clinician(User):
    "A health professional; GNU Health adds codes, names and pages of life."

    def create(self):
        model, = self.choose(sorted(self.mix.created | {PARTY}))
        {PARTY: self.register, CATEGORY: self.categorise, ADDRESS: self.move,
            DISEASE: self.diagnose, EVALUATION: self.evaluate,
            ORDER: self.prescribe}[model]()

    def known(self, model):
        "Return the id of one of the codes that all have."
        return self.rng.choice(
            self.model(model).search([], order=[('id', 'ASC')])).id

    def register(self):
        values = {}
        if self.rng.random() < .3:
            values['ref'] = self.key()
        if self.is_free(PARTY, values):
            self.model(PARTY).create([{
                        **values, **self.values(PARTY), **self.person()}])

    def person(self):
        return {
            'is_person': True, 'fed_country': 'XXX',
            'activation_date': NOON.date(), 'dob': self.rng.choice(BIRTHDAYS),
            'gender': self.rng.choice(['f', 'f', 'm']),
            'is_patient': True, 'create_target': self.rng.random() < .8,
            'addresses': [('create', [self.values(ADDRESS)])]
            if ADDRESS in self.models else None}

    def categorise(self):
        self.model(CATEGORY).create([self.values(CATEGORY)])

    def move(self):
        if party := self.pick([PARTY]):
            self.model(ADDRESS).create([{
                        'party': party, **self.values(ADDRESS)}])

    def diagnose(self):
        if patient := self.pick([PATIENT]):
            self.model(DISEASE).create([{
                        'patient': patient, 'is_allergy': True,
                        'pathology': self.known(G + 'pathology'),
                        **self.values(DISEASE)}])

    def evaluate(self):
        if patient := self.pick([PATIENT]):
            Evaluation = self.model(EVALUATION)
            evaluation, = Evaluation.create([{
                        'patient': patient, 'evaluation_start': NOON,
                        **{name: [('create', self.findings(model))]
                            for model, name in FINDINGS.items()},
                        **self.values(EVALUATION)}])
            if self.rng.random() < .3:
                Evaluation.end_evaluation([evaluation])

    def findings(self, model):
        return [{**self.values(model), **self.finding(model)}
            for _ in range(self.rng.choice([0, 1, 1, 2]))]

    def finding(self, model):
        if model == G + 'directions':
            return {'procedure': self.known(G + 'procedure')}
        pathology = self.known(G + 'pathology')
        if model == G + 'signs_and_symptoms':
            return {'sign_or_symptom': 'sign', 'clinical': pathology}
        return {'pathology': pathology}

    def prescribe(self):
        if patient := self.pick([PATIENT]):
            Order = self.model(ORDER)
            order, = Order.create([{
                        'patient': patient, 'prescription_date': NOON,
                        'prescription_warning_ack': True,
                        'prescription_line': [('create', [{
                                        **self.values(LINE), **self.drug()}
                                    for _ in range(self.rng.randint(1, 3))])],
                        **self.values(ORDER)}])
            if self.rng.random() < .3:
                Order.create_prescription([order])

    def drug(self):
        return {
            'medicament': self.known(G + 'medicament'), 'dose': 500,
            'dose_unit': self.known(G + 'dose.unit')}

    def pick(self, models, own=False):
        record = super().pick(models, own)
        if own and record and getattr(record, 'is_healthprof', False):
            # Who works here stays who it is
            return None
        return record


class Clinic(Mix):
    modules = ('health_synchronisation',)
    drawing = ('trytond.modules.health.health',)
    user = Clinician
    texts = {
        PARTY: ['name', 'lastname'],
        NAME: [],
        ADDRESS: ['street'],
        CATEGORY: ['name'],
        TAGGED: [],
        PATIENT: ['critical_info', 'general_info'],
        DISEASE: ['short_comment', 'extra_info'],
        EVALUATION: ['chief_complaint', 'notes', 'systolic'],
        **dict.fromkeys(FINDINGS, ['comments']),
        ORDER: ['notes'],
        LINE: ['short_comment', 'quantity'],
        PAGE: [],
        }
    tables = {TAGGED: 'party_category_rel'}
    numbers = frozenset({'systolic', 'quantity'})
    links = {
        NAME: {'party': PARTY},
        ADDRESS: {'party': PARTY},
        TAGGED: {'party': PARTY, 'category': CATEGORY},
        PATIENT: {'party': PARTY},
        DISEASE: {'patient': PATIENT},
        EVALUATION: {'patient': PATIENT, 'related_condition': DISEASE},
        **dict.fromkeys(FINDINGS, {'evaluation': EVALUATION}),
        ORDER: {'patient': PATIENT},
        LINE: {'presc_order': ORDER},
        PAGE: {'person': PARTY},
        }
    required = {
        ADDRESS: {'party'}, TAGGED: {'party', 'category'}, PATIENT: {'party'},
        EVALUATION: {'patient'}, ORDER: {'patient'}, PAGE: {'person'}}
    tag = PARTY, 'categories', CATEGORY
    keys = {PARTY: 'ref'}
    unique = {
        PARTY: [('ref',), ('code',), ('federation_account',)],
        PATIENT: [('party',)],
        EVALUATION: [('code',)],
        PAGE: [('page',)],
        TAGGED: [('party', 'category')],
        }
    relations = frozenset({TAGGED})
    master = frozenset({CATEGORY})
    fetched = (PARTY, PATIENT, EVALUATION)
    always = frozenset({PARTY, PATIENT, NAME, PAGE})
    created = frozenset({ADDRESS, CATEGORY, DISEASE, EVALUATION, ORDER})
    count = 3
    parts = {CATEGORY: {TAGGED}, EVALUATION: {*FINDINGS}, ORDER: {LINE}}
    whole = True

    def changed(self):
        return {
            EVALUATION: self.links[EVALUATION], ORDER: self.links[ORDER],
            DISEASE: self.links[DISEASE]}

    def prepare(self, network):
        make_catalogue(network.hub)
        for node in network.nodes:
            employ(node)
        for node in network.satellites * 2:
            node.satellite().synchronise()

    def share(self, node):
        oracle = SimpleNamespace(
            next=lambda before, numeric: None if numeric else 'shared',
            loaded={model: () for model in self.texts})
        with node.transaction():
            clinician = Clinician(
                node, oracle, random.Random(0), self.always | self.created)
            for work in [
                    clinician.categorise, clinician.register,
                    clinician.diagnose, clinician.evaluate,
                    clinician.prescribe, clinician.tag]:
                work()
        return [PATIENT]

    def check_end(self, node):
        "Whether people can still edit each person."
        with node.transaction():
            for party in node.pool.get(PARTY).search([]):
                names = [name.id for name in party.person_names
                    if name.use == 'official']
                expect(len(names) <= 1, 'names', node.number, party.id, names)


def make_catalogue(node):
    "Create the codes and goods that all have."
    for code, name in [('A00', "Cholera"), ('B05', "Measles")]:
        node.create(G + 'pathology', code=code, name=name)
    node.create(G + 'procedure', name='0DTJ', description="Removal")
    for name in ["Amoxicillin", "Ibuprofen"]:
        make_product(node, name, is_medicament=True)
        product, = node.find('product.product', ('code', '=', name))
        node.create(G + 'medicament', product=product)


def employ(node):
    "Let the user at a node be a health professional."
    node.create(G + 'healthprofessional', party=node.create(
            PARTY, name="Doctor", lastname="Lee", is_person=True,
            is_healthprof=True, internal_user=1, gender='f',
            fed_country='XXX', activation_date=NOON.date(),
            create_target=False))


CLINIC = Clinic()
