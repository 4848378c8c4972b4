# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Transactions that a hundred thousand others overtake, see overtaken.py."
import sys
from collections import Counter

from . import late, overtaken
from .long_run import LongRun, arguments
from .network import standalone
from .postgresql import Cluster

# Whether the late ones are users of the hub or of a satellite
WRITERS = ['hub', 'satellite']


def play(cluster, seed, size, writer):
    "Play one in which three satellites read; return what was seen"
    count = 3 + (writer != 'hub')
    with standalone(cluster, overtaken.MODULES, satellites=count) as net:
        if writer == 'hub':
            parts = net.hub, [], net.satellites
        else:
            first, *others = net.satellites
            parts = first, [first], others
        done, younger = overtaken.play(seed, size, *parts)
    return {'schedules': len(done), 'younger': younger,
        **Counter(s.work for s in done), **Counter(s.stage for s in done)}


def main(args=None):
    options = arguments(
        "Let transactions commit late", schedules=500,
        younger=100_000).parse_args(args)
    run = LongRun('late', options, 'PostgreSQL')
    size = overtaken.Size(
        options.schedules, options.younger, options.younger // 8,
        options.younger // 100)
    cluster = Cluster.start(connections=options.schedules + 200)
    try:
        for number, writer in enumerate(WRITERS):
            if writer not in run.done:
                run.finish(writer, play(
                        cluster, options.seed + number, size, writer))
            print(writer, run.done[writer], flush=True)
    finally:
        cluster.stop()
    return judge(run)


def judge(run):
    "Print the figures; what is lost has ended the run before."
    total = sum(map(Counter, run.done.values()), Counter())
    run.report(
        f"{total['schedules']} late transactions, {total['younger']} younger "
        "ones, 3 readers", "0 lost; " + ', '.join(
            f'{total[name]} {name}'
            for name in [*overtaken.WORKS, late.OPEN, late.VOTING]))


if __name__ == '__main__':
    sys.exit(main())
