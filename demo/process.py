# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The processes of the demonstration, which end with it."
import os
import signal
import subprocess
import time
from contextlib import contextmanager

from .error import DemoError
from .place import environment

STOP = 20
PAUSE = .05


def wait(condition, timeout, what):
    "Return the first true value of condition()."
    end = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > end:
            raise DemoError(f"{what} took more than {timeout} s.")
        time.sleep(PAUSE)
    return value


class Processes:
    "All that was started and is stopped when the context ends."

    def __init__(self):
        self.started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A second Ctrl-C must not leave half of them behind
        with signals(signal.SIG_IGN):
            for process in self.started:
                process.terminate()
            for process in self.started:
                process.stop()

    def start(self, arguments, log, folder, variables=None):
        "Start a program whose output goes to files with the path of log."
        process = Process(arguments, log, folder, variables or {})
        self.started.append(process)
        return process


class Process:
    "A program that was started."

    def __init__(self, arguments, log, folder, variables):
        self.arguments = list(map(str, arguments))
        self.output = log.with_suffix('.out')
        self.errors = log.with_suffix('.log')
        with open(self.output, 'w') as output, \
                open(self.errors, 'w') as errors:
            # In a session of its own, or Ctrl-C would end it out of turn
            self.popen = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=output,
                stderr=errors, cwd=folder, start_new_session=True,
                env=environment() | variables)

    def has_ended(self):
        return self.popen.poll() is not None

    def check_running(self):
        if self.has_ended():
            raise self.failure()
        return True

    def failure(self):
        lines = [line for line in self.errors.read_text().splitlines()
            if line.strip()]
        return DemoError(
            f'"{self.title}" ended with the status {self.popen.returncode}: '
            f'{lines[-1] if lines else "it said nothing"} '
            f'(more in "{self.errors}").')

    @property
    def title(self):
        return ' '.join(os.path.basename(a) for a in self.arguments)[:60]

    def result(self, timeout, statuses=(0,)):
        "Wait for the end and return what was printed."
        wait(self.has_ended, timeout, f'"{self.title}"')
        if self.popen.returncode not in statuses:
            raise self.failure()
        return self.output.read_text()

    def terminate(self):
        if not self.has_ended():
            self.popen.terminate()

    def stop(self):
        "Stop the program and all that it started."
        try:
            self.popen.wait(STOP)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()


@contextmanager
def signals(handler):
    "Let the handler have the signals that end a program from outside."
    # What is ignored from the start is so on purpose, as by nohup
    former = {
        number: signal.getsignal(number)
        for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
        if signal.getsignal(number) is not signal.SIG_IGN}
    for number in former:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def interruptible():
    "Make each of these signals a KeyboardInterrupt."
    return signals(signal.default_int_handler)
