# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Ten megabytes over 64 kbit/s with cuts, unscaled unless told, see foul.py."
import sys

from . import foul
from .line import FOUL
from .long_run import LongRun, arguments
from .network import standalone
from .postgresql import Cluster

SKIES = {'cuts': FOUL, 'none': FOUL._replace(cuts=None)}
# What more may go up for the cuts
MOST = 1.1


def main(args=None):
    options = arguments(
        "Push over a line that is cut each minute", records=77_000, times=1,
        cases=1).parse_args(args)
    run = LongRun('line', options, 'PostgreSQL')
    cluster = Cluster.start()
    try:
        for seed in range(options.seed, options.seed + options.cases):
            for sky, weather in SKIES.items():
                name = f'{seed} {sky}'
                if name not in run.done:
                    with standalone(cluster, foul.MODULES) as net:
                        run.finish(name, foul.carry(
                                net, *net.satellites, options.records, seed,
                                options.times, weather))
                print(name, foul.Carried(*run.done[name]), flush=True)
    finally:
        cluster.stop()
    return judge(run, options)


def judge(run, options):
    "Print how much more went up than without cuts; return the exit status."
    carried = {
        name: foul.Carried(*values) for name, values in run.done.items()}
    ratios = [carried[f'{seed} cuts'].up / carried[f'{seed} none'].up
        for seed in range(options.seed, options.seed + options.cases)]
    cuts = sum(carried[name].breaks for name in carried)
    size = max(row.up for row in carried.values())
    run.report(
        f'{options.records} records, {size / 1e6:.1f} MB up',
        f'{cuts} cuts, {max(ratios):.3f} times the bytes of no cuts at most')
    return 1 if max(ratios) > MOST else 0


if __name__ == '__main__':
    sys.exit(main())
