# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The task that runs a satellite of trytond."
from celery import Task
from celery.utils.log import get_task_logger

from .app import prepare

logger = get_task_logger(__name__)


class SynchronisationFailed(Exception):
    "The run ended early; the text says why and what to do."


class SynchronisationTask(Task):
    "Base of the tasks, each of which is one method of the satellite."
    # What a killed worker held is done again; doing it twice does no harm.
    acks_late = True
    # Celery reports these in one line.
    throws = (SynchronisationFailed,)
    # A result may quote what people wrote, and Celery logs this much of it
    resultrepr_maxsize = 1

    def synchronise(self, method):
        "Return what the method of the satellite did, as a dictionary."
        database = prepare()
        # trytond is configured from here on
        from trytond.modules.synchronisation.errors import (
            BusyError, SynchronisationError)
        from trytond.modules.synchronisation.satellite import Satellite
        try:
            return getattr(Satellite(database), method)().as_dict()
        except BusyError as error:
            logger.info("%s", error)
            return {
                'complete': False,
                'code': error.code,
                'errors': [str(error)],
                }
        except SynchronisationError as error:
            logger.warning("%s", error)
            raise SynchronisationFailed(str(error)) from error
