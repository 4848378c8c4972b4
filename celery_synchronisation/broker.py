# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What becomes of a call that the broker does not take."
import time
from contextlib import contextmanager

from amqp.exceptions import AccessRefused, NotAllowed
from celery import Celery
from celery.bin.base import CeleryCommandException
from kombu.exceptions import OperationalError

# Seconds before each attempt, for a broker that starts may refuse at first
PAUSES = [0, 2, 4]
# By the class of what is raised: the sentence, and the exit status, which are
# those of trytond-synchronise
REFUSED = (
    "The broker refused the user, the password or the virtual host in "
    "broker_url of celeryconfig.py; correct them.", 2)
UNREACHABLE = (
    "The broker cannot be reached; start it, or correct broker_url in "
    "celeryconfig.py.", 3)


class BrokerError(CeleryCommandException):
    "The broker does not take a call; the text says what to do."


@contextmanager
def told():
    "Raise BrokerError, a sentence, for what the broker says."
    try:
        yield
    except (AccessRefused, NotAllowed) as error:
        raise BrokerError(REFUSED[0], REFUSED[1]) from error
    except OperationalError as error:
        raise BrokerError(UNREACHABLE[0], UNREACHABLE[1]) from error


class SynchronisationCelery(Celery):
    "The application, whose calls fail with a sentence."

    def send_task(self, *args, **kwargs):
        with told():
            return super().send_task(*args, **kwargs)


def refused(app):
    """Return the sentence by which the broker refuses a worker, or None.

    Celery would ask again several times a second, for ever.  It asks a broker
    that cannot be reached with pauses, as it should.
    """
    for pause in PAUSES:
        time.sleep(pause)
        try:
            with told(), app.connection_for_read() as connection:
                connection.ensure_connection(max_retries=1, timeout=5)
        except BrokerError as error:
            if error.exit_code == REFUSED[1]:
                continue
        return
    return REFUSED[0]
