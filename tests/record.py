# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A record to synchronise."

MODEL = 'test_synchronisation.mode_default'


def create(pool, code):
    pool.get(MODEL).create([{'code': code}])


def count(pool, code):
    return pool.get(MODEL).search([('code', '=', code)], count=True)
