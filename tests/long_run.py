# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Runs that take long, can be stopped and go on, and leave a row.

What is done is kept in a file beside the caches, by the commit and the
options.
"""
import argparse
import datetime as dt
import json
import os
import platform
import signal
import subprocess
import time

from .environment import CACHE, ROOT

LOG = ROOT / 'docs' / 'explanation' / 'runs.rst'


def arguments(description, **sizes):
    """Return the parser of the arguments that all long runs have.

    sizes are what tells how long the run is, each with its default.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--seed', type=int, default=1, help="first seed")
    for name, default in sizes.items():
        parser.add_argument(f'--{name}', type=int, default=default,
            help=f"how many {name}, {default} by default")
    return parser


def commit():
    "Return the short name of the commit, marked if it was changed."
    def git(*words):
        return subprocess.run(
            ['git', *words], cwd=ROOT, check=True, capture_output=True,
            text=True).stdout.strip()
    changed = git('status', '--porcelain', '--', 'modules', 'tests')
    return git('rev-parse', '--short', 'HEAD') + ('+' if changed else '')


class LongRun:
    """One run of a target of make; done is what it has done, by name.

    The row of the run has all of its options but jobs, on which nothing
    depends.
    """

    def __init__(self, name, options, backend='memory'):
        self.name = name
        self.backend = backend
        words = {
            n: v for n, v in sorted(vars(options).items()) if n != 'jobs'}
        self.line = ' '.join([
                f'make {name}', *(f'{n.upper()}={v}'
                    for n, v in words.items())])
        self.began = time.monotonic()
        self.commit = commit()
        self.file = CACHE / 'runs' / ('-'.join([
                    name, self.commit, *map(str, words.values())]) + '.json')
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # What it started is stopped with it, as for Ctrl-C
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        self.done, self.before = {}, 0
        if self.file.exists():
            self.done, self.before = json.loads(self.file.read_text())

    @property
    def seconds(self):
        "How long it took, with the parts before it was stopped."
        return self.before + time.monotonic() - self.began

    def finish(self, name, result):
        self.done[name] = result
        new = self.file.with_suffix('.new')
        new.write_text(json.dumps([self.done, self.seconds]))
        new.replace(self.file)

    def report(self, size, result):
        "Print the result, and add the row of the run to the documentation."
        print(f'{size}: {result}')
        cells = [
            dt.date.today().isoformat(), f'``{self.commit}``',
            f'``{self.line}``',
            f'{os.cpu_count()} cores, Python {platform.python_version()}',
            self.backend, size, f'{self.seconds:.0f} s', result]
        with open(LOG, 'a', encoding='utf-8') as log:
            log.write('   * - ' + '\n     - '.join(cells) + '\n')
        self.file.unlink(missing_ok=True)
