# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import os
import tempfile
import unittest

from trytond.modules.health_synchronisation import sample
from trytond.modules.health_synchronisation.synthea import Folder, expected


class SampleTestCase(unittest.TestCase):
    "Test the invented files"

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def files(self, *args, **kwargs):
        path = self.folder()
        sample.write(path, *args, **kwargs)
        content = {}
        for name in os.listdir(path):
            with open(os.path.join(path, name), 'rb') as file:
                content[name] = file.read()
        return content

    def test_same_seed(self):
        "Test the same seed gives the same bytes"
        self.assertEqual(self.files(7), self.files(7))

    def test_other_seed(self):
        "Test another seed gives other patients"
        first, second = self.files(7), self.files(8)
        self.assertEqual(first.keys(), second.keys())
        for name in first:
            self.assertNotEqual(first[name], second[name])

    def test_known_bytes(self):
        "Test a line that every machine and release of Python writes"
        lines = self.files(0)['patients.csv'].decode().splitlines()
        self.assertEqual(lines[1].split(',')[:4], [
                '4653a560-0597-4ab6-94d3-0dbca0acf4c9',
                '2002-04-08',
                '',
                '999-67-0000',
                ])

    def test_new_folder(self):
        "Test the folder is made"
        path = os.path.join(self.folder(), 'new')
        sample.write(path)
        self.assertEqual(expected(path)['patients'], 60)

    def test_content(self):
        "Test all kinds of records are there for many seeds"
        for seed in range(20):
            path = self.folder()
            sample.write(path, seed)
            found = expected(path)
            self.assertEqual(found['patients'], 60)
            for kind, count in found.items():
                self.assertGreater(count, 0, (seed, kind))
            self.assertEqual(len(Folder(path).organizations), 4)

    def test_unique(self):
        "Test what tells two patients apart"
        path = self.folder()
        sample.write(path, patients=1000)
        patients = Folder(path).patients
        for field in ['id', 'ssn']:
            self.assertEqual(
                len({getattr(p, field) for p in patients}), 1000)

    def test_life(self):
        "Test nothing happens before birth nor after death"
        path = self.folder()
        sample.write(path, patients=200)
        folder = Folder(path)
        for patient in folder.patients:
            days = [c.start for c in folder.conditions[patient.id]]
            days += [
                i.date.date() for i in folder.immunizations[patient.id]]
            last = patient.death_date or sample.TODAY
            for day in days:
                self.assertLessEqual(patient.birth_date, day)
                self.assertLessEqual(day, last)
