# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A program that takes orders as lines of JSON."
import json
import subprocess


class Worker:
    """A program while in the context; do(name, ...) lets it do something.

    What it writes as errors goes to the file log.
    """

    def __init__(self, command, log, environment):
        self.command = command
        self.log = log
        self.environment = environment

    def __enter__(self):
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen(
                list(map(str, self.command)), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, text=True,
                env=self.environment, cwd=self.log.parent)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def do(self, name, *arguments):
        self.process.stdin.write(json.dumps([name, arguments]) + '\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"{self.command[0]} ended: {self.log.read_text()}")
        return json.loads(line)
