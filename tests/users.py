# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""People who work at an instance all the time, and what they saved.

Each value is like no other, so that it tells by itself which edit it is.
Each transaction that is committed becomes a line of a file: the values that
it saved, each with the value that it replaced, those that it deleted, and
whether that is certain: nobody tells who loses the database in a commit.
"""
import json
import random
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from psycopg2 import InterfaceError

from trytond import backend
from trytond.exceptions import TrytonException
from trytond.pool import Pool
from trytond.transaction import Transaction

P = 'test_synchronisation.'
FULL, PARENT, CHILD = f'{P}mode_full', f'{P}parent', f'{P}child'
# How often somebody does what
WORK = {'create': 3, 'unit': 2, 'edit': 10, 'delete': 1}
# Between the transactions of one person, at most
PAUSE = .5
# What is edited by everybody
POPULAR = 10
# How the codes begin of a database that goes away
SHUT_DOWN = '57'
# What a person is told, or has to try again
REFUSED = (
    TrytonException, backend.DatabaseOperationalError, InterfaceError)


class Person(threading.Thread):
    "Somebody at a place who works until the file named end exists."

    def __init__(self, place, name, journal, end):
        super().__init__()
        self.is_at_hub = not place
        self.name = f'{place}.{name}'
        self.random = random.Random(self.name)
        self.journal = journal
        self.end = Path(end)
        self.count = 0
        self.error = None

    def run(self):
        try:
            while not self.end.exists():
                self.work()
                time.sleep(self.random.random() * PAUSE)
        except BaseException as error:
            self.error = error

    def work(self):
        word, = self.random.choices(list(WORK), WORK.values())
        self.saved, self.buried = {}, []
        try:
            with Transaction().start(*Pool.database_list(), 1):
                getattr(self, word)(Pool())
        except REFUSED as error:
            if is_certain(error):
                return
            self.note(False)
        else:
            self.note(True)

    def note(self, certain):
        self.journal.write(
            json.dumps([self.saved, self.buried, certain]) + '\n')
        self.journal.flush()

    def value(self, before=None):
        self.count += 1
        value = f'{self.name}.{self.count}'
        self.saved[value] = before
        return value

    def create(self, pool):
        value = self.value()
        pool.get(FULL).create([{'code': value, 'name': value}])

    def unit(self, pool):
        if self.is_at_hub:
            # Its satellites would have to ask for it
            return self.create(pool)
        pool.get(PARENT).create([{
                    'name': self.value(),
                    'lines': [('create', [
                                {'name': self.value()}
                                for _ in range(1 + self.count % 2)])],
                    }])

    def pick(self, Model):
        "Return a record, one of the first half the time."
        count = Model.search([], count=True)
        if count and self.random.random() < .5:
            count = min(count, POPULAR)
        return count and Model.search(
            [], offset=self.random.randrange(count), limit=1,
            order=[('id', 'ASC')])

    def edit(self, pool):
        Model = pool.get(self.random.choice([FULL, PARENT, CHILD]))
        for record in self.pick(Model) or []:
            Model.write([record], {'name': self.value(record.name)})

    def delete(self, pool):
        Model = pool.get(self.random.choice([FULL, PARENT, CHILD]))
        for record in self.pick(Model) or []:
            lines = getattr(record, 'lines', ())
            self.buried = [record.name, *(line.name for line in lines)]
            Model.delete([record])


def is_certain(error):
    "Whether nothing was saved; who loses the database does not know."
    return isinstance(error, TrytonException) or bool(
        getattr(error, 'pgcode', None)
        and not error.pgcode.startswith(SHUT_DOWN))


def work(path, end, place, seed, count):
    """Let count persons work until the file named end exists.

    Return how many transactions they committed.
    """
    with open(path, 'a') as journal:
        persons = [Person(place, f'{seed}.{i}', journal, end)
            for i in range(count)]
        for person in persons:
            person.start()
        for person in persons:
            person.join()
            if person.error:
                raise person.error
    return sum(1 for _ in open(path))


def exchange(end):
    "Synchronise until the file exists, and then twice more"
    from trytond.modules.synchronisation.satellite import Satellite
    satellite = Satellite(*Pool.database_list())
    runs, left = 0, 3
    while left:
        if Path(end).exists():
            left -= 1
        assert satellite.synchronise().complete
        runs += 1
    return runs


@contextmanager
def people(instances, seed, persons):
    "Let so many work at each instance; give the files of what they saved."
    end = instances[0].folder / 'end'
    journals, processes = [], []
    try:
        for instance in instances:
            journals.append(instance.folder / 'journal')
            processes.append(instance.start(
                    work, str(journals[-1]), str(end), instance.number,
                    seed, persons))
        yield journals
        end.touch()
        for process in processes:
            process.result(60)
    finally:
        for process in processes:
            process.kill()
