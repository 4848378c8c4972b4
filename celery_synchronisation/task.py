# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The task that runs a satellite of trytond."
import logging
import time

from celery import Task
from celery.utils.log import get_task_logger

from .app import prepare
from .retry import Retries

logger = get_task_logger(__name__)
# The code of the error whose sentence quotes whatever the hub said
QUOTING = 'fault'


class SynchronisationFailed(Exception):
    "The run ended early; the text says why and what to do."

    def __init__(self, sentence, code=None):
        # Who reads a result knows an exception by its text only
        super().__init__(sentence)
        self.code = code

    def __repr__(self):
        # Celery logs it, and the text may quote what people wrote
        return f'{type(self).__name__}({self.code})'


class SynchronisationTask(Task):
    "Base of the tasks, each of which is one method of the satellite."
    # What a killed worker held is done again; doing it twice does no harm.
    acks_late = True
    # Celery reports these in one line.
    throws = (SynchronisationFailed,)
    # A result may quote what people wrote, and Celery logs this much of it
    resultrepr_maxsize = 1
    # As for Celery's own retries, but see retry.py
    max_retries = 3
    retry_backoff = 5
    retry_backoff_max = 60
    retry_jitter = True
    # Seconds after which no try begins, that cron's next calls find us idle
    retry_within = 60

    def synchronise(self, method):
        "Return what the method of the satellite did, as a dictionary."
        database = prepare()
        # trytond is configured from here on
        from trytond.modules.synchronisation import journal
        from trytond.modules.synchronisation.errors import (
            BusyError, SynchronisationError)
        from trytond.modules.synchronisation.run import Outcome
        from trytond.modules.synchronisation.satellite import Satellite
        satellite, task = Satellite(database), method.partition('_')[0]
        if self.is_covered(satellite, task):
            journal.note(logger, 'task.covered', task=task)
            return {**Outcome(task).as_dict(), 'code': 'covered'}
        try:
            return self.run_satellite(
                getattr(satellite, method), task).as_dict()
        except BusyError as error:
            logger.info("%s", error)
            return {
                'complete': False,
                'code': error.code,
                'errors': [str(error)],
                }
        except SynchronisationError as error:
            journal.note(
                logger, 'task.failed', logging.WARNING, task=task,
                code=error.code)
            if error.code != QUOTING:
                logger.warning("%s", error)
            raise SynchronisationFailed(str(error), error.code) from error

    def is_covered(self, satellite, task):
        "Whether what was called for was done since, for another call."
        called = self.request.get('called')
        return called is not None and satellite.covers(task, called)

    def run_satellite(self, run, task):
        "Run, again and again while that may help; return the Outcome."
        from trytond.modules.synchronisation import journal
        from trytond.modules.synchronisation.errors import SynchronisationError
        retries = Retries(self)
        while True:
            try:
                return run()
            except SynchronisationError as error:
                pause = retries.pause(error)
                if pause is None:
                    raise
                journal.note(
                    logger, 'task.retried', logging.WARNING, task=task,
                    code=error.code, attempt=retries.count, pause=pause)
            time.sleep(pause)
