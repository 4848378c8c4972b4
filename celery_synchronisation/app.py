# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The Celery application, and what its worker does before anything else."
import os
import sys
import time
from functools import lru_cache

from celery.bin.base import CeleryCommandException
from celery.loaders.app import AppLoader
from celery.signals import before_task_publish, celeryd_init

from trytond_synchronise import StartError, configure

from .broker import SynchronisationCelery, refused
from .patience import SETTING, Patience
from .queues import PREFIX

SETTINGS = {
    'TRYTON_DATABASE': "the name of the database to synchronise",
    'TRYTON_CONFIG': "the path of the trytond.conf of that database",
    }


class Loader(AppLoader):
    "Say in one sentence that there is no configuration."

    def find_module(self, module):
        try:
            return super().find_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise CeleryCommandException(
                f"There is no {module}.py in {os.getcwd()}; go to its folder "
                "or name that folder by --workdir.", exit_code=2) from error


DEFAULTS = {
    'broker_connection_retry_on_startup': True,
    # A call has not been made before the broker has it
    'broker_transport_options': {'confirm_publish': True},
    'task_default_queue': 'synchronisation',
    'task_routes': ['celery_synchronisation.queues.route'],
    # A second run on the same database would only be told to go away
    'worker_concurrency': 1,
    'worker_prefetch_multiplier': 1,
    # Seconds, less than the consumer_timeout of RabbitMQ
    SETTING: 600,
    }
app = SynchronisationCelery(
    'celery_synchronisation',
    loader=Loader,
    amqp='celery_synchronisation.queues:SynchronisationAMQP',
    task_cls='celery_synchronisation.task:SynchronisationTask',
    include=['celery_synchronisation.tasks'])
app.steps['consumer'].add(Patience)


@app.on_after_configure.connect
def add_defaults(sender, source, **kwargs):
    "Add what celeryconfig.py goes before, unlike app.add_defaults."
    source.maps.insert(-1, DEFAULTS)


def prepare():
    "Return the name of the database, which is ready in this process."
    for setting, remedy in SETTINGS.items():
        value = app.conf.get(setting)
        if not value or not isinstance(value, str):
            raise StartError(
                f"{setting} is not set in celeryconfig.py; give it {remedy}.")
    _open(app.conf.TRYTON_CONFIG, app.conf.TRYTON_DATABASE)
    return app.conf.TRYTON_DATABASE


# Once per process; the processes that are forked have it from their parent.
@lru_cache
def _open(filename, database):
    configure([filename])
    from trytond.modules.synchronisation import command, configuration, errors
    try:
        configuration.satellite(database)
        command.open_database(database)
    except errors.ConfigurationError as error:
        raise StartError(str(error)) from error


@before_task_publish.connect
def note_call(sender=None, headers=None, **kwargs):
    "Let a call tell its time, for what was done since need not be done again."
    if sender.startswith(PREFIX):
        headers['called'] = time.time()


@celeryd_init.connect
def refuse_bad_settings(**kwargs):
    "End the worker with one sentence when it could not run any task."
    try:
        prepare()
    except StartError as error:
        print(error, file=sys.stderr)
        # Celery goes on after an exception of any other kind
        raise SystemExit(2)
    if sentence := refused(app):
        print(sentence, file=sys.stderr)
        raise SystemExit(2)
