# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What is done in the pool of a database, by a process of its own.

Run as python -m demo.job CONF DATABASE FUNCTION [ARGUMENT...]; the arguments,
and the result that is printed, are JSON.
"""
import json
import sys

from trytond.config import config

ADMINISTRATOR = 1


def enrol(pool, clinics):
    "Let the clinics dial this database."
    User = pool.get('res.user')
    Instance = pool.get('synchronisation.instance')
    with start(pool):
        for clinic in clinics:
            user, = User.create([{
                        'name': clinic['name'],
                        'login': clinic['login'],
                        'password': clinic['password'],
                        }])
            Instance.create([{
                        'number': clinic['number'],
                        'name': clinic['name'],
                        'user': user.id,
                        }])


def give_password(pool, password):
    "Return the login of the user whom the loader created."
    User = pool.get('res.user')
    with start(pool):
        user, = User.search([('employee', '!=', None)])
        user.password = password
        user.save()
        return user.login


def edit(pool, login, changes):
    "Write {PUID: values of the patient} as this user, each by itself."
    User = pool.get('res.user')
    Patient = pool.get('gnuhealth.patient')
    with start(pool, readonly=True):
        user, = User.search([('login', '=', login)])
    for puid, values in changes.items():
        with start(pool, user.id) as transaction, \
                transaction.set_context(
                    User.get_preferences(context_only=True)):
            Patient.write(Patient.search([('puid', '=', puid)]), values)


def describe(pool):
    "Return what one must know to read the bound models past trytond."
    from . import schema
    with start(pool, readonly=True):
        return schema.describe(pool)


def start(pool, user=ADMINISTRATOR, readonly=False):
    from trytond.transaction import Transaction
    return Transaction().start(pool.database_name, user, readonly=readonly)


def main(conf, database, name, *arguments):
    # trytond takes its back end from the settings as it is imported
    config.update_etc([conf])
    from trytond.pool import Pool
    Pool.start()
    pool = Pool(database)
    pool.init()
    result = globals()[name](pool, *map(json.loads, arguments))
    print(json.dumps(result))


if __name__ == '__main__':
    main(*sys.argv[1:])
