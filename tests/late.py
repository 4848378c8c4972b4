# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Users who write and commit much later, each in a thread of this process.

A transaction comes late in two ways: the user has not finished, or it has
already stored all it has to say and its last step takes long, as when it
talks to a mail server before it commits.
"""
import threading

from trytond.pool import Pool
from trytond.transaction import Transaction

OPEN, VOTING = 'open', 'voting'
_late = {}


class Late(threading.Thread):

    def __init__(self, stage, work):
        super().__init__(daemon=True)
        self.database, = Pool.database_list()
        self.stage = stage
        self.work = work
        self.written = threading.Event()
        self.finish = threading.Event()
        self.error = None

    def run(self):
        try:
            with Transaction().start(self.database, 1) as transaction:
                self.work(Pool())
                if self.stage == VOTING:
                    transaction.join(Voter(self))
                else:
                    self.pause()
        except BaseException as error:
            self.error = error
            self.written.set()

    def pause(self):
        self.written.set()
        self.finish.wait()

    def check(self):
        if self.error:
            raise self.error


class Voter:
    "The data manager of a service that takes long to agree."

    def __init__(self, late):
        self.late = late

    def tpc_begin(self, transaction):
        pass

    commit = tpc_finish = tpc_abort = tpc_begin

    def tpc_vote(self, transaction):
        self.late.pause()


def start(name, stage, work):
    "Let a user do work(pool) and return once it is done, but not committed"
    late = _late[name] = Late(stage, work)
    late.start()
    late.written.wait()
    late.check()


def commit(name):
    late = _late.pop(name)
    late.finish.set()
    late.join()
    late.check()
