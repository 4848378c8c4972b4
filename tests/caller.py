# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What calls the task of a worker all the time, as cron does."
import time

from celery import Celery

from celery_synchronisation import app
from celery_synchronisation.broker import BrokerError

from .spool import Spool
from .waiting import until

TASK = 'celery_synchronisation.synchronise'
QUEUE = 'synchronisation.synchronise'
# Seconds between two calls that a broker carries
PAUSE = .3
# Seconds for a run, of all that people wrote meanwhile
DEADLINE = 300


class Cron:
    "It calls the task; broker is what the worker asks."

    def __init__(self, broker):
        self.broker = broker

    def wait(self, condition, what):
        "Wait for an event, as until does, and call the task meanwhile"

        def called():
            self.call()
            return condition()
        return until(called, what, DEADLINE)


class SpoolCron(Cron):
    "It calls the task, by files, as often as the worker takes it."

    def __init__(self, spool, folder):
        super().__init__(spool)
        self.outbox = Spool(folder)
        self.app = Celery()
        self.app.conf.update(self.outbox.settings)

    def call(self):
        if not self.broker.count():
            self.app.send_task(TASK, queue=QUEUE, ignore_result=True)
            for message in self.outbox.folder.glob('*.msg'):
                # The worker would fail with half of it
                message.rename(self.broker.folder / message.name)


class BrokerCron(Cron):
    "It calls the task by RabbitMQ, which keeps one call at most."

    def __init__(self, host):
        super().__init__(host)
        self.last = 0
        app.conf.update(host.settings)

    def call(self):
        if time.monotonic() < self.last + PAUSE:
            return
        try:
            # Each call is a process of its own, as cron makes them
            with app.connection_for_write() as connection:
                app.send_task(
                    TASK, ignore_result=True, connection=connection)
        except BrokerError:
            # The next call makes it good
            pass
        self.last = time.monotonic()
