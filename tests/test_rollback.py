# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Transactions that fail leave neither a row nor a change behind.

The settings of the tests have [cache] clean_timeout = 0, with which trytond
reads its caches at the start of each transaction and on SQLite leaves the
connection in a state in which each statement is committed by itself.
"""
import pytest

from trytond.pool import Pool
from trytond.transaction import Transaction

MODEL = 'test_synchronisation.keyed'


class Failure(Exception):
    pass


class Voter:
    "The data manager of a service that does not agree to a commit"

    def tpc_begin(self, transaction):
        pass

    commit = tpc_abort = tpc_begin

    def tpc_vote(self, transaction):
        raise Failure


def prepare(pool):
    pool.get(MODEL).create([{'code': 'kept', 'name': "old"}])


def create(pool):
    pool.get(MODEL).create([{'code': 'new'}])


def write(pool):
    pool.get(MODEL).write(find(pool), {'name': "new"})


def delete(pool):
    pool.get(MODEL).delete(find(pool))


def other(pool):
    "Write to a model that does not synchronise"
    pool.get('res.group').create([{'name': "new"}])


def find(pool):
    return pool.get(MODEL).search([('code', '=', 'kept')])


def fail(work, at_commit):
    "Fail with some work done"
    with Transaction().start(*Pool.database_list(), 1) as transaction:
        globals()[work](Pool())
        if not at_commit:
            raise Failure
        transaction.join(Voter())


def count(pool):
    "Return what is stored of rows and of changes"
    Change = pool.get('synchronisation.change')
    rows = [(r.code, r.name) for r in pool.get(MODEL).search([])]
    groups = pool.get('res.group').search([], count=True)
    return rows, groups, Change.search([], count=True)


def fail_again_and_again(at_commit):
    "Return what is stored before and after each of some failures"
    def stored():
        with Transaction().start(*Pool.database_list(), 1, readonly=True):
            return count(Pool())
    result = [stored()]
    for work in ['create', 'write', 'delete', 'other'] * 2:
        try:
            fail(work, at_commit)
        except Failure:
            result.append(stored())
    return result


@pytest.mark.parametrize('at_commit', [False, True])
def test_failure(instance, backend, at_commit):
    "Test that a transaction of a user is undone as a whole"
    clinic = instance(backend, ['test_synchronisation'], number=1)
    clinic.call(prepare)
    before, *after = clinic.run(fail_again_and_again, at_commit)
    assert ['kept', "old"] in before[0]
    assert after == [before] * 8
