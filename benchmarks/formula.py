# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""How the value of a key comes from its runs.

A run is a number, or numbers by name: what was measured one after the other.
"""
import statistics


def median(runs):
    return statistics.median(runs)


def largest(runs):
    return max(runs)


def ours_by_theirs(runs):
    return median([run['ours'] / run['theirs'] for run in runs])


def theirs_by_ours(runs):
    return median([run['theirs'] / run['ours'] for run in runs])


def growth(runs):
    "Return the worst of the ways, each of them large by small."
    return max(
        median([run[f'{way}_large'] / run[f'{way}_small'] for run in runs])
        for way in ways(runs))


def rate(runs):
    "Return the worst of the ways, each of them small by large."
    return 1 / growth(runs)


def ways(runs):
    return {name.rpartition('_')[0] for run in runs for name in run}
