# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import io
import json
import unittest
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from trytond.modules.synchronisation import command, errors, verb

OUTCOME = {
    'task': 'push_all',
    'complete': True,
    'moved': {
        'party.party': {'pushed': 12, 'pulled': 0},
        'party.address': {'pushed': 3},
        },
    'requests': 2,
    'bytes_up': 1234,
    'bytes_down': 56,
    'seconds': 0.25,
    'errors': [],
    }


def get_options(*args):
    return command.get_parser().parse_args(['-d', 'clinic', *args])


def call(function, *args):
    "Return what the function returns and prints"
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        status = function(*args)
    return status, stdout.getvalue(), stderr.getvalue()


class CommandTestCase(unittest.TestCase):
    "Test trytond-synchronise without a database"

    def test_report_table(self):
        "Test an outcome is printed as a table"
        status, stdout, stderr = call(
            command.report, OUTCOME, get_options('push'))
        self.assertEqual(status, 0)
        self.assertEqual(stdout.splitlines(), [
                "               pushed  pulled",
                "party.address       3       0",
                "party.party        12       0",
                "2 requests, 1.2 kB up, 56 B down, 0.2 s",
                ])
        self.assertEqual(stderr, '')

    def test_report_nothing(self):
        "Test an outcome in which nothing moved"
        outcome = {**OUTCOME, 'moved': {}}
        _, stdout, _ = call(command.report, outcome, get_options('run'))
        self.assertEqual(stdout.splitlines()[0], "Nothing moved.")

    def test_report_in_part(self):
        "Test an outcome that is not complete"
        outcome = {**OUTCOME, 'complete': False, 'errors': ["One waits."]}
        status, _, stderr = call(
            command.report, outcome, get_options('run'))
        self.assertEqual(status, 1)
        self.assertEqual(stderr, "One waits.\n")

    def test_report_json(self):
        "Test an outcome is printed as one JSON object"
        status, stdout, _ = call(
            command.report, OUTCOME, get_options('--json', 'push'))
        self.assertEqual(status, 0)
        self.assertEqual(json.loads(stdout), OUTCOME)

    def test_report_status(self):
        "Test a status is printed line by line"
        values = {
            'synchronisation_id': 1,
            'last_run': {'ended': None, 'requests': 2},
            }
        status, stdout, _ = call(
            command.report, values, get_options('status'))
        self.assertEqual(status, 0)
        self.assertEqual(stdout.splitlines(), [
                "synchronisation id: 1",
                "last run:",
                "  ended: -",
                "  requests: 2",
                ])

    def test_fail(self):
        "Test each error has its exit status and one sentence"
        for Error, expected in [
                (errors.SynchronisationError, 1),
                (errors.ConfigurationError, 2),
                (errors.HubUnreachableError, 3),
                (errors.RefusedError, 4),
                (errors.BusyError, 5),
                ]:
            with self.subTest(error=Error.__name__):
                status, stdout, stderr = call(
                    command.fail, Error("It is so."), get_options('run'))
                self.assertEqual(status, expected)
                self.assertEqual(stdout, '')
                self.assertEqual(stderr, "It is so.\n")

    def test_fail_json(self):
        "Test an error is printed as one JSON object too"
        _, stdout, stderr = call(
            command.fail, errors.BusyError("Wait."),
            get_options('--json', 'run'))
        self.assertEqual(json.loads(stdout), {
                'complete': False,
                'code': 'busy',
                'errors': ["Wait."],
                })
        self.assertEqual(stderr, "Wait.\n")

    def test_fail_unexpected(self):
        "Test an unexpected error shows its place with -v only"
        try:
            1 / 0
        except ZeroDivisionError as exception:
            error = exception
        status, _, stderr = call(command.fail, error, get_options('run'))
        self.assertEqual(status, 1)
        self.assertEqual(
            stderr, "Unexpected ZeroDivisionError (division by zero); "
            "run again with -v to see where it comes from.\n")
        _, _, stderr = call(command.fail, error, get_options('-v', 'run'))
        self.assertIn('Traceback', stderr)

    def test_misuse(self):
        "Test misuse has an exit status of its own"
        for args in [
                [],
                ['-d', 'clinic'],
                ['push'],
                ['-d', 'clinic', 'pushed'],
                ['-d', 'clinic', 'fetch', 'party.party'],
                ['-d', 'clinic', 'push', 'party.party'],
                ]:
            with self.subTest(args=args), \
                    redirect_stderr(io.StringIO()) as stderr, \
                    self.assertRaises(SystemExit) as cm:
                command.main(args)
            self.assertEqual(cm.exception.code, 2)
            self.assertIn(': error: ', stderr.getvalue())

    def test_interrupted(self):
        "Test an interruption has an exit status and no traceback"
        with patch.object(command, 'execute', side_effect=KeyboardInterrupt):
            result = call(command.main, ['-d', 'clinic', 'push'])
        self.assertEqual(result, (130, '', ''))

    def test_format_size(self):
        "Test sizes are short"
        for size, text in [
                (0, "0 B"),
                (999, "999 B"),
                (1000, "1.0 kB"),
                (1_234_567, "1.2 MB"),
                (5_000_000_000, "5.0 GB"),
                (5_000_000_000_000, "5000.0 GB"),
                ]:
            with self.subTest(size=size):
                self.assertEqual(verb.format_size(size), text)

    def test_bars(self):
        "Test a bar follows each stage"
        bars = command.Bars()
        with redirect_stderr(io.StringIO()) as stderr:
            bars('push', 0, 10)
            bars('push', 10, 10)
            self.assertEqual((bars.bar.n, bars.bar.total), (10, 10))
            bars('pull', 5)
            self.assertEqual((bars.bar.n, bars.bar.total), (5, None))
            bars.close()
        self.assertIn('push', stderr.getvalue())
        self.assertIn('pull', stderr.getvalue())
