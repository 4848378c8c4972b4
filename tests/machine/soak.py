# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Many random histories on SQLite, in several processes."
import argparse
import logging
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from .. import environment

# What must have happened, or the histories do not test it
NEEDED = [
    'create', 'edit', 'link', 'tag', 'correct', 'delete', 'several', 'decide',
    'undelete', 'grant', 'withdraw', 'push', 'pull', 'new', 'synchronise',
    'fetch', 'write_push', 'write_pull', 'deliver', 'twice', 'lose', 'backup',
    'clock', 'status', 'verify', 'restored', 'lost reply', 'conflict',
    'review', 'deletion', 'revived', 'key', 'merged', 'waiting', 'died']
# The Network of a process
networks = []


def load(models):
    "Return the mix of these models; it imports trytond."
    if models == 'health':
        from .health import CLINIC
        return CLINIC
    from .model import THINGS
    return THINGS


def begin(folder, models):
    "Make the Network of this process, in a folder of all processes."
    from .. import template
    from .network import Network
    logging.disable(logging.CRITICAL)
    mix = load(models)
    folder = Path(tempfile.mkdtemp(dir=folder))
    database = template.prepare(mix.modules, 'template', folder)
    networks.append(Network(mix, database.file, folder))


def play(seeds):
    "Return (what happened, [what failed]) of the histories of some seeds."
    from . import history
    counts, failures = Counter(), []
    for seed in range(*seeds):
        failure, played = history.play(networks[0], seed, history.draw(seed))
        counts += played.counts
        counts['cases'] += 1
        if failure is not None:
            failures.append(history.fail(networks[0], seed))
    return counts, failures


def main(args=None):
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('--models', choices=['test', 'health'], default='test')
    options, args = parser.parse_known_args(args)
    name = 'soak'
    if options.models != 'test':
        name = f'{name} MODELS={options.models}'
    folder = Path(tempfile.mkdtemp(
            prefix='soak-', dir=environment.quickest()))
    try:
        # Before trytond is imported
        environment.prepare(folder)
        from ..memory import soak
        from .history import WORDS
        return soak.main(args, soak.Soak(
                name, 'SQLite', play, list(WORDS), NEEDED, 5, 10_000, begin,
                (folder, options.models)))
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    sys.exit(main())
