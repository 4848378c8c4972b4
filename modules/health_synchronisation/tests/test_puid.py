# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import datetime as dt
import unittest
from unittest.mock import patch

from trytond.modules.synchronisation import sequence
from trytond.pool import Pool
from trytond.tests.test_tryton import activate_module, with_transaction


def as_instance(number):
    return patch.object(sequence, 'instance', return_value=number)


def register(**values):
    party, = Pool().get('party.party').create([{
                'name': "Ann", 'lastname': "Lee", 'is_person': True,
                'gender': 'f', 'dob': dt.date(1980, 2, 3),
                'fed_country': 'XXX', **values}])
    return party


class PuidTestCase(unittest.TestCase):
    "Test the PUIDs and federation accounts that an instance gives"

    @classmethod
    def setUpClass(cls):
        activate_module('health_synchronisation')

    @with_transaction()
    def test_letters(self):
        "Test a PUID looks as before and begins with those of the instance"
        begun = {}
        for number in [0, 1, 26, 511]:
            with as_instance(number):
                puids = [register().ref for _ in range(3)]
            for puid in puids:
                self.assertRegex(puid, r'^[A-Z]{3}\d{3}[A-Z]{3}$')
            begun[number] = {puid[:2] for puid in puids}
        self.assertEqual(
            begun, {0: {'AA'}, 1: {'AB'}, 26: {'BA'}, 511: {'TR'}})

    @with_transaction()
    def test_not_configured(self):
        "Test a database that is no instance gives any PUID"
        with as_instance(None):
            begun = {register().ref[:2] for _ in range(20)}
        self.assertGreater(len(begun), 1)

    @with_transaction()
    def test_drawn_again(self):
        "Test one that somebody has already is drawn again"
        for values in [
                {}, {'unidentified': True}, {'is_person': False},
                # A typed one of which only the account is the same
                {'ref': 'TYPED', 'federation_account': 'XXXAAE111AAA'},
                {'active': False}]:
            with self.subTest(values=values), as_instance(0):
                Party = Pool().get('party.party')
                with with_puids(['ZZE111AAA']):
                    register(**values)
                with with_puids(['ZZE111AAA', 'ZZB222BBB']):
                    self.assertEqual(Party.generate_puid(), 'AAB222BBB')
                Party.delete(Party.search([
                            ('name', '=', "Ann"),
                            ('active', 'in', [True, False])]))


def with_puids(puids):
    "Let GNU Health draw these one after the other"
    return patch('secrets.choice', side_effect=list(''.join(puids)))
