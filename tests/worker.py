# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Real workers of Celery."
import os
import re
import signal
import subprocess

from celery import Celery

from .environment import BIN, ROOT, clean

DOCUMENTATION = ROOT / 'docs' / 'reference' / 'celery.rst'
# Seconds for a task, with the time the worker takes to start
TIMEOUT = 300
STOP = 20


def get_line(end):
    "Return the documented line of a shell that ends so"
    line, = re.findall(
        rf'^   \$ (celery .*{re.escape(end)})$', DOCUMENTATION.read_text(),
        re.MULTILINE)
    return line


def get_environment():
    environment = clean()
    environment['PATH'] = f"{BIN}{os.pathsep}{environment['PATH']}"
    return environment


def configure(folder, broker, **settings):
    "Write celeryconfig.py for a Spool or a VirtualHost into the folder"
    results = folder / 'results'
    results.mkdir(exist_ok=True)
    settings = {
        **broker.settings, 'result_backend': f'file://{results}', **settings}
    path = folder / 'celeryconfig.py'
    path.write_text(''.join(
            f'{name} = {value!r}\n' for name, value in settings.items()))


def run(line, folder):
    "Run a line of a shell in the folder and wait for its end"
    return subprocess.run(
        line, shell=True, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, env=get_environment(), cwd=folder, timeout=TIMEOUT)


class Worker:
    "A worker that runs in a folder, while in the context"

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / 'worker.log'

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def start(self):
        with open(self.log, 'a') as log:
            self.process = subprocess.Popen(
                f"exec {get_line('worker')} --loglevel=INFO", shell=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=get_environment(), cwd=self.folder,
                start_new_session=True)

    def kill(self):
        "End the worker and what it started as a loss of power does"
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def call(self, task):
        "Call the task as cron does and return its AsyncResult, when ended"
        return self.wait(self.send(task))

    def send(self, task):
        "Call the task as cron does and return the id of the call"
        called = run(get_line(f'.{task}'), self.folder)
        assert called.returncode == 0, called.stderr
        return called.stdout.strip()

    def wait(self, id_):
        "Wait for the end of a call and return its AsyncResult"
        with Celery(backend=f"file://{self.folder / 'results'}") as app:
            result = app.AsyncResult(id_)
            result.get(timeout=TIMEOUT, propagate=False)
        return result
