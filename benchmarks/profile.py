# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Where the time of a record goes, on either back end.

make bench-profile RECORDS=5000 BACKEND=sqlite
"""
import argparse
import pstats
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import processor
from .place import Place
from .profiled import FOLDER, synchronise
from tests import environment
from tests.postgresql import Cluster

# (stage, which satellite, task)
STAGES = [*processor.STAGES, ('idle', 0, 'synchronise')]
BACKENDS = ['postgresql', 'sqlite']
LINES = 20
# What is shown of a profile: ours, and what waits for somebody else
OURS = 'modules/synchronisation/'
WAITS = 'psycopg2', 'sqlite3', 'socket', 'zlib', 'scrypt'
# Rounds of which the processor time is told
ROUNDS = 3


class ProfiledPlace(Place):
    "A hub whose requests are profiled, and two satellites."

    def make(self, number):
        instance = super().make(number)
        if not number:
            instance.server.program = [
                sys.executable, '-m', 'benchmarks.profiled']
            instance.server.environment = {FOLDER: str(self.folder)}
            self.begin('none')
        return instance

    def begin(self, stage):
        (self.folder / 'stage').write_text(stage)

    def run(self, stage, number, name):
        "Profile a task at both ends and return what it returned"
        station = self.stations[number]
        self.begin(stage)
        _, outcome = station.do(
            synchronise, str(self.folder), stage, str(station.instance.conf),
            name)
        return outcome


def report(folder, stage, side, records, unit):
    "Print the table of one side of a stage"
    stats = pstats.Stats(str(folder / f'{side}-{stage}.profile'))
    lines = (folder / f'{side}-{stage}.statements').read_text().splitlines()
    counts = [(int(n), text) for n, _, text in (
            line.partition(' ') for line in lines)]
    total = sum(count for count, _ in counts)
    print(f"\n{side}, {stage}: {stats.total_tt / records * 1e6:.0f} µs and "
        f"{total / records:.3f} statements a {unit}")
    for count, text in counts[:3]:
        print(f"  {count:8d} times {text}")
    print(f"  {'cumulative':>10} {'own':>8} {'calls':>8}  (µs, a {unit})")
    rows = sorted(stats.stats.items(), key=lambda item: -item[1][3])
    shown = [row for row in rows if OURS in row[0][0] or any(
            word in row[0][2] for word in WAITS)]
    for (path, line, name), (_, calls, own, cumulative, _) in shown[:LINES]:
        place = f'{Path(path).name}:{line} ' if line else ''
        print(f"  {cumulative / records * 1e6:10.1f} "
            f"{own / records * 1e6:8.1f} {calls:8d}  {place}{name}")


def profile(cluster, records):
    with ProfiledPlace(cluster) as place:
        processor.warm(place)
        place.stations[0].create(records, len(STAGES) * 10)
        for stage, number, name in STAGES:
            outcome = place.run(stage, number, name)
            # A cycle in which nothing changed is told as a whole
            count, unit = (
                (1, 'cycle') if stage == 'idle' else (records, 'record'))
            size = outcome['bytes_up'] + outcome['bytes_down']
            print(f"\n{stage}: {outcome['requests']} requests, "
                f"{size / count:.1f} bytes a {unit} without headers")
            for side in ['satellite', 'hub']:
                report(place.folder, stage, side, count, unit)


@contextmanager
def cluster_of(backend):
    "Give a cluster for a back end, None for SQLite"
    cluster = Cluster.start() if backend == 'postgresql' else None
    try:
        yield cluster
    finally:
        if cluster:
            cluster.stop()


def main(args=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--records', type=int, default=5000)
    parser.add_argument('--backend', action='append', choices=BACKENDS)
    options = parser.parse_args(args)
    with tempfile.TemporaryDirectory() as folder:
        environment.prepare(Path(folder))
        for backend in options.backend or BACKENDS:
            print(f"\n{backend}, without the profiler")
            with cluster_of(backend) as cluster:
                print('\n'.join(processor.lines(processor.measure(
                                cluster, options.records, ROUNDS))))
                profile(cluster, options.records)


if __name__ == '__main__':
    main()
