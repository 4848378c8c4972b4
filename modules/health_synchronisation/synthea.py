# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Read folders of Synthea CSV files.

patients.csv is required; conditions.csv, allergies.csv, immunizations.csv or
careplans.csv missing means that there are none; organizations.csv and
providers.csv are needed only to load a clinic.  Other files and columns are
ignored, and so is what is told of patients who are not in patients.csv.
"""
import csv
import datetime as dt
import os
from collections import defaultdict
from functools import cached_property
from typing import NamedTuple, Optional

__all__ = [
    'DEATH', 'CarePlan', 'Condition', 'Folder', 'Immunization',
    'Organization', 'Patient', 'Provider', 'SyntheaError', 'expected',
    'parse_part']


# The files tell when somebody died but not of what, and GNU Health requires
# a cause: this concept of SNOMED says no more than that death occurred.
DEATH = ('419620001', "Death (event)")


class SyntheaError(Exception):
    "The folder of Synthea files can not be used as it is."
    exit_status = 2


class Patient(NamedTuple):
    id: str
    birth_date: dt.date
    death_date: Optional[dt.date]
    ssn: str
    drivers: str
    passport: str
    prefix: str
    first: str
    last: str
    suffix: str
    maiden: str
    marital: str
    race: str
    ethnicity: str
    gender: str
    address: str
    city: str
    state: str
    zip: str

    @property
    def identifiers(self):
        "Return the pairs of kind and number of the papers this person has."
        return [(kind, getattr(self, kind))
            for kind in ('ssn', 'passport', 'drivers') if getattr(self, kind)]


class Condition(NamedTuple):
    patient: str
    start: dt.date
    stop: Optional[dt.date]
    code: str
    description: str


class Immunization(NamedTuple):
    patient: str
    date: dt.datetime
    code: str
    description: str


class CarePlan(NamedTuple):
    patient: str
    start: dt.date
    stop: Optional[dt.date]
    description: str
    reason: str

    @property
    def note(self):
        "Return what somebody would write about it."
        reason = f" because of {self.reason}" if self.reason else ""
        until = f" until {self.stop}" if self.stop else ""
        return f"{self.description}{reason}, from {self.start}{until}."


class Organization(NamedTuple):
    id: str
    name: str
    address: str
    city: str
    state: str
    zip: str
    phone: str


class Provider(NamedTuple):
    id: str
    organization: str
    name: str
    gender: str
    speciality: str


def _text(value):
    return value.strip()


def _moment(value):
    moment = dt.datetime.fromisoformat(value.strip().replace('Z', '+00:00'))
    if moment.tzinfo:
        moment = moment.astimezone(dt.timezone.utc).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def _day(value):
    # Exports of other releases have the time of the day in every date
    return _moment(value).date()


class Column(NamedTuple):
    "A column of a file, and how the text in it becomes a value."
    name: str
    convert: callable = _text
    required: bool = False


def _needed(name, convert=_text):
    return Column(name, convert, required=True)


class Table(NamedTuple):
    "A file, what one of its lines becomes, and the column of each field."
    file: str
    record: type
    columns: dict


PATIENTS = Table('patients.csv', Patient, {
        'id': _needed('Id'),
        'birth_date': _needed('BIRTHDATE', _day),
        'death_date': Column('DEATHDATE', _day),
        'ssn': Column('SSN'),
        'drivers': Column('DRIVERS'),
        'passport': Column('PASSPORT'),
        'prefix': Column('PREFIX'),
        'first': _needed('FIRST'),
        'last': _needed('LAST'),
        'suffix': Column('SUFFIX'),
        'maiden': Column('MAIDEN'),
        'marital': Column('MARITAL'),
        'race': Column('RACE'),
        'ethnicity': Column('ETHNICITY'),
        'gender': Column('GENDER'),
        'address': Column('ADDRESS'),
        'city': Column('CITY'),
        'state': Column('STATE'),
        'zip': Column('ZIP'),
        })
CONDITIONS = Table('conditions.csv', Condition, {
        'patient': _needed('PATIENT'),
        'start': _needed('START', _day),
        'stop': Column('STOP', _day),
        'code': _needed('CODE'),
        'description': _needed('DESCRIPTION'),
        })
ALLERGIES = CONDITIONS._replace(file='allergies.csv')
CARE_PLANS = Table('careplans.csv', CarePlan, {
        'patient': _needed('PATIENT'),
        'start': _needed('START', _day),
        'stop': Column('STOP', _day),
        'description': _needed('DESCRIPTION'),
        'reason': Column('REASONDESCRIPTION'),
        })
IMMUNIZATIONS = Table('immunizations.csv', Immunization, {
        'patient': _needed('PATIENT'),
        'date': _needed('DATE', _moment),
        'code': _needed('CODE'),
        'description': _needed('DESCRIPTION'),
        })
ORGANIZATIONS = Table('organizations.csv', Organization, {
        'id': _needed('Id'),
        'name': _needed('NAME'),
        'address': Column('ADDRESS'),
        'city': Column('CITY'),
        'state': Column('STATE'),
        'zip': Column('ZIP'),
        'phone': Column('PHONE'),
        })
PROVIDERS = Table('providers.csv', Provider, {
        'id': _needed('Id'),
        'organization': Column('ORGANIZATION'),
        'name': _needed('NAME'),
        'gender': Column('GENDER'),
        'speciality': Column('SPECIALITY'),
        })


class Folder:
    "A folder of Synthea CSV files, each read when it is first needed."

    def __init__(self, path):
        self.path = os.fspath(path)
        if not os.path.isdir(self.path):
            raise SyntheaError(
                f'The folder "{self.path}" does not exist; '
                "give the folder that contains patients.csv.")
        self._require(PATIENTS)

    @classmethod
    def of(cls, folder):
        "Return the folder, which may be given by its path."
        return folder if isinstance(folder, cls) else cls(folder)

    @cached_property
    def patients(self):
        return self._read(PATIENTS)

    @cached_property
    def conditions(self):
        return self._of_patients(CONDITIONS)

    @cached_property
    def allergies(self):
        return self._of_patients(ALLERGIES)

    @cached_property
    def care_plans(self):
        return self._of_patients(CARE_PLANS)

    @cached_property
    def immunizations(self):
        return self._of_patients(IMMUNIZATIONS)

    @cached_property
    def organizations(self):
        self._require(ORGANIZATIONS)
        return self._read(ORGANIZATIONS)

    @cached_property
    def providers(self):
        self._require(PROVIDERS)
        return self._read(PROVIDERS)

    @cached_property
    def pathologies(self):
        "Return the names of what people have, and of death, by their codes."
        names = {**_names(self.allergies), **_names(self.conditions)}
        if any(p.death_date for p in self.patients):
            names.setdefault(*DEATH)
        return names

    @cached_property
    def vaccines(self):
        "Return the names of the vaccines by their codes."
        return _names(self.immunizations)

    def part(self, part=None):
        "Return the patients of the part (number, count), all without one."
        number, count = parse_part(part)
        total = len(self.patients)
        # The first parts are the ones that are larger by one
        start, stop = (-(-total * n // count) for n in (number - 1, number))
        return self.patients[start:stop]

    def organization(self, number):
        "Return the organisation in the row of that number, the first is 1."
        if not 1 <= number <= len(self.organizations):
            raise SyntheaError(
                f'"{self._path(ORGANIZATIONS)}" has no row {number}; give a '
                f"number from 1 to {len(self.organizations)}.")
        return self.organizations[number - 1]

    def professionals(self, number, count):
        """Return the providers who work for the organisation of that row.

        Where it has fewer than count, those in the block of count rows that
        has the same number as the organisation stand in for them, such that
        two of these organisations never share anybody.
        """
        organization = self.organization(number)
        if count < 1:
            raise SyntheaError(
                "A clinic needs at least one professional; give a number "
                "from 1.")
        own = [
            p for p in self.providers if p.organization == organization.id]
        block = self.providers[(number - 1) * count:number * count]
        found = (own if len(own) >= count else max(block, own, key=len))
        if not found:
            raise SyntheaError(
                f'"{self._path(PROVIDERS)}" has nobody for the organisation '
                f'"{organization.name}"; add a provider or choose another '
                "organisation.")
        return found[:count]

    def _path(self, table):
        return os.path.join(self.path, table.file)

    def _require(self, table):
        if not os.path.isfile(self._path(table)):
            raise SyntheaError(
                f'The folder "{self.path}" has no {table.file}; '
                "copy the file into it or give another folder.")

    def _of_patients(self, table):
        known = {p.id for p in self.patients}
        found = defaultdict(list)
        if os.path.isfile(self._path(table)):
            for record in self._read(table):
                if record.patient in known:
                    found[record.patient].append(record)
        return found

    def _read(self, table):
        path = self._path(table)
        records, lines = [], {}
        with open(path, encoding='utf-8-sig', newline='') as file:
            reader = csv.DictReader(file)
            try:
                _check_header(path, table, reader.fieldnames or [])
                for row in reader:
                    record = _record(path, reader.line_num, table, row)
                    _check_unique(path, reader.line_num, record, lines)
                    records.append(record)
            except UnicodeDecodeError as exception:
                raise SyntheaError(
                    f'"{path}", line {_not_utf8(path)}: the text is not '
                    "UTF-8; save the file as UTF-8.") from exception
            except csv.Error as exception:
                # DictReader's own number is that of the last good line
                raise SyntheaError(
                    f'"{path}", line {reader.reader.line_num}: it is not CSV '
                    f"({exception}); correct it or export the file again."
                    ) from exception
        return records


def _names(by_patient):
    names = {}
    for records in by_patient.values():
        for record in records:
            names.setdefault(record.code, record.description)
    return names


def _not_utf8(path):
    "Return the number of the first line that is not UTF-8."
    with open(path, 'rb') as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode('utf-8')
            except UnicodeDecodeError:
                return number


def _check_header(path, table, names):
    for column in table.columns.values():
        if column.name not in names:
            raise SyntheaError(
                f'"{path}", line 1: the column {column.name} is missing; '
                "export the file again with all its columns.")


def _check_unique(path, line, record, lines):
    id_ = getattr(record, 'id', None)
    if id_ and lines.setdefault(id_, line) != line:
        raise SyntheaError(
            f'"{path}", line {line}: the Id "{id_}" is also that of line '
            f"{lines[id_]}; remove one of them.")


def _record(path, line, table, row):
    record = table.record(**{
            field: _value(path, line, column, row[column.name])
            for field, column in table.columns.items()})
    _check_order(path, line, table, record)
    return record


def _value(path, line, column, text):
    if not text or not text.strip():
        if column.required or text is None:
            raise SyntheaError(
                f'"{path}", line {line}: the column {column.name} is empty; '
                "fill it in or remove the line.")
        return None if column.convert is not _text else ''
    try:
        return column.convert(text)
    except ValueError as exception:
        raise SyntheaError(
            f'"{path}", line {line}: the date "{text}" in the column '
            f"{column.name} is unreadable; write it as YYYY-MM-DD."
            ) from exception


def _check_order(path, line, table, record):
    for first, last in [('birth_date', 'death_date'), ('start', 'stop')]:
        start, end = (getattr(record, n, None) for n in (first, last))
        if start and end and end < start:
            raise SyntheaError(
                f'"{path}", line {line}: {table.columns[last].name} is '
                f"before {table.columns[first].name}; correct one of them.")


def parse_part(part):
    "Return (number, count) of a part given as such or written number/count."
    if part is None:
        return 1, 1
    try:
        number, count = map(
            int, part.split('/') if isinstance(part, str) else part)
        if not 1 <= number <= count:
            raise ValueError
    except (TypeError, ValueError) as exception:
        raise SyntheaError(
            f'The part "{part}" is not a part; write it as 1/2 for the first '
            "of two.") from exception
    return number, count


def expected(folder, part=None):
    """Return how many of each kind the part of the folder contains.

    The pathologies and vaccines are those of the whole folder, since master
    data are loaded at once.
    """
    folder = Folder.of(folder)
    patients = folder.part(part)
    return {
        'patients': len(patients),
        'addresses': len(patients),
        'names': sum(1 + bool(p.maiden) for p in patients),
        'identifiers': sum(len(p.identifiers) for p in patients),
        'deaths': sum(bool(p.death_date) for p in patients),
        'conditions': sum(
            len(folder.conditions[p.id]) + len(folder.allergies[p.id])
            for p in patients),
        'allergies': sum(len(folder.allergies[p.id]) for p in patients),
        'evaluations': sum(len(folder.care_plans[p.id]) for p in patients),
        'immunizations': sum(
            len(folder.immunizations[p.id]) for p in patients),
        'appointments': sum(not p.death_date for p in patients),
        'pathologies': len(folder.pathologies),
        'vaccines': len(folder.vaccines),
        }
