# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the processes of an instance do, see tests/remote.py."
import itertools
import time

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import workload

WITH = 'test_synchronisation.workload'
WITHOUT = 'test_synchronisation.workload_plain'


def batched(values, size):
    values = iter(values)
    while batch := list(itertools.islice(values, size)):
        yield batch


def create(count, seed, size=1):
    "Create the records of a seed, in transactions of so many"
    database, = Pool.database_list()
    Model = Pool(database).get(WITH)
    for values in batched(workload.records(count, seed), size):
        with Transaction().start(database, 1) as transaction:
            Model.create(values)
            transaction.commit()


def edit(count, first, value):
    "Change one field of so many records, from a place on"
    database, = Pool.database_list()
    Model = Pool(database).get(WITH)
    with Transaction().start(database, 1):
        records = Model.search([], first, count, [('id', 'ASC')])
    assert len(records) == count
    for record in map(int, records):
        with Transaction().start(database, 1) as transaction:
            Model.write(Model.browse([record]), {'visits': value})
            transaction.commit()


def synchronise(conf, task):
    """Run a task of Celery in this very process.

    Return [seconds, what it returned].
    """
    from celery_synchronisation import app, tasks
    app.conf.TRYTON_DATABASE, = Pool.database_list()
    app.conf.TRYTON_CONFIG = conf
    began = time.perf_counter()
    outcome = getattr(tasks, task)()
    return time.perf_counter() - began, outcome


def repeat(conf, task, count):
    "Run a task of Celery so many times and return the seconds of all"
    began = time.perf_counter()
    for _ in range(count):
        synchronise(conf, task)
    return time.perf_counter() - began
