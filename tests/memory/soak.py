# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Many random histories in memory, in several processes."
import logging
import sys
from collections import Counter, namedtuple
from concurrent.futures import ProcessPoolExecutor

from ..long_run import LongRun, arguments
from . import history

# What must have happened, or the histories do not test it
NEEDED = [
    'user', 'push', 'pull', 'deliver', 'twice', 'lose', 'cycle', 'grant',
    'backup', 'restore', 'update', 'conflict', 'review', 'deletion', 'revived',
    'key', 'merged', 'waiting']
STEPS = 30
# words are the kinds of steps, piece is how many histories are one piece of
# work, play(seeds) plays them and begin(*arguments) prepares a process for it
Soak = namedtuple(
    'Soak', 'name store play words needed piece cases begin arguments')


def play(seeds):
    "Return (what happened, [what failed]) of the histories of some seeds."
    logging.disable(logging.CRITICAL)
    counts, failures = Counter(), []
    for seed in range(*seeds):
        hub = seed % 8 > 3
        _, played = history.play(
            history.draw(seed), history.has_tiers(seed), hub,
            history.age(seed))
        counts += played.counts
        counts['cases'] += 1
        if played.violation is not None:
            failures.append(history.fail(seed, hub))
    return counts, failures


MEMORY = Soak(
    'soak STORE=memory', 'memory', play,
    [*history.WORDS, *history.RESTORE, *history.UPDATE], NEEDED, 250,
    100_000, None, ())


def main(args=None, soak=MEMORY):
    parser = arguments("Play many histories", cases=soak.cases)
    parser.add_argument('--jobs', type=int, default=2, help="processes")
    options = parser.parse_args(args)
    run = LongRun(soak.name, options, soak.store)
    last = options.seed + options.cases
    pieces = [(first, min(first + soak.piece, last))
        for first in range(options.seed, last, soak.piece)]
    left = [piece for piece in pieces if str(piece[0]) not in run.done]
    with ProcessPoolExecutor(
            options.jobs, initializer=soak.begin,
            initargs=soak.arguments) as pool:
        for piece, (counts, failures) in zip(
                left, pool.map(soak.play, left)):
            run.finish(str(piece[0]), [counts, failures])
            print(f"{piece[1] - options.seed} of {options.cases}", *failures,
                sep='\n', flush=True)
    return judge(run, soak)


def judge(run, soak):
    "Print the figures and return the exit status."
    total, failures = Counter(), []
    for counts, found in run.done.values():
        total.update(counts)
        failures += found
    steps = sum(total[word] for word in soak.words)
    missing = [name for name in soak.needed if not total[name]]
    figures = ', '.join(f'{total[name]} {name}' for name in soak.needed)
    run.report(
        f"{total['cases']} histories, {steps} steps, "
        f"{steps / run.seconds:.0f} a second", (
            f"{len(failures)} violations; {figures}"
            + ''.join(f'; never: {name}' for name in missing)))
    return 1 if failures or missing or steps < STEPS * total['cases'] else 0


if __name__ == '__main__':
    sys.exit(main())
