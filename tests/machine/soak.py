# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Many random histories on SQLite, in several processes."
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


def begin(folder):
    "Make the Network of this process, in a folder of all processes."
    from .. import template
    from .network import Network
    logging.disable(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(dir=folder))
    database = template.prepare(['test_synchronisation'], 'template', folder)
    networks.append(Network(database.file, folder))


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
    folder = Path(tempfile.mkdtemp(
            prefix='soak-', dir=environment.quickest()))
    try:
        # Before trytond is imported
        environment.prepare(folder)
        from ..memory import soak
        from .history import WORDS
        return soak.main(args, soak.Soak(
                'soak', 'SQLite', play, list(WORDS), NEEDED, 5, 10_000, begin,
                (folder,)))
    finally:
        shutil.rmtree(folder)


if __name__ == '__main__':
    sys.exit(main())
