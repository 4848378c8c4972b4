# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import sys
import tempfile
import unittest
from contextlib import redirect_stderr
from io import StringIO
from unittest.mock import patch

from trytond.modules.health_synchronisation.loader import main
from trytond.pool import Pool
from trytond.tests.test_tryton import (
    DB_NAME, activate_module, drop_db, with_transaction)


class CommandTestCase(unittest.TestCase):
    "Test trytond-load-synthea"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        drop_db()
        cls.addClassCleanup(drop_db)
        activate_module('health')

    def call(self, *args):
        stderr = StringIO()
        with redirect_stderr(stderr):
            status = main(['-d', DB_NAME, *args])
        return status, stderr.getvalue()

    def assertRefused(self, args, *words):
        status, sentence = self.call(*args)
        self.assertEqual(status, 2)
        self.assertEqual(len(sentence.splitlines()), 1)
        for word in words:
            self.assertIn(word, sentence)

    @staticmethod
    @with_transaction()
    def count(name):
        return Pool().get(name).search([], count=True)

    def test_sample(self):
        "Test an invented folder is loaded, and once only"
        clinic = ['--sample', '9', 'clinic', '--organization', '1']
        self.assertRefused(clinic, "synchronise_new")
        self.assertEqual(self.call('--sample', '9', 'master'), (0, ''))
        self.assertEqual(
            self.call(*clinic, '--professionals', '3', '--part', '1/20'),
            (0, ''))
        self.assertEqual(self.count('gnuhealth.patient'), 3)
        self.assertEqual(self.count('gnuhealth.healthprofessional'), 3)
        self.assertRefused(
            [*clinic, '--part', '1/20'], "3 of these 3 patients")

    def test_folder(self):
        "Test a folder that is missing"
        self.assertRefused(['--folder', '/nowhere', 'master'], '/nowhere')

    def test_part(self):
        "Test a part that is none"
        self.assertRefused(
            ['clinic', '--organization', '1', '--part', '3/2'], '3/2')

    def test_organization(self):
        "Test a row that does not exist"
        self.assertRefused(['clinic', '--organization', '9'], 'row 9')

    def test_database(self):
        "Test a database that does not exist"
        self.assertRefused(['-d', 'nowhere', 'master'], 'nowhere')

    def test_configuration(self):
        "Test a configuration that does not exist"
        self.assertRefused(['-c', '/nowhere', 'master'], '/nowhere')

    def test_other_configuration(self):
        "Test another configuration is there before trytond is imported"
        with tempfile.NamedTemporaryFile('w') as file, \
                patch.object(sys, 'argv', [
                        '', '-c', file.name, '-d', DB_NAME, 'master']), \
                patch('os.execve', side_effect=SystemExit) as execve:
            self.assertRaises(SystemExit, main)
        program, args, environ = execve.call_args.args
        self.assertEqual(program, sys.executable)
        self.assertEqual(args, sys.orig_argv)
        self.assertEqual(environ['TRYTOND_CONFIG'], file.name)

    def test_bad_configuration(self):
        "Test a configuration that is none"
        with tempfile.NamedTemporaryFile('w') as file:
            file.write("uri\n")
            file.flush()
            self.assertRefused(['-c', file.name, 'master'], file.name)

    def test_misuse(self):
        "Test what the parser refuses"
        for args in [
                [], ['unknown'], ['clinic'],
                ['--folder', '.', '--sample', '1', 'master']]:
            with self.assertRaises(SystemExit) as manager:
                self.call(*args)
            self.assertEqual(manager.exception.code, 2)
