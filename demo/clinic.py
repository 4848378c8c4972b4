# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A satellite and its worker."
import json
import os
import shlex

from celery import Celery

from .error import DemoError
from .instance import STEP, Instance
from .place import BIN
from .process import wait

# As the documentation prints them, but calls go by the outbox
CELERY = 'celery --app=celery_synchronisation --config='
WORKER = f'{CELERY}celeryconfig worker'
CALL = f'{CELERY}celerycron call celery_synchronisation.synchronise_'
# In the order in which cron calls them
TASKS = ['push_all', 'pull_all', 'new']


class Clinic(Instance):
    "A satellite of the hub."

    def __init__(self, number, folder, port, processes, hub):
        self.number = number
        self.name = f'clinic{number}'
        self.hub = hub
        self.runs = []
        super().__init__(folder, port, processes)
        self.worker = None
        self.write_credentials()
        self.write_celeryconfig()

    @property
    def login(self):
        "The user of this instance at the hub."
        return f'instance-{self.number}'

    @property
    def password(self):
        return f'secret of {self.name}'

    @property
    def credentials(self):
        return self.folder / 'credentials'

    @property
    def broker(self):
        return self.folder / 'broker'

    @property
    def outbox(self):
        return self.folder / 'outbox'

    @property
    def results(self):
        return self.folder / 'results'

    def settings(self):
        settings = super().settings()
        settings['synchronisation'].update({
                'synchronisation_url':
                f'{self.hub.address}{self.hub.name}/',
                'credentials': self.credentials,
                })
        return settings

    def write_credentials(self):
        file = os.open(self.credentials, os.O_WRONLY | os.O_CREAT, 0o600)
        with open(file, 'w') as file:
            file.write(f'user = {self.login}\npassword = {self.password}\n')

    def write_celeryconfig(self):
        for folder in [
                self.broker, self.broker / 'control', self.outbox,
                self.results]:
            folder.mkdir()
        options = {
            'data_folder_in': str(self.broker),
            'data_folder_out': str(self.broker),
            'control_folder': str(self.broker / 'control'),
            'polling_interval': .2,
            }
        settings = {
            'broker_url': 'filesystem://',
            'broker_transport_options': options,
            'result_backend': f'file://{self.results}',
            'TRYTON_DATABASE': self.name,
            'TRYTON_CONFIG': str(self.conf),
            }
        self.write_settings('celeryconfig', settings)
        settings['broker_transport_options'] = {
            **options, 'data_folder_out': str(self.outbox)}
        self.write_settings('celerycron', settings)

    def write_settings(self, name, settings):
        with open(self.folder / f'{name}.py', 'w') as file:
            for key, value in settings.items():
                file.write(f'{key} = {value!r}\n')

    def deliver(self):
        "Give the worker the calls, which it would else read half-written."
        for message in self.outbox.glob('*.msg'):
            message.rename(self.broker / message.name)

    def enrolment(self):
        "Return what the centre must know of this clinic."
        return {
            'number': self.number,
            'name': f"Clinic {self.number}",
            'login': self.login,
            'password': self.password,
            }

    def start_worker(self):
        self.worker = self.start('worker', *shlex.split(WORKER))

    def call(self, task):
        "Call a task as cron does."
        return Call(self, task, self.start(
                f'call-{task}', *shlex.split(CALL + task)))

    def fetch(self, keys):
        "Ask the centre for patients by their PUID."
        return Fetch(self, 'fetch', self.start(
                'fetch', BIN / 'trytond-synchronise', '-c', self.conf,
                '-d', self.name, '--json', 'fetch', 'gnuhealth.patient',
                *keys))


class Run:
    "A run of the exchange at a clinic, started by a process."

    def __init__(self, clinic, task, process):
        self.clinic = clinic
        self.task = task
        self.process = process

    def result(self):
        "Wait for the end and return what the run did, which is noted."
        outcome = {**self.outcome(), 'task': self.task}
        if 'moved' not in outcome:
            # Such as when another run is under way
            raise self.failure(' '.join(outcome['errors']))
        self.clinic.runs.append(outcome)
        return outcome

    def failure(self, reason):
        return DemoError(f"{self.task} at {self.clinic.name}: {reason}")


class Fetch(Run):
    "A run of trytond-synchronise."

    def outcome(self):
        # With the status 1 some of it was done
        return json.loads(self.process.result(STEP, statuses=(0, 1)))


class Call(Run):
    "A task that the worker runs."

    def outcome(self):
        id_ = self.process.result(STEP).strip()
        self.clinic.deliver()
        with Celery(backend=f'file://{self.clinic.results}') as app:
            result = app.AsyncResult(id_)
            wait(lambda: self.is_ready(result), STEP,
                f"{self.task} at {self.clinic.name}")
            if result.failed():
                raise self.failure(result.result)
            return result.result

    def is_ready(self, result):
        return self.clinic.worker.check_running() and result.ready()
