# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The queues, one for each task, in each of which one call waits at most.

A second call of a task asks for nothing that the first one does not do when
its turn comes, so the broker drops the older one.  What is being run is no
longer in the queue, and a call made meanwhile waits.
"""
from celery.app.amqp import AMQP
from kombu import Exchange, Queue

PREFIX = 'celery_synchronisation.'
KINDS = [
    'synchronise_push_all', 'synchronise_pull_all', 'synchronise_new',
    'synchronise']


def get_queues(app):
    "Return the queues of the satellite of an app."
    name = app.conf.task_default_queue
    exchange = Exchange(name, type='direct')
    arguments = {'x-max-length': 1, 'x-overflow': 'drop-head'}
    if app.conf.task_default_queue_type == 'quorum':
        arguments['x-queue-type'] = 'quorum'
    return [
        Queue(f'{name}.{kind}', exchange, routing_key=f'{name}.{kind}',
            queue_arguments=arguments)
        for kind in KINDS]


def route(name, args, kwargs, options, task=None, **others):
    "Return the queue of a task by the name of the task, as Celery asks for."
    from .app import app
    if name.startswith(PREFIX):
        kind = name[len(PREFIX):]
        return {'queue': f'{app.conf.task_default_queue}.{kind}'}


class SynchronisationAMQP(AMQP):
    "It declares our queues unless celeryconfig.py names others."

    def Queues(self, queues, *args, **kwargs):
        return super().Queues(
            queues or get_queues(self.app), *args, **kwargs)
