# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Transactions that write first and commit last.

A schedule is one transaction of a user of its own, on a connection of its
own, which writes at a random moment of the history, is overtaken by a number
of transactions that began after it had written and whose records all readers
have, which is counted in their databases, and commits at a random moment after
that, before or while the readers pull.  After the next pull they must have it.

The schedules of a history overlap, so that they share the younger
transactions, each of which is committed on its own, by three users at a time.
Everybody is a process of his own and the hub is a server.
"""
import random
from bisect import bisect_left
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import late
from .remote import Remote

MODULES = ['test_synchronisation']
FULL = 'test_synchronisation.mode_full'
PARENT = 'test_synchronisation.parent'
CHILD = 'test_synchronisation.child'
# trytond keeps at most 64 connections in one process
CONNECTIONS = 60
# Seconds for what is done of the largest step
DEADLINE = 600
# schedules late ones begin during the first spread younger transactions, each
# is overtaken by younger of them, and at most step come between two exchanges
Size = namedtuple('Size', 'schedules younger spread step')


def prepare(pool, count):
    "Make what the late transactions change; return the uuid of a parent"
    pool.get(FULL).create([
            {'code': f'old-{i}', 'name': "old"} for i in range(count)])
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

    def __init__(self, number, random, size):
        self.number = number
        self.work = random.choice(list(WORKS))
        self.stage = random.choice([late.OPEN, late.VOTING])
        # Counted in younger transactions
        self.begins = random.randrange(size.spread)
        self.lasts = size.younger + random.randrange(200)
        self.began = None

    def __repr__(self):
        return (f'<Schedule {self.number}: {self.work}, {self.stage}, '
            f'{self.began}, {self.lasts}>')


class Younger:
    "The younger transactions that are in the database of a reader."

    def __init__(self, place):
        self.place = place
        self.numbers = []
        # All numbers below this one are there
        self.level = 0

    def read(self):
        "Read what is new"
        rows = query(
            self.place, "SELECT code FROM {full} WHERE code LIKE 'young-%%' "
            "AND code >= 'young-{level:06}' ORDER BY code", level=self.level)
        self.numbers[self.level:] = [int(code[6:]) for code, in rows]
        while (self.level < len(self.numbers)
                and self.numbers[self.level] == self.level):
            self.level += 1

    def since(self, number):
        "Return how many there are from a number on"
        return len(self.numbers) - bisect_left(self.numbers, number)


class History:
    "The users of writer work, pushers push and readers pull, step by step"

    def __init__(self, stack, random, size, writer, pushers, readers):
        self.random = random
        self.size = size
        self.clerk, *self.late = (
            stack.enter_context(Remote(writer))
            for _ in range(2 + size.schedules // CONNECTIONS))
        self.pushers, self.readers = (
            [stack.enter_context(Remote(i)) for i in instances]
            for instances in [pushers, readers])
        self.places = [
            stack.enter_context(closing(i.database.connect())).cursor()
            for i in [writer, *readers]]
        self.younger = [Younger(place) for place in self.places[1:]]
        self.count = 0
        self.prepare(writer)

    def prepare(self, writer):
        key = writer.call(prepare, self.size.schedules)
        self.exchange()
        for reader in self.readers:
            assert not reader.do(fetch, key)

    def run(self):
        "Return the schedules, all of which were done"
        future = [Schedule(i, self.random, self.size)
            for i in range(self.size.schedules)]
        future.sort(key=lambda schedule: -schedule.begins)
        under_way, done = [], []
        while future or under_way:
            for younger in self.younger:
                younger.read()
            due = [s for s in under_way if self.overtaking(s) >= s.lasts]
            before = [s for s in due if self.random.random() < .5]
            during = [s for s in due if s not in before]
            done += due
            under_way = [s for s in under_way if s not in due]
            under_way += self.step(future, before, during)
            self.check(before)
        self.exchange()
        self.check(done)
        return done

    def overtaking(self, schedule):
        "Return how many younger transactions all readers have"
        return min(younger.since(schedule.began) for younger in self.younger)

    def step(self, future, before, during):
        """Exchange while users work, and return the schedules that began.

        Those of before commit before the exchange, the others during it.
        """
        count = self.random.randint(1, self.size.step)
        self.clerk.tell(commit_younger, self.count, count)
        self.count += count
        began = []
        while future and future[-1].begins <= self.count:
            began.append(future.pop())
            self.begin(began[-1])
        for schedule in before:
            self.commit(schedule)
        self.exchange(during)
        self.clerk.result(DEADLINE)
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
                assert not remote.result(DEADLINE)

    def check(self, schedules):
        "Check that what was committed is everywhere"
        for schedule in schedules:
            _, statement = WORKS[schedule.work]
            for place in self.places:
                found = query(place, statement, i=schedule.number)
                assert found == [(True,)], (schedule, place)

    def check_equal(self):
        "Check that the readers have all that the writer has"
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


def play(seed, size, writer, pushers, readers):
    "Play a history and return the schedules, and how many were younger"
    with ExitStack() as stack:
        history = History(
            stack, random.Random(seed), size, writer, pushers, readers)
        done = history.run()
        assert len(done) == size.schedules
        history.check_equal()
        return done, history.count
