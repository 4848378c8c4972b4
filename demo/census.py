# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"How many records there are of what the files contain."
import sqlite3
from contextlib import closing

from .error import DemoError

# The model of each kind, and the field that names the patient or the party
KINDS = {
    'patients': ('gnuhealth.patient', None),
    'addresses': ('party.address', 'party'),
    'names': ('gnuhealth.person_name', 'party'),
    'identifiers': ('gnuhealth.person_alternative_identification', 'party'),
    'deaths': ('gnuhealth.death_certificate', 'party'),
    'conditions': ('gnuhealth.patient.disease', 'patient'),
    'evaluations': ('gnuhealth.patient.evaluation', 'patient'),
    'immunizations': ('gnuhealth.vaccination', 'patient'),
    'appointments': ('gnuhealth.appointment', 'patient'),
    }
# The model and the first letters of a code
CODES = {
    'pathologies': ('gnuhealth.pathology', 'SCT-'),
    'vaccines': ('product.product', 'CVX-'),
    }
PUIDS = """
    SELECT party.name, party.lastname, party.dob, paper.code, party.ref
    FROM party_party party
        LEFT JOIN gnuhealth_person_alternative_identification paper
            ON paper.party = party.id
            AND paper.alternative_id_type = 'country_id'
    WHERE party.is_patient
    """


def count(tables):
    "Return how many of each kind {model: Table} have."
    patients = tables['gnuhealth.patient']
    owners = {
        'patient': {('gnuhealth.patient', key) for key in patients.rows},
        'party': set(patients.column('party').values()),
        }
    counts = {}
    for kind, (model, owner) in KINDS.items():
        table = tables[model]
        counts[kind] = len(table.rows) if not owner else sum(
            value in owners[owner] for value in table.column(owner).values())
    allergies = tables[KINDS['conditions'][0]].column('is_allergy')
    counts['allergies'] = sum(map(bool, allergies.values()))
    for kind, (model, start) in CODES.items():
        counts[kind] = sum(
            (code or '').startswith(start)
            for code in tables[model].column('code').values())
    return counts


def check(name, expected, counts):
    "Yield a sentence for each kind of which an instance has another number."
    for kind, number in expected.items():
        if counts[kind] != number:
            yield (f"There are {counts[kind]} {kind} at {name}, and the "
                f"files make it {number}.")


def read_puids(file):
    "Return {name, last name, birthday and number: PUID} of the patients."
    with closing(sqlite3.connect(f'file:{file}?mode=ro', uri=True)) as base:
        return {tuple(person): puid for *person, puid in base.execute(PUIDS)}


def find_puids(file, patients):
    "Return the PUIDs that patients of the files have in a database."
    puids = read_puids(file)
    found = [
        puids.get((p.first, p.last, p.birth_date.isoformat(), p.ssn or None))
        for p in patients]
    if None in found:
        raise DemoError(
            f'{found.count(None)} of {len(found)} patients who are looked '
            f'for are not in "{file}".')
    return found
