# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""A file of 100 MB over 64 kbit/s with cuts, and records that go meanwhile.

Unscaled unless told, see foul.py.
"""
import sys
from statistics import median

from . import foul
from .line import FOUL
from .long_run import LongRun, arguments
from .network import standalone
from .postgresql import Cluster

# What more may go up than the file, but for the parts that were cut
MOST = 1.05
# Seconds that a part takes, and how many of them a record may wait: for what
# is on its way, and on its own
PART, PARTS = 5 + 2 * FOUL.delay, 3


def main(args=None):
    options = arguments(
        "Push a large file over a line that is cut each minute",
        size=100_000_000, times=1).parse_args(args)
    run = LongRun('line-file', options, 'PostgreSQL')
    cluster = Cluster.start()
    try:
        with standalone(cluster, foul.MODULES) as net:
            carried, delays = foul.carry_file(
                net, *net.satellites, options.size, options.seed,
                options.times, FOUL)
    finally:
        cluster.stop()
    # No more than one part is on the line when it breaks
    most = MOST * options.size + carried.breaks * FOUL.rate * 5
    run.report(
        f'{options.size / 1e6:.0f} MB',
        f'{carried.up / 1e6:.1f} MB up, {carried.breaks} cuts, '
        f'{carried.runs} runs; {len(delays)} records meanwhile, which took '
        f'{median(delays):.0f} s, {max(delays):.0f} s at most')
    # The record before may have met a cut, which takes a while to dial again
    return carried.up > most or median(delays) > PART * PARTS


if __name__ == '__main__':
    sys.exit(main())
