# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Calls are acknowledged before the broker loses its patience.

RabbitMQ closes the channel of who holds a message for longer than its
consumer_timeout, and hands the message out again.  So a call is acknowledged
when its run ends, but if that takes long, earlier.  It is lost then if the
worker dies, which cron's next call makes good, for what is left to do is in
the database.
"""
import time
from weakref import WeakKeyDictionary

from celery import bootsteps
from celery.worker import state

SETTING = 'TRYTON_ACKNOWLEDGE_AFTER'
# How often to look, as a part of that time
PART = .1


class Patience(bootsteps.StartStopStep):
    "A part of the consumer of a worker."
    requires = ('celery.worker.consumer.tasks:Tasks',)

    def __init__(self, consumer, **kwargs):
        super().__init__(consumer, **kwargs)
        self.limit = consumer.app.conf[SETTING]
        # Since when each request is held
        self.held = WeakKeyDictionary()
        self.entry = None

    def start(self, consumer):
        # Without a hub the timer is a thread, which may not use the channel
        if consumer.hub:
            self.entry = consumer.timer.call_repeatedly(
                self.limit * PART, self.look)

    def stop(self, consumer):
        if self.entry:
            self.entry.cancel()

    def look(self):
        now = time.monotonic()
        for request in {*state.reserved_requests, *state.active_requests}:
            if now - self.held.setdefault(request, now) >= self.limit:
                # It does nothing the second time
                request.acknowledge()
