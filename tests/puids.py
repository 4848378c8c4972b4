# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Count how many PUIDs clash that clinics give without a network.

python -m tests.puids --clinics 511 --each 100000
"""
import argparse
import sys
from array import array
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial


def give(each, number):
    """Return the PUIDs that a clinic gives, and what GNU Health had drawn.

    Each list has one PUID after the other, as numbers in base 36.
    """
    from unittest.mock import patch

    from trytond.modules.health import health
    from trytond.modules.health_synchronisation import party
    from trytond.modules.synchronisation import sequence
    drawn = array('Q')
    given = set()

    class Drawer:
        @classmethod
        def generate_puid(cls):
            puid = health.Party.generate_puid()
            drawn.append(int(puid, 36))
            return puid

    class Clinic(party.Party, Drawer):
        @classmethod
        def _has_puid(cls, puid):
            return int(puid, 36) in given

    # A Mock would take longer than a PUID
    with patch.object(sequence, 'instance', lambda: number):
        for _ in range(each):
            given.add(int(Clinic.generate_puid(), 36))
    assert len(given) == each
    return array('Q', given), drawn[:each]


def count_clashes(lists):
    "Return how many numbers of all the lists are there already."
    parts = defaultdict(partial(array, 'Q'))
    for numbers in lists:
        for number in numbers:
            parts[number // 36 ** 7].append(number)
    return sum(len(part) - len(set(part)) for part in parts.values())


def simulate(clinics, each, jobs=2):
    "Return (clashes of the PUIDs given, clashes as GNU Health draws them)."
    with ProcessPoolExecutor(jobs) as pool:
        found = list(pool.map(partial(give, each), range(1, clinics + 1)))
    return (
        count_clashes(given for given, _ in found),
        count_clashes(drawn for _, drawn in found))


def main(args=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clinics', type=int, default=511)
    parser.add_argument('--each', type=int, default=100_000)
    parser.add_argument('--jobs', type=int, default=2)
    options = parser.parse_args(args)
    given, drawn = simulate(options.clinics, options.each, options.jobs)
    print(f"{options.clinics} clinics, {options.each} PUIDs each: {given} "
        f"clash; as GNU Health draws them {drawn} clash.")
    return 1 if given else 0


if __name__ == '__main__':
    sys.exit(main())
