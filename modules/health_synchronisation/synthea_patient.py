# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The patients of a folder of Synthea files, written as a clinic enters them."
import datetime as dt
from collections import Counter

from trytond.pool import Pool
from trytond.tools import grouped_slice

from .synthea_clinic import ethnicities, gender

__all__ = ['PatientWriter', 'find_loaded']

IDENTIFIERS = {
    'ssn': {'alternative_id_type': 'country_id'},
    'passport': {'alternative_id_type': 'passport'},
    'drivers': {
        'alternative_id_type': 'other',
        'other_alternative_id_type': "Driver licence",
        },
    }
MARITAL = {'M': 'm', 'S': 's', 'D': 'd', 'W': 'w'}
PREFIXES = {'Mr.': 'Mr', 'Mrs.': 'Mrs', 'Miss': 'Miss', 'Dr.': 'Dr'}
SLOTS = 16
SLOT = dt.timedelta(minutes=30)


def find_loaded(patients):
    "Return those of the patients whom the database has already."
    Identifier = Pool().get('gnuhealth.person_alternative_identification')
    known = {
        (i.code, i.party.name, i.party.lastname, i.party.dob)
        for some in grouped_slice(patients)
        for i in Identifier.search([
                ('alternative_id_type', '=', 'country_id'),
                ('code', 'in', [p.ssn for p in some]),
                ])}
    return [
        p for p in patients
        if (p.ssn, p.first, p.last, p.birth_date) in known]


class PatientWriter:
    """Write patients with all that the files say about them.

    Parties and diseases are created one
    by one because GNU Health's own create is wrong for lists of them.
    """

    def __init__(self, folder, clinic, catalogue):
        self.folder = folder
        self.clinic = clinic
        self.catalogue = catalogue
        self.ethnicities = ethnicities()
        self.today = dt.date.today()

    def write(self, numbered, progress):
        "Write the patients, given with their positions among the clinic's."
        parties = {p: self.create_party(p) for _, p in numbered}
        self.complete_names(parties)
        self.certify_deaths(parties)
        ids = self.find_patients(parties)
        self.create_vaccinations(numbered, ids)
        self.create_appointments(numbered, ids)
        self.create_evaluations(numbered, ids)
        for number, patient in numbered:
            self.create_diseases(number, patient, ids[patient])
            progress(number + 1)

    def create_party(self, patient):
        # Party.create repeats itself with the whole list for each of it
        party, = Pool().get('party.party').create([{
                    'name': patient.first,
                    'lastname': patient.last,
                    'gender': gender(patient.gender),
                    'dob': patient.birth_date,
                    'marital_status': MARITAL.get(patient.marital),
                    'ethnic_group': self.ethnicities.get(patient.race),
                    'proclaimed_ethnicity': self.ethnicities.get(
                        patient.ethnicity),
                    'is_person': True,
                    'is_patient': True,
                    'create_target': True,
                    'fed_country': 'USA',
                    'addresses': [('create', [
                                self.clinic.places.address(patient)])],
                    'alternative_identification': bool(patient.identifiers),
                    'alternative_ids': [('create', [
                                {'code': code, **IDENTIFIERS[kind]}
                                for kind, code in patient.identifiers])],
                    }])
        return party.id

    def complete_names(self, parties):
        Name = Pool().get('gnuhealth.person_name')
        officials = {n.party.id: n for n in Name.search([
                    ('party', 'in', list(parties.values())),
                    ('use', '=', 'official'),
                    ])}
        changes, maiden = [], []
        for patient, party in parties.items():
            values = {
                'prefix': PREFIXES.get(patient.prefix),
                'suffix': patient.suffix or None,
                }
            if any(values.values()):
                changes += [[officials[party]], values]
            if patient.maiden:
                maiden.append({
                        'party': party,
                        'use': 'maiden',
                        'given': patient.first,
                        'family': patient.maiden,
                        })
        if changes:
            Name.write(*changes)
        Name.create(maiden)

    def certify_deaths(self, parties):
        Certificate = Pool().get('gnuhealth.death_certificate')
        places = self.clinic.places
        certificates = Certificate.create([{
                    'party': party,
                    'code': patient.id,
                    'dod': _midnight(patient.death_date),
                    'cod': self.catalogue.death,
                    'type_of_death': 'undetermined',
                    'place_of_death': 'health_center',
                    'country': places.country,
                    'country_subdivision': places.subdivision(patient.state),
                    }
                for patient, party in parties.items() if patient.death_date])
        for certificate in certificates:
            # Only the first of a list would make its party deceased
            Certificate.sign([certificate])

    def find_patients(self, parties):
        Patient = Pool().get('gnuhealth.patient')
        ids = {r.party.id: r.id for r in Patient.search([
                    ('party', 'in', list(parties.values()))])}
        return {patient: ids[party] for patient, party in parties.items()}

    def create_vaccinations(self, numbered, ids):
        Vaccination = Pool().get('gnuhealth.vaccination')
        vaccinations = []
        for number, patient in numbered:
            doses = Counter()
            for given in sorted(
                    self.folder.immunizations[patient.id],
                    key=lambda g: g.date):
                doses[given.code] += 1
                vaccinations.append({
                        'patient': ids[patient],
                        'vaccine': self.catalogue.vaccines[given.code],
                        'dose': doses[given.code],
                        'date': given.date,
                        'healthprof': self.professional(number),
                        'institution': self.clinic.institution,
                        })
        Vaccination.create(vaccinations)

    def create_appointments(self, numbered, ids):
        Appointment = Pool().get('gnuhealth.appointment')
        Appointment.create([{
                    'patient': ids[patient],
                    'healthprof': self.professional(number),
                    'institution': self.clinic.institution,
                    'appointment_date': self.appointment_date(number),
                    'state': 'confirmed',
                    'visit_type': self.visit_type(patient),
                    }
                for number, patient in numbered if not patient.death_date])

    def appointment_date(self, number):
        day, slot = divmod(number // len(self.clinic.professionals), SLOTS)
        morning = dt.datetime.combine(self.today, dt.time(8))
        return morning + dt.timedelta(days=day + 1) + slot * SLOT

    def visit_type(self, patient):
        if all(c.stop for c in self.folder.conditions[patient.id]):
            return {'M': 'well_man', 'F': 'well_woman'}.get(patient.gender)
        return 'followup'

    def create_evaluations(self, numbered, ids):
        "Create an evaluation with a note for each care plan."
        Evaluation = Pool().get('gnuhealth.patient.evaluation')
        Evaluation.create([{
                    'patient': ids[patient],
                    'healthprof': self.professional(number),
                    'institution': self.clinic.institution,
                    'evaluation_start': _midnight(plan.start),
                    'evaluation_type': 'outpatient',
                    'notes': plan.note,
                    }
                for number, patient in numbered
                for plan in self.folder.care_plans[patient.id]])

    def create_diseases(self, number, patient, id_):
        for condition in self.folder.conditions[patient.id]:
            self.create_disease(number, id_, condition)
        for allergy in self.folder.allergies[patient.id]:
            self.create_disease(
                number, id_, allergy, is_allergy=True, allergy_type='ma')

    def create_disease(self, number, id_, condition, **values):
        Disease = Pool().get('gnuhealth.patient.disease')
        # Only the first of a list would get its page of life
        Disease.create([{
                    'patient': id_,
                    'pathology': self.catalogue.pathologies[condition.code],
                    'diagnosed_date': condition.start,
                    'healed_date': condition.stop,
                    'is_active': not condition.stop,
                    'status': 'h' if condition.stop else None,
                    'healthprof': self.professional(number),
                    'institution': self.clinic.institution,
                    **values}])

    def professional(self, number):
        professionals = self.clinic.professionals
        return professionals[number % len(professionals)]


def _midnight(day):
    return dt.datetime.combine(day, dt.time())
