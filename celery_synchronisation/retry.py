# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""When a run is tried again.

It is tried again by the task itself and not by a message for later, as
Celery's own retries are: such a message would be one more beside cron's, in
the memory of the worker, and a run needs nothing of it, for what is left to
do is in the database.
"""
import time

from celery.utils.time import get_exponential_backoff_interval


class Retries:
    "The tries of one call; the limits are attributes of the task."

    def __init__(self, task):
        self.task = task
        self.begin()

    def begin(self):
        self.count = 0
        self.began = time.monotonic()

    def pause(self, error):
        "Return how long to wait after an error, None if it is the end."
        if not error.transient or error.code == 'busy':
            return None
        if has_moved(error):
            # A line that is cut again and again still brings us on
            self.begin()
        task = self.task
        pause = get_exponential_backoff_interval(
            factor=task.retry_backoff, retries=self.count,
            maximum=task.retry_backoff_max, full_jitter=task.retry_jitter)
        left = self.began + task.retry_within - time.monotonic()
        if self.count == task.max_retries or pause > left:
            return None
        self.count += 1
        return pause


def has_moved(error):
    "Whether the run that an error ended had moved records."
    return bool(error.outcome) and any(
        error.outcome.totals()[name] for name in ['pushed', 'pulled'])
