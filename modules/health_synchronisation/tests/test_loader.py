# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import datetime as dt
import os
import tempfile
import unittest
from collections import Counter

from trytond.modules.health_synchronisation import sample
from trytond.modules.health_synchronisation.loader import (
    load_clinic, load_master)
from trytond.modules.health_synchronisation.synthea import (
    Folder, SyntheaError, expected)
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    DB_NAME, activate_module, drop_db, with_transaction)
from trytond.transaction import Transaction

MODELS = {
    'patients': 'gnuhealth.patient',
    'identifiers': 'gnuhealth.person_alternative_identification',
    'deaths': 'gnuhealth.death_certificate',
    'conditions': 'gnuhealth.patient.disease',
    'evaluations': 'gnuhealth.patient.evaluation',
    'immunizations': 'gnuhealth.vaccination',
    'appointments': 'gnuhealth.appointment',
    'pathologies': 'gnuhealth.pathology',
    'vaccines': 'gnuhealth.medicament',
    }


def count(name, domain=()):
    return Pool().get(name).search([*domain], count=True)


@with_transaction()
def read_counts():
    return {kind: count(name) for kind, name in MODELS.items()}


def search(name, *domain, order=None):
    return Pool().get(name).search([*domain], order=order)


class LoaderTestCase(unittest.TestCase):
    """A database of which the second organisation is the clinic.

    It has the first of two parts of the folder.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        activate_module('health')
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        sample.write(folder.name, seed=3, patients=31)
        cls.folder = Folder(folder.name)
        cls.patients = cls.folder.part('1/2')
        cls.progress = []
        cls.before = read_counts()
        cls.master = load_master(
            DB_NAME, cls.folder, lambda *args: cls.progress.append(args))
        cls.clinic = load_clinic(
            DB_NAME, cls.folder.path, 2, '1/2',
            progress=lambda *args: cls.progress.append(args))
        cls.after = read_counts()

    def party(self, patient):
        identifier, = search(
            'gnuhealth.person_alternative_identification',
            ('code', '=', patient.ssn))
        return identifier.party

    def patient(self, patient):
        found, = search(
            'gnuhealth.patient', ('party', '=', self.party(patient).id))
        return found


class ContentTestCase(LoaderTestCase):
    "A transaction in which to look at what was loaded."

    def setUp(self):
        super().setUp()
        transaction = Transaction().start(DB_NAME, 1, readonly=True)
        self.addCleanup(transaction.stop)


class MasterTestCase(ContentTestCase):
    "Test the master data"

    def test_counts(self):
        "Test what lacks is created"
        self.assertEqual(self.master, {
                'places': 1,
                'pathologies': len(self.folder.pathologies),
                'vaccines': len(self.folder.vaccines),
                })

    def test_pathologies(self):
        "Test the codes and names of pathologies"
        for code, name in self.folder.pathologies.items():
            found, = search(
                'gnuhealth.pathology', ('code', '=', f'SCT-{code}'))
            self.assertEqual(found.name, name)

    def test_vaccines(self):
        "Test a vaccine is a medicament with a product"
        for code, name in self.folder.vaccines.items():
            found, = search(
                'gnuhealth.medicament', ('product.code', '=', f'CVX-{code}'))
            self.assertEqual(found.rec_name, name)
            self.assertTrue(found.is_vaccine)
            self.assertTrue(found.product.is_vaccine)
            self.assertTrue(found.product.is_medicament)

    def test_places(self):
        "Test the country, its state and its currency"
        country, = search('country.country', ('code', '=', 'US'))
        self.assertEqual(country.code3, 'USA')
        subdivision, = search('country.subdivision')
        self.assertEqual(subdivision.code, 'US-VT')
        self.assertEqual(subdivision.country, country)
        currency, = search('currency.currency')
        self.assertEqual(currency.code, 'USD')


class ClinicTestCase(ContentTestCase):
    "Test the clinic"

    def test_institution(self):
        "Test the institution is the organisation of that row"
        organization = self.folder.organization(2)
        institution, = search('gnuhealth.institution')
        self.assertEqual(institution.id, self.clinic.institution)
        self.assertEqual(institution.code, organization.id)
        self.assertEqual(institution.party.name, organization.name)
        self.assertTrue(institution.party.is_institution)
        self.assertFalse(institution.party.is_person)
        address, = institution.party.addresses
        self.assertEqual(address.city, organization.city)
        self.assertEqual(address.subdivision.code, 'US-VT')
        mechanism, = institution.party.contact_mechanisms
        self.assertEqual(mechanism.value, organization.phone)

    def test_professionals(self):
        "Test the professionals work there"
        providers = self.folder.professionals(2, 10)
        professionals = search(
            'gnuhealth.healthprofessional', order=[('id', 'ASC')])
        self.assertEqual(
            [p.id for p in professionals], self.clinic.professionals)
        self.assertEqual(
            [p.code for p in professionals], [p.id for p in providers])
        for professional, provider in zip(professionals, providers):
            party = professional.party
            self.assertEqual(professional.institution.id, 1)
            self.assertEqual(f'{party.name} {party.lastname}', provider.name)
            self.assertEqual(party.gender, provider.gender.lower())
            self.assertFalse(party.is_patient)
            self.assertEqual(len(professional.specialties), 1)

    def test_user(self):
        "Test the user is the first professional at the clinic's company"
        User = Pool().get('res.user')
        user = User(self.clinic.user)
        company, = search('company.company')
        first, = search(
            'gnuhealth.healthprofessional',
            ('id', '=', self.clinic.professionals[0]))
        self.assertEqual(first.party.internal_user, user)
        self.assertEqual(user.company, company)
        self.assertEqual(user.employee.party, first.party)
        self.assertEqual(company.party, first.institution.party)
        self.assertEqual(company.currency.code, 'USD')
        self.assertEqual(User(1).company, company)

    def test_author(self):
        "Test the user has entered the patients"
        for name in ['gnuhealth.patient', 'gnuhealth.patient.disease']:
            self.assertEqual(
                {r.create_uid.id for r in search(name)}, {self.clinic.user})

    def test_progress(self):
        "Test progress is told to its end"
        stages = {}
        for stage, done, total in self.progress:
            self.assertEqual(done, stages.get(stage, 0) + 1)
            stages[stage] = done
        self.assertEqual(stages, {'master': 3, 'patients': 16})
        self.assertEqual(self.progress[-1], ('patients', 16, 16))


class PatientTestCase(ContentTestCase):
    "Test the patients"

    def test_counts(self):
        "Test everything in the files has arrived"
        found, wanted = self.after, expected(self.folder, '1/2')
        for kind in MODELS:
            self.assertGreater(wanted[kind], 0, kind)
            self.assertEqual(
                found[kind] - self.before[kind], wanted[kind], kind)
        self.assertEqual(
            count('party.party'), wanted['patients'] + 11)
        self.assertEqual(
            count('party.address'), wanted['addresses'] + 1)
        self.assertEqual(
            count('gnuhealth.person_name'), wanted['names'] + 10)
        self.assertEqual(count('gnuhealth.pol'), wanted['conditions'])

    def test_person(self):
        "Test the person of each patient"
        for patient in self.patients:
            party = self.party(patient)
            self.assertEqual(party.name, patient.first)
            self.assertEqual(party.lastname, patient.last)
            self.assertEqual(party.dob, patient.birth_date)
            self.assertEqual(party.gender, patient.gender.lower())
            self.assertEqual(
                party.marital_status, patient.marital.lower() or None)
            self.assertTrue(party.is_person)
            self.assertTrue(party.is_patient)
            self.assertEqual(party.federation_account, f'USA{party.ref}')
            self.assertEqual(self.patient(patient).puid, party.ref)

    def test_ethnicity(self):
        "Test race and ethnicity where GNU Health knows them"
        codes = {
            'white': 'WHITE', 'black': 'BLACK', 'asian': 'ASIAN',
            'native': 'NATIVEAMERICAN'}
        for patient in self.patients:
            party = self.party(patient)
            self.assertEqual(party.ethnic_group.code, codes[patient.race])
            self.assertEqual(
                bool(party.proclaimed_ethnicity),
                patient.ethnicity == 'hispanic')

    def test_address(self):
        "Test the address of each patient"
        for patient in self.patients:
            address, = self.party(patient).addresses
            self.assertEqual(address.street, patient.address)
            self.assertEqual(address.city, patient.city)
            self.assertEqual(address.postal_code, patient.zip)
            self.assertEqual(address.subdivision.name, patient.state)
            self.assertEqual(address.country.code, 'US')

    def test_names(self):
        "Test the official and the maiden name"
        prefixes = {'Mr.': 'Mr', 'Mrs.': 'Mrs'}
        for patient in self.patients:
            names = {n.use: n for n in self.party(patient).person_names}
            official = names.pop('official')
            self.assertEqual(official.given, patient.first)
            self.assertEqual(official.family, patient.last)
            self.assertEqual(official.prefix, prefixes.get(patient.prefix))
            self.assertEqual(official.suffix, patient.suffix or None)
            self.assertEqual(
                [(n.use, n.given, n.family) for n in names.values()],
                [('maiden', patient.first, patient.maiden)]
                if patient.maiden else [])

    def test_identifiers(self):
        "Test the papers of each patient"
        for patient in self.patients:
            self.assertEqual({
                    i.alternative_id_type: i.code
                    for i in self.party(patient).alternative_ids
                    }, {
                    kind: code for kind, code in [
                        ('country_id', patient.ssn),
                        ('passport', patient.passport),
                        ('other', patient.drivers)] if code})

    def test_deaths(self):
        "Test who died has a signed certificate"
        for patient in self.patients:
            party = self.party(patient)
            self.assertEqual(bool(party.deceased), bool(patient.death_date))
            if patient.death_date:
                self.assertEqual(party.dod.date(), patient.death_date)
                self.assertEqual(party.death_certificate.state, 'signed')

    def test_diseases(self):
        "Test each condition with its page of life"
        for patient in self.patients:
            found = self.patient(patient)
            conditions = (self.folder.conditions[patient.id]
                + self.folder.allergies[patient.id])
            self.assertEqual(
                Counter(
                    (d.pathology.code, d.diagnosed_date, d.healed_date)
                    for d in found.diseases),
                Counter((f'SCT-{c.code}', c.start, c.stop)
                    for c in conditions))
            self.assertEqual(
                Counter(d.pathology.code for d in found.diseases
                    if d.is_allergy),
                Counter(f'SCT-{a.code}'
                    for a in self.folder.allergies[patient.id]))
            for disease in found.diseases:
                self.assertEqual(
                    bool(disease.is_active), not disease.healed_date)
                self.assertEqual(
                    disease.institution.id, self.clinic.institution)
            self.assertEqual(
                Counter(p.health_condition_code for p in search(
                        'gnuhealth.pol', ('person', '=', found.party.id))),
                Counter(f'SCT-{c.code}' for c in conditions))

    def test_pages_of_life(self):
        "Test the pages of life name the clinic"
        for page in search('gnuhealth.pol'):
            self.assertEqual(page.institution.id, self.clinic.institution)
            self.assertTrue(page.author)

    def test_evaluations(self):
        "Test each care plan with its note"
        for patient in self.patients:
            self.assertEqual(
                Counter((e.notes, e.evaluation_start.date())
                    for e in search(
                        'gnuhealth.patient.evaluation',
                        ('patient', '=', self.patient(patient).id))),
                Counter((plan.note, plan.start)
                    for plan in self.folder.care_plans[patient.id]))

    def test_vaccinations(self):
        "Test each immunisation with its dose"
        for patient in self.patients:
            given = sorted(
                self.folder.immunizations[patient.id], key=lambda i: i.date)
            doses = Counter()
            wanted = set()
            for immunization in given:
                code = f'CVX-{immunization.code}'
                doses[code] += 1
                wanted.add((code, doses[code], immunization.date))
            self.assertEqual(wanted, {
                    (v.vaccine.product.code, v.dose, v.date)
                    for v in self.patient(patient).vaccinations})

    def test_appointments(self):
        "Test nobody has two appointments at once"
        appointments = search('gnuhealth.appointment')
        for key in [
                lambda a: (a.healthprof.id, a.appointment_date),
                lambda a: a.patient.id,
                lambda a: a.name]:
            self.assertEqual(
                len({key(a) for a in appointments}), len(appointments))
        today = dt.datetime.combine(dt.date.today(), dt.time())
        self.assertGreater(
            min(a.appointment_date for a in appointments), today)


class AgainTestCase(LoaderTestCase):
    "Test a database that is loaded once more"

    def assertRefused(self, folder, part, *words):
        with self.assertRaises(SyntheaError) as manager:
            load_clinic(DB_NAME, folder, 2, part)
        sentence = str(manager.exception)
        for word in [DB_NAME, *words]:
            self.assertIn(word, sentence)
        self.assertEqual(read_counts(), self.after)

    def test_master(self):
        "Test the master data are created once"
        self.assertEqual(load_master(DB_NAME, self.folder), {
                'places': 1,
                'pathologies': 0,
                'vaccines': 0,
                })
        self.assertEqual(read_counts(), self.after)

    def test_same_part(self):
        "Test a part that was loaded"
        self.assertRefused(self.folder, '1/2', "16 of these 16")

    def test_overlapping_part(self):
        "Test a part that shares patients with the one that was loaded"
        self.assertRefused(self.folder, None, "16 of these 31")

    def test_missing_master(self):
        "Test pathologies that have not arrived"
        with tempfile.TemporaryDirectory() as path:
            sample.write(path, seed=4)
            file = os.path.join(path, 'conditions.csv')
            with open(file, encoding='utf-8') as lines:
                text = lines.read()
            with open(file, 'w', encoding='utf-8') as lines:
                lines.write(text.replace(',40055000,', ',1,'))
            self.assertRefused(
                path, '1/2', "1 of the", "pathologies",
                "Chronic sinusitis", "synchronise_new")


class OtherPartTestCase(LoaderTestCase):
    "Test a clinic that enters its patients in parts"

    def test_other_part(self):
        "Test the same clinic enters another part"
        clinic = load_clinic(DB_NAME, self.folder, 2, '2/2')
        self.assertEqual(clinic.user, self.clinic.user)
        self.assertEqual(clinic.institution, self.clinic.institution)
        self.assertEqual(clinic.professionals, self.clinic.professionals)
        found, wanted = read_counts(), expected(self.folder)
        for kind in MODELS:
            self.assertEqual(
                found[kind] - self.before[kind], wanted[kind], kind)


del ContentTestCase, LoaderTestCase
