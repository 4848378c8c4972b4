# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Transactions that write first and commit last.

There are a hundred schedules in each test.  A schedule is one transaction of
a user of its own, on a connection of its own, which writes at a random moment
of the history, is overtaken by at least a thousand transactions that began
after it had written and whose records both satellites have, which is counted
in their databases, and commits at a random moment after that, before or while
the satellites pull.  After the next pull the satellites must have it.

The schedules of a test overlap, so that they share the younger transactions:
some three thousand in all, each committed on its own, by three users at a
time.  Everybody is a process of his own and the hub is a server.
"""
import random
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial

import pytest

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import late
from .remote import Remote

SCHEDULES = 100
YOUNGER = 1000
# The younger transactions during which the late ones write
SPREAD = 1800
FULL = 'test_synchronisation.mode_full'
PARENT = 'test_synchronisation.parent'
CHILD = 'test_synchronisation.child'

pytestmark = pytest.mark.postgresql


def prepare(pool):
    "Make what the late transactions change; return the uuid of a parent"
    pool.get(FULL).create([
            {'code': f'old-{i}', 'name': "old"} for i in range(SCHEDULES)])
    parent, = pool.get(PARENT).create([{'name': "parent"}])
    return parent.uuid


def find_old(pool, i):
    return pool.get(FULL).search([('code', '=', f'old-{i}')])


def create(pool, i):
    pool.get(FULL).create([{'code': f'late-{i}', 'name': "late"}])


def write(pool, i):
    pool.get(FULL).write(find_old(pool, i), {'name': "late"})


def delete(pool, i):
    pool.get(FULL).delete(find_old(pool, i))


def add_child(pool, i):
    parent, = pool.get(PARENT).search([])
    pool.get(CHILD).create([{'parent': parent.id, 'name': f'late-{i}'}])


# What a late transaction does, and how to ask a database if it is there
WORKS = {
    'create': (create, "SELECT count(*) = 1 FROM {full} "
        "WHERE code = 'late-{i}' AND name = 'late'"),
    'write': (write, "SELECT count(*) = 1 FROM {full} "
        "WHERE code = 'old-{i}' AND name = 'late'"),
    'delete': (delete, "SELECT count(*) = 0 FROM {full} "
        "WHERE code = 'old-{i}'"),
    'add_child': (add_child, "SELECT count(*) = 1 FROM {child} "
        "WHERE name = 'late-{i}'"),
    }


def begin(i, stage, work):
    late.start(i, stage, partial(WORKS[work][0], i=i))


def commit_younger(first, count):
    "Let three users commit count transactions, each on its own"
    database, = Pool.database_list()

    def commit(number):
        with Transaction().start(database, 1):
            pool = Pool()
            pool.get(FULL).create([
                    {'code': f'young-{number:06}', 'name': "young"}])
            if not number % 4:
                # Some edit what is there, too
                pool.get(FULL).write(
                    pool.get(FULL).search(
                        [('code', '=', f'young-{number - 4:06}')]),
                    {'name': f"edited by {number}"})

    with ThreadPoolExecutor(3) as users:
        list(users.map(commit, range(first, first + count)))


def exchange(*tasks):
    "Run tasks of a satellite and return what was not done"
    from trytond.modules.synchronisation.satellite import Satellite
    satellite = Satellite(*Pool.database_list())
    outcomes = [getattr(satellite, task)() for task in tasks]
    return [error for outcome in outcomes for error in outcome.errors]


def fetch(key):
    from trytond.modules.synchronisation.satellite import Satellite
    return Satellite(*Pool.database_list()).fetch(PARENT, [key]).missing


class Schedule:
    "One late transaction"

    def __init__(self, number, random):
        self.number = number
        self.work = random.choice(list(WORKS))
        self.stage = random.choice([late.OPEN, late.VOTING])
        # Counted in younger transactions
        self.begins = random.randrange(SPREAD)
        self.lasts = YOUNGER + random.randrange(200)
        self.began = None

    def __repr__(self):
        return (f'<Schedule {self.number}: {self.work}, {self.stage}, '
            f'{self.began}, {self.lasts}>')

    def overtaking(self, younger):
        "Return how many younger transactions both satellites have"
        return min(
            len(numbers) - bisect_left(numbers, self.began)
            for numbers in younger)


class History:
    "The users of writer work, pushers push and readers pull, step by step"

    def __init__(self, stack, random, writer, pushers, readers):
        self.random = random
        # trytond keeps at most 64 connections in one process
        self.clerk, *self.late = (
            stack.enter_context(Remote(writer)) for _ in range(3))
        self.pushers, self.readers = (
            [stack.enter_context(Remote(i)) for i in instances]
            for instances in [pushers, readers])
        self.places = [
            stack.enter_context(closing(i.database.connect())).cursor()
            for i in [writer, *readers]]
        self.count = 0
        self.prepare(writer)

    def prepare(self, writer):
        key = writer.call(prepare)
        self.exchange()
        for reader in self.readers:
            assert not reader.do(fetch, key)

    def run(self):
        future = [Schedule(i, self.random) for i in range(SCHEDULES)]
        future.sort(key=lambda schedule: -schedule.begins)
        under_way, done = [], []
        while future or under_way:
            younger = [self.younger(place) for place in self.places[1:]]
            due = [s for s in under_way if s.overtaking(younger) >= s.lasts]
            before = [s for s in due if self.random.random() < .5]
            during = [s for s in due if s not in before]
            done += due
            under_way = [s for s in under_way if s not in due]
            under_way += self.step(future, before, during)
            self.check(before)
        self.exchange()
        self.check(done)
        return len(done)

    def younger(self, place):
        "Return the numbers of the younger transactions that are there"
        return [int(code[6:]) for code, in query(
                place, "SELECT code FROM {full} "
                "WHERE code LIKE 'young-%%' ORDER BY code")]

    def step(self, future, before, during):
        """Exchange while users work, and return the schedules that began.

        Those of before commit before the exchange, the others during it.
        """
        count = self.random.randint(1, 250)
        self.clerk.tell(commit_younger, self.count, count)
        self.count += count
        began = []
        while future and future[-1].begins <= self.count:
            began.append(future.pop())
            self.begin(began[-1])
        for schedule in before:
            self.commit(schedule)
        self.exchange(during)
        self.clerk.result()
        return began

    def begin(self, schedule):
        self.user(schedule).do(
            begin, schedule.number, schedule.stage, schedule.work)
        # Whatever is committed in the meantime does not count
        schedule.began = self.count

    def commit(self, schedule):
        self.user(schedule).do(late.commit, schedule.number)

    def user(self, schedule):
        return self.late[schedule.number % len(self.late)]

    def exchange(self, during=()):
        tasks = self.random.choice([
                ['synchronise'], ['new', 'pull_all'], ['pull_all', 'new']])
        for remotes, tasks in [
                (self.pushers, ['push_all']), (self.readers, tasks)]:
            for remote in remotes:
                remote.tell(exchange, *tasks)
            if remotes:
                for schedule in during:
                    self.commit(schedule)
                during = ()
            for remote in remotes:
                assert not remote.result()

    def check(self, schedules):
        "Check that what was committed is everywhere"
        for schedule in schedules:
            _, statement = WORKS[schedule.work]
            for place in self.places:
                found = query(place, statement, i=schedule.number)
                assert found == [(True,)], (schedule, place)

    def check_equal(self):
        "Check that the satellites have all that the writer has"
        for table, names in [
                ('{full}', 'code, name'), ('{child}', 'uuid, name')]:
            theirs, *ours = [
                query(place, f"SELECT {names} FROM {table} ORDER BY 1")
                for place in self.places]
            assert theirs
            for rows in ours:
                assert rows == theirs


def query(place, statement, **values):
    place.execute(statement.format(
            full=FULL.replace('.', '_'), child=CHILD.replace('.', '_'),
            **values))
    rows = place.fetchall()
    place.connection.rollback()
    return rows


def check(seed, writer, pushers, readers):
    with ExitStack() as stack:
        history = History(
            stack, random.Random(seed), writer, pushers, readers)
        assert history.run() == SCHEDULES
        history.check_equal()


def test_late_at_hub(network):
    "Test that what a user of the hub commits late reaches two satellites"
    net = network('postgresql', ['test_synchronisation'])
    check(5, net.hub, [], net.satellites)


def test_late_at_satellite(network):
    "Test that what a user of a satellite commits late reaches two others"
    net = network('postgresql', ['test_synchronisation'], satellites=3)
    writer, *readers = net.satellites
    check(6, writer, [writer], readers)
