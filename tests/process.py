# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Python in a process of its own, with the settings of one instance.

Run as python -m tests.process CONF DATABASE RESULT TARGET [ARGUMENT...]: the
target is a file with Python source, or module:function, whose result goes as
JSON to the file RESULT.  The arguments of a function are JSON.
"""
import importlib
import json
import subprocess
import sys
from pathlib import Path

from .environment import ROOT, clean


class ProcessError(Exception):
    "A process ended with an error, which is in the text."


class Process:
    """A target that runs in a process of its own, with the settings in conf.

    What it prints and its result go to files whose names begin with path.
    """

    def __init__(
            self, conf, database, path, target, *arguments,
            python=sys.executable):
        self.result_file = path.with_suffix('.result')
        self.output_file = path.with_suffix('.output')
        self.errors_file = path.with_suffix('.errors')
        with open(self.output_file, 'w') as output, \
                open(self.errors_file, 'w') as errors:
            self.process = subprocess.Popen([
                    str(python), '-m', 'tests.process', str(conf),
                    database.name, str(self.result_file), target, *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                env=clean(), cwd=ROOT)

    def wait(self, timeout=None):
        "Wait for the end and return what was printed"
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProcessError(
                f"No end after {timeout} s: {self.errors_file.read_text()}")
        if code:
            raise ProcessError(self.errors_file.read_text())
        return self.output_file.read_text()

    def result(self, timeout=None):
        "Wait for the end and return the result of the function"
        self.wait(timeout)
        return json.loads(self.result_file.read_text())

    def kill(self):
        "End the process as a loss of power does"
        self.process.kill()
        self.process.wait()


def get_target(function):
    return f'{function.__module__}:{function.__qualname__}'


def find(target):
    module, _, name = target.partition(':')
    function = importlib.import_module(module)
    for part in name.split('.'):
        function = getattr(function, part)
    return function


def transact(target, user, context, arguments):
    "Call a function of the pool in a transaction and commit it"
    from trytond.pool import Pool
    from trytond.transaction import Transaction
    database, = Pool.database_list()
    with Transaction().start(database, user, context=context):
        return find(target)(Pool(), *arguments)


def main(conf, database, result, target, *arguments):
    # The settings come first: the back end is chosen as it is imported
    from trytond.config import config
    config.update_etc([conf])
    from trytond.pool import Pool
    Pool.start()
    pool = Pool(database)
    pool.init()
    if ':' in target:
        value = find(target)(*map(json.loads, arguments))
        Path(result).write_text(json.dumps(value))
    else:
        source = compile(Path(target).read_text(), target, 'exec')
        exec(source, {
                '__name__': '__main__', 'pool': pool, 'database': database,
                'args': list(arguments)})


if __name__ == '__main__':
    main(*sys.argv[1:])
