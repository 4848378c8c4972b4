# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import datetime as dt
import os
import tempfile
import unittest

from trytond.modules.health_synchronisation import sample
from trytond.modules.health_synchronisation.synthea import (
    ALLERGIES, CARE_PLANS, CONDITIONS, DEATH, IMMUNIZATIONS, ORGANIZATIONS,
    PATIENTS, PROVIDERS, Folder, SyntheaError, expected, parse_part)


class FolderTestCase(unittest.TestCase):
    "A folder of eight patients that each test may spoil."

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = folder.name
        sample.write(self.path, seed=1, patients=8)

    def file(self, table):
        return os.path.join(self.path, table.file)

    def read(self, table):
        with open(self.file(table), encoding='utf-8', newline='') as file:
            return [line.split(',') for line in file.read().splitlines()]

    def write(self, table, rows, encoding='utf-8'):
        text = ''.join(','.join(row) + '\n' for row in rows)
        with open(
                self.file(table), 'w', encoding=encoding, newline='') as file:
            file.write(text)

    def set(self, table, line, column, value, encoding='utf-8'):
        rows = self.read(table)
        rows[line - 1][rows[0].index(column)] = value
        self.write(table, rows, encoding)

    def remove_column(self, table, name):
        rows = self.read(table)
        index = rows[0].index(name)
        self.write(table, [r[:index] + r[index + 1:] for r in rows])

    def assertRefused(self, *words, function=expected):
        "Assert that what is wrong is told in one sentence with these words."
        with self.assertRaises(SyntheaError) as manager:
            function(self.path)
        sentence = str(manager.exception)
        for word in words:
            self.assertIn(word, sentence)
        self.assertNotIn('\n', sentence)
        self.assertIn('; ', sentence)
        self.assertEqual(sentence[-1], '.')
        self.assertEqual(manager.exception.exit_status, 2)


class RefusedTestCase(FolderTestCase):
    "Test folders that can not be used"

    def test_no_folder(self):
        "Test a folder that does not exist"
        self.path = os.path.join(self.path, 'missing')
        self.assertRefused(self.path, "give the folder")

    def test_no_patients(self):
        "Test a folder without patients.csv"
        os.remove(self.file(PATIENTS))
        self.assertRefused(self.path, 'patients.csv', "copy the file")

    def test_no_organizations(self):
        "Test organizations.csv is needed for a clinic only"
        os.remove(self.file(ORGANIZATIONS))
        self.assertEqual(expected(self.path)['patients'], 8)
        self.assertRefused('organizations.csv', function=lambda path:
            Folder(path).organization(1))

    def test_no_providers(self):
        "Test providers.csv is needed for a clinic only"
        os.remove(self.file(PROVIDERS))
        self.assertEqual(expected(self.path)['patients'], 8)
        self.assertRefused('providers.csv', function=lambda path:
            Folder(path).professionals(1, 10))

    def test_missing_column(self):
        "Test every column of every file is missed"
        for table in [
                PATIENTS, CONDITIONS, IMMUNIZATIONS, ORGANIZATIONS,
                PROVIDERS]:
            for column in table.columns.values():
                with self.subTest(file=table.file, column=column.name):
                    rows = self.read(table)
                    self.remove_column(table, column.name)
                    self.assertRefused(
                        self.file(table), 'line 1', column.name,
                        "export the file again", function=self.read_all)
                    self.write(table, rows)

    @staticmethod
    def read_all(path):
        folder = Folder(path)
        return (
            folder.patients, folder.conditions, folder.immunizations,
            folder.organizations, folder.providers)

    def test_empty_file(self):
        "Test a file without even a header"
        self.write(PATIENTS, [])
        self.assertRefused(self.file(PATIENTS), 'line 1', 'Id')

    def test_unreadable_date(self):
        "Test a date that is none in each column of dates"
        for table, column in [
                (PATIENTS, 'BIRTHDATE'), (PATIENTS, 'DEATHDATE'),
                (CONDITIONS, 'START'), (CONDITIONS, 'STOP'),
                (IMMUNIZATIONS, 'DATE')]:
            for value in ['13/07/1999', '1999-02-30', 'soon']:
                with self.subTest(column=column, value=value):
                    rows = self.read(table)
                    self.set(table, 3, column, value)
                    self.assertRefused(
                        self.file(table), 'line 3', column, value,
                        "YYYY-MM-DD")
                    self.write(table, rows)

    def test_empty_value(self):
        "Test a line without what it can not do without"
        self.set(PATIENTS, 5, 'BIRTHDATE', ' ')
        self.assertRefused(
            self.file(PATIENTS), 'line 5', 'BIRTHDATE', "fill it in")

    def test_short_line(self):
        "Test a line that was cut"
        rows = self.read(PATIENTS)
        self.write(PATIENTS, rows[:3] + [rows[3][:6]])
        self.assertRefused(self.file(PATIENTS), 'line 4', "fill it in")

    def test_wrong_order(self):
        "Test an end before its beginning"
        self.set(PATIENTS, 2, 'DEATHDATE', '1800-01-01')
        self.assertRefused(
            self.file(PATIENTS), 'line 2', 'DEATHDATE', 'BIRTHDATE')

    def test_repeated_id(self):
        "Test two patients with one Id"
        id_ = self.read(PATIENTS)[1][0]
        self.set(PATIENTS, 4, 'Id', id_)
        self.assertRefused(self.file(PATIENTS), 'line 4', 'line 2', id_)

    def test_encoding(self):
        "Test a file that is not UTF-8"
        self.set(PATIENTS, 6, 'FIRST', "Zoë", encoding='latin-1')
        rows = self.read_latin()
        line = 1 + next(
            n for n, row in enumerate(rows) if not row.isascii())
        self.assertRefused(self.file(PATIENTS), f'line {line}:', "UTF-8")

    def read_latin(self):
        with open(self.file(PATIENTS), encoding='latin-1') as file:
            return file.read().splitlines()

    def test_not_csv(self):
        "Test a field without end"
        self.set(PATIENTS, 3, 'ADDRESS', 'x' * 200_000)
        self.assertRefused(self.file(PATIENTS), 'line 3', "is not CSV")


class PartTestCase(FolderTestCase):
    "Test the parts of a folder"

    def test_every_patient_once(self):
        "Test the parts share out all patients in their order"
        folder = Folder(self.path)
        for count in range(1, 12):
            parts = [
                folder.part((number, count))
                for number in range(1, count + 1)]
            self.assertEqual(sum(parts, []), folder.patients)
            sizes = {len(part) for part in parts}
            self.assertLessEqual(max(sizes) - min(sizes), 1)

    def test_first_is_larger(self):
        "Test the first of two parts has one more of an odd number"
        sample.write(self.path, patients=1171)
        folder = Folder(self.path)
        self.assertEqual(
            [len(folder.part(part)) for part in ['1/2', '2/2']], [586, 585])

    def test_parse(self):
        "Test the ways to write a part"
        self.assertEqual(parse_part(None), (1, 1))
        self.assertEqual(parse_part((2, 3)), (2, 3))
        self.assertEqual(parse_part('2/3'), (2, 3))

    def test_parse_refused(self):
        "Test what is not a part"
        for part in ['', '1', '3/2', '0/2', 'a/b', '1/2/3', (1,), 7]:
            with self.subTest(part=part):
                self.assertRefused(
                    "1/2", function=lambda path: parse_part(part))

    def test_expected(self):
        "Test the parts add up to the whole"
        total = expected(self.path)
        parts = [expected(self.path, (n, 3)) for n in range(1, 4)]
        for kind in total.keys() - {'pathologies', 'vaccines'}:
            self.assertEqual(sum(p[kind] for p in parts), total[kind], kind)
        for kind in ['pathologies', 'vaccines']:
            self.assertEqual({p[kind] for p in parts}, {total[kind]})

    def test_expected_numbers(self):
        "Test what is expected equals the lines of the files"
        lines = {
            kind: len(self.read(table)) - 1 for kind, table in [
                ('patients', PATIENTS), ('conditions', CONDITIONS),
                ('immunizations', IMMUNIZATIONS), ('allergies', ALLERGIES),
                ('evaluations', CARE_PLANS)]}
        # An allergy is a condition, too
        lines['conditions'] += lines['allergies']
        found = expected(self.path)
        self.assertGreater(min(lines.values()), 0)
        self.assertEqual(lines, {kind: found[kind] for kind in lines})


class ContentTestCase(FolderTestCase):
    "Test what is read"

    def test_optional_files(self):
        "Test a folder with patients and nothing that they have"
        for table in [CONDITIONS, ALLERGIES, CARE_PLANS, IMMUNIZATIONS]:
            os.remove(self.file(table))
        found = expected(self.path)
        self.assertEqual(found['patients'], 8)
        self.assertEqual(found['conditions'], 0)
        self.assertEqual(found['immunizations'], 0)
        self.assertEqual(found['evaluations'], 0)

    def test_others_ignored(self):
        "Test the conditions of somebody who is not in patients.csv"
        before = expected(self.path)['conditions']
        rows = self.read(CONDITIONS)
        self.write(CONDITIONS, rows + [['nobody', *rows[1][1:]]])
        self.assertEqual(expected(self.path)['conditions'], before)

    def test_moments(self):
        "Test days with a time and moments with a zone"
        self.set(PATIENTS, 2, 'BIRTHDATE', '1980-03-04T23:30:00Z')
        self.set(PATIENTS, 2, 'DEATHDATE', '')
        id_ = self.read(PATIENTS)[1][0]
        header = self.read(IMMUNIZATIONS)[0]
        self.write(IMMUNIZATIONS, [
                header, [id_, '2000-01-01T01:00:00+02:00', '03', "MMR"]])
        folder = Folder(self.path)
        patient = folder.patients[0]
        self.assertEqual(patient.birth_date, dt.date(1980, 3, 4))
        self.assertIsNone(patient.death_date)
        given, = folder.immunizations[patient.id]
        self.assertEqual(given.date, dt.datetime(1999, 12, 31, 23))

    def test_byte_order_mark(self):
        "Test a file that a spreadsheet has saved"
        before = Folder(self.path).patients
        self.write(PATIENTS, self.read(PATIENTS), encoding='utf-8-sig')
        self.assertEqual(Folder(self.path).patients, before)

    def test_other_columns(self):
        "Test columns in another order and further ones"
        before = Folder(self.path).patients
        self.write(PATIENTS, [
                ['x', *reversed(row)] for row in self.read(PATIENTS)])
        self.assertEqual(Folder(self.path).patients, before)

    def test_identifiers(self):
        "Test the papers somebody has"
        self.set(PATIENTS, 2, 'SSN', '999-1')
        self.set(PATIENTS, 2, 'PASSPORT', '')
        self.set(PATIENTS, 2, 'DRIVERS', 'S7')
        self.assertEqual(
            Folder(self.path).patients[0].identifiers,
            [('ssn', '999-1'), ('drivers', 'S7')])

    def test_death_is_a_pathology(self):
        "Test a cause of death is needed only where somebody died"
        rows = self.read(PATIENTS)
        index = rows[0].index('DEATHDATE')
        for row in rows[1:]:
            row[index] = ''
        self.write(PATIENTS, rows)
        self.assertNotIn(DEATH[0], Folder(self.path).pathologies)
        self.set(PATIENTS, 3, 'DEATHDATE', '2020-04-01')
        self.assertIn(DEATH[0], Folder(self.path).pathologies)


class ProfessionalsTestCase(FolderTestCase):
    "Test who works for an organisation"

    def test_own(self):
        "Test an organisation that has enough of its own"
        folder = Folder(self.path)
        for number in [1, 4]:
            found = folder.professionals(number, 10)
            self.assertEqual(len(found), 10)
            self.assertEqual(
                {p.organization for p in found},
                {folder.organization(number).id})

    def test_block(self):
        "Test organisations that have too few share nobody"
        folder = Folder(self.path)
        first, second = (folder.professionals(n, 15) for n in (1, 2))
        self.assertEqual(len(first + second), 30)
        self.assertEqual(len({p.id for p in first + second}), 30)

    def test_few(self):
        "Test an organisation has its own when no others are left"
        folder = Folder(self.path)
        self.assertEqual(len(folder.professionals(4, 20)), 10)

    def test_nobody(self):
        "Test a file without any provider"
        self.write(PROVIDERS, self.read(PROVIDERS)[:1])
        self.assertRefused('providers.csv', function=lambda path:
            Folder(path).professionals(1, 10))

    def test_count(self):
        "Test a clinic without professionals"
        self.assertRefused("professional", function=lambda path:
            Folder(path).professionals(1, 0))

    def test_row(self):
        "Test a row that does not exist"
        for number in [0, -1, 5]:
            self.assertRefused(
                'organizations.csv', f'row {number}', "1 to 4",
                function=lambda path: Folder(path).organization(number))


del FolderTestCase
