# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import datetime as dt
import unittest

from trytond.modules.synchronisation.bulk import to_moment


class BulkTestCase(unittest.TestCase):
    "Test what is read by many rows"

    def test_moments(self):
        "Test times are read from whatever fraction of a second is written"
        for text, microseconds in [
                ('', 0), ('.0', 0), ('.5', 500000), ('.000001', 1),
                ('.123', 123000), ('.1234567', 123456)]:
            self.assertEqual(
                to_moment(f'2020-02-29 23:59:58{text}'),
                dt.datetime(2020, 2, 29, 23, 59, 58, microseconds))

    def test_given(self):
        "Test what is a time, or none, stays as it is"
        for value in [None, dt.datetime(2020, 2, 29)]:
            self.assertEqual(to_moment(value), value)
