# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A small folder of invented Synthea files, for when there is no real one."
import csv
import datetime as dt
import os
import random
import uuid

from .synthea import (
    ALLERGIES, CARE_PLANS, CONDITIONS, IMMUNIZATIONS, ORGANIZATIONS, PATIENTS,
    PROVIDERS)

__all__ = ['write']

TODAY = dt.date(2020, 4, 28)
ORGANIZATION_COUNT = 4
PROVIDER_COUNT = 10
FEMALE = (
    "Agnes Beatrice Clara Dolores Edith Fatima Grace Hannah Irène Josefina "
    "Katherine Louise María Noor Olivia Priya Ruth Sofía Teresa Yolanda"
    ).split()
MALE = (
    "Abel Bruno Carlos Daniel Emmanuel François George Hugo Isaac José "
    "Kwame Leonard Miguel Nathan Omar Patrick Ramón Samuel Thomas Víctor"
    ).split()
FAMILY = (
    "Adams Baker Castillo Dubois Edwards Fernández García Huang Ivanov "
    "Johnson Kaplan Lefebvre Mbeki Nguyen O'Connor Pérez Quinn Rossi "
    "Sánchez Thompson Underwood Vega Walker Young Zhang").split()
STREETS = (
    "Maple Street", "Church Street", "Mill Road", "Lake View Avenue",
    "Orchard Lane", "School Street", "River Road", "Prospect Street")
TOWNS = (
    ("Burlington", '05401'), ("Rutland", '05701'), ("Montpelier", '05602'),
    ("Bennington", '05201'), ("Brattleboro", '05301'))
ORGANIZATIONS_OF_TOWNS = (
    "COMMUNITY HEALTH CENTER", "GENERAL HOSPITAL", "FAMILY PRACTICE",
    "MEDICAL CENTER")
SPECIALITIES = (
    'GENERAL PRACTICE', 'INTERNAL MEDICINE', 'NURSE PRACTITIONER',
    'FAMILY PRACTICE', 'PEDIATRIC MEDICINE', 'OBSTETRICS/GYNECOLOGY')
# Code, description, lowest age, usual days until it is over (None: it stays)
ILLNESSES = (
    ('444814009', "Viral sinusitis (disorder)", 1, 14),
    ('195662009', "Acute viral pharyngitis (disorder)", 1, 12),
    ('10509002', "Acute bronchitis (disorder)", 2, 21),
    ('65363002', "Otitis media", 0, 30),
    ('44465007', "Sprain of ankle", 5, 28),
    ('40055000', "Chronic sinusitis (disorder)", 12, None),
    ('233678006', "Childhood asthma", 3, None),
    ('162864005', "Body mass index 30+ - obesity (finding)", 18, None),
    ('59621000', "Hypertension", 30, None),
    ('15777000', "Prediabetes", 30, None),
    ('44054006', "Diabetes", 40, None),
    ('271737000', "Anemia (disorder)", 15, None),
    )
# Code, description and the months of age at which it is given
VACCINES = (
    ('08', "Hep B  adolescent or pediatric", (0, 1, 6)),
    ('20', "DTaP", (2, 4, 6, 15, 48)),
    ('10', "IPV", (2, 4, 6, 48)),
    ('03', "MMR", (12, 48)),
    ('21', "varicella", (12, 48)),
    ('113', "Td (adult) preservative free", (252, 372, 492, 612, 732)),
    )
ALLERGENS = (
    ('300913006', "Shellfish allergy"), ('91935009', "Allergy to peanuts"),
    ('300916003', "Latex allergy"), ('294505008', "Allergy to penicillin"))
PLANS = {
    '10509002': "Respiratory therapy",
    '44465007': "Physical therapy procedure",
    '44054006': "Diabetes self management plan",
    '59621000': "Lifestyle education regarding hypertension"}
INFLUENZA = ('140', "Influenza  seasonal  injectable  preservative free")


def write(folder, seed=0, patients=60, organizations=ORGANIZATION_COUNT):
    "Write the files, the same bytes for the same numbers."
    rng = random.Random(seed)
    organizations = [_organization(rng) for _ in range(organizations)]
    providers = [
        _provider(rng, organization) for organization in organizations
        for _ in range(PROVIDER_COUNT)]
    people = [_patient(rng, number) for number in range(patients)]
    conditions = [c for p in people for c in _conditions(rng, p)]
    immunizations = [i for p in people for i in _immunizations(rng, p)]
    allergies = [a for p in people for a in _allergies(rng, p)]
    plans = [CARE_PLANS.record(
            c.patient, c.start, c.stop, PLANS[c.code], c.description)
        for c in conditions if c.code in PLANS]
    os.makedirs(folder, exist_ok=True)
    for table, records in [
            (ORGANIZATIONS, organizations),
            (PROVIDERS, providers),
            (PATIENTS, people),
            (CONDITIONS, conditions),
            (IMMUNIZATIONS, immunizations),
            (ALLERGIES, allergies),
            (CARE_PLANS, plans),
            ]:
        _write_table(folder, table, records)


def _write_table(folder, table, records):
    path = os.path.join(folder, table.file)
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(column.name for column in table.columns.values())
        for record in records:
            writer.writerow(
                _text(getattr(record, field)) for field in table.columns)


def _text(value):
    if value is None:
        return ''
    elif isinstance(value, dt.datetime):
        return value.strftime('%Y-%m-%dT%H:%M:%SZ')
    return str(value)


def _id(rng):
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _organization(rng):
    town, code = rng.choice(TOWNS)
    return ORGANIZATIONS.record(
        id=_id(rng),
        name=f'{town.upper()} {rng.choice(ORGANIZATIONS_OF_TOWNS)}',
        address=_street(rng).upper(),
        city=town.upper(),
        state='VT',
        zip=code,
        phone=f'802555{rng.randrange(10 ** 4):04d}')


def _provider(rng, organization):
    gender = rng.choice('FM')
    return PROVIDERS.record(
        id=_id(rng),
        organization=organization.id,
        name=f'{_given(rng, gender)} {rng.choice(FAMILY)}',
        gender=gender,
        speciality=rng.choice(SPECIALITIES))


def _patient(rng, number):
    gender = rng.choice('FM')
    birth = TODAY - dt.timedelta(days=rng.randrange(30, 90 * 365))
    death = _death(rng, birth)
    age = ((death or TODAY) - birth).days // 365
    married = age >= 20 and rng.random() < .6
    town, code = rng.choice(TOWNS)
    return PATIENTS.record(
        id=_id(rng),
        birth_date=birth,
        death_date=death,
        ssn=f'999-{rng.randrange(10, 100)}-{number:04d}',
        drivers=f'S999{rng.randrange(10 ** 5):05d}' if age >= 16 else '',
        passport=(
            f'X{rng.randrange(10 ** 8):08d}X'
            if age >= 18 and rng.random() < .8 else ''),
        prefix='' if age < 18 else _prefix(gender, married),
        first=_given(rng, gender),
        last=rng.choice(FAMILY),
        suffix='MD' if age >= 30 and rng.random() < .05 else '',
        maiden=rng.choice(FAMILY) if married and gender == 'F' else '',
        marital='' if age < 18 else 'M' if married else 'S',
        race=rng.choice(('white', 'white', 'black', 'asian', 'native')),
        ethnicity=rng.choice(('nonhispanic', 'nonhispanic', 'hispanic')),
        gender=gender,
        address=_street(rng),
        city=town,
        state="Vermont",
        zip=code)


def _given(rng, gender):
    return rng.choice(FEMALE if gender == 'F' else MALE)


def _street(rng):
    return f'{rng.randrange(1, 1000)} {rng.choice(STREETS)}'


def _prefix(gender, married):
    return 'Mr.' if gender == 'M' else 'Mrs.' if married else 'Ms.'


def _death(rng, birth):
    if rng.random() < .1:
        return birth + (TODAY - birth) * rng.random()


def _conditions(rng, patient):
    last = patient.death_date or TODAY
    for code, description, lowest, days in ILLNESSES:
        start = patient.birth_date + dt.timedelta(
            days=lowest * 365 + rng.randrange(60 * 365))
        if start < last:
            stop = None
            if days and (last - start).days > days:
                stop = start + dt.timedelta(days=days)
            yield CONDITIONS.record(
                patient.id, start, stop, code, description)


def _immunizations(rng, patient):
    last = patient.death_date or TODAY
    planned = [
        (patient.birth_date + dt.timedelta(days=30 * month), code, name)
        for code, name, months in VACCINES for month in months]
    planned += [
        (dt.date(year, 10, 15), *INFLUENZA) for year in range(2010, 2020)]
    for day, code, description in sorted(planned):
        if patient.birth_date <= day <= last:
            moment = dt.datetime.combine(day, dt.time(9)) + dt.timedelta(
                minutes=rng.randrange(8 * 60))
            yield IMMUNIZATIONS.record(
                patient.id, moment, code, description)


def _allergies(rng, patient):
    for code, description in ALLERGENS:
        if rng.random() < .1:
            yield ALLERGIES.record(
                patient.id, patient.birth_date, None, code, description)
