# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import gc
import unittest

from trytond.modules.synchronisation.collector import resting


class CollectorTestCase(unittest.TestCase):
    "Test the collector of cycles rests"

    def setUp(self):
        self.assertTrue(gc.isenabled())
        self.addCleanup(gc.enable)

    def test_rests(self):
        "Test it rests in the block and works after it"
        with resting():
            self.assertFalse(gc.isenabled())
        self.assertTrue(gc.isenabled())

    def test_error(self):
        "Test it works after an error"
        with self.assertRaises(KeyError), resting():
            raise KeyError
        self.assertTrue(gc.isenabled())

    def test_two(self):
        "Test it works when the first of two has done, so that it ever does"
        first, second = resting(), resting()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        self.assertTrue(gc.isenabled())
        second.__exit__(None, None, None)
        self.assertTrue(gc.isenabled())

    def test_disabled(self):
        "Test it is not made to work where it is switched off"
        gc.disable()
        with resting():
            pass
        self.assertFalse(gc.isenabled())
