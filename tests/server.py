# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Real servers."
import subprocess
import time
import urllib.error
import urllib.request

from .environment import BIN, clean

# Seconds to load the largest set of modules on a busy machine
START = 120
STOP = 20


class Server:
    """A trytond that serves a database, while in the context.

    It reads the files of confs, the later ones first in rank.  Its log is kept
    in a file, which is where to look when a request fails.
    """

    def __init__(self, confs, database, port, log):
        self.confs = confs
        self.database = database
        self.port = port
        self.log = log
        self.process = None
        self.program = [str(BIN / 'trytond')]
        # What its process has beyond the environment of all
        self.environment = {}

    @property
    def address(self):
        return f'http://127.0.0.1:{self.port}/'

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with open(self.log, 'a') as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**clean(), **self.environment},
                cwd=self.log.parent)
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    def command(self):
        return [
            *self.program, '-vv', '-d', self.database.name,
            '-c', *map(str, self.confs)]

    def wait(self):
        "Wait until the server answers"
        end = time.monotonic() + START
        while not self.answers():
            if self.process.poll() is not None:
                raise RuntimeError(
                    f"the server ended at start: {self.log.read_text()}")
            if time.monotonic() > end:
                raise RuntimeError(
                    f"the server gives no answer: {self.log.read_text()}")
            time.sleep(.05)

    def answers(self):
        try:
            urllib.request.urlopen(self.address, timeout=5).close()
        except urllib.error.HTTPError:
            # An answer all the same
            return True
        except OSError:
            return False
        return True

    def stop(self):
        "Stop the server, if it runs"
        if self.process:
            self.process.terminate()
            self.join()

    def kill(self):
        "End the server as a loss of power does"
        self.process.kill()
        self.join()

    def join(self):
        try:
            self.process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
