# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Easier readings of the rules, each with a scenario that it breaks.

A scenario is a test that passes as things are.  With the easier reading put
back it must fail by what it asserts: so it is known to test what it says.
"""
from collections import namedtuple
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from trytond.modules.synchronisation.intake import Application

from .mutants import FAULTS

Reading = namedtuple('Reading', 'sentence scenario patches')
READINGS = []


def easier(sentence, *patches):
    "Register an easier reading: (target, attribute, replacement), ..."
    def register(scenario):
        READINGS.append(Reading(sentence, scenario, patches))
        return scenario
    return register


def fault(sentence):
    "Register an easier reading that the random histories find, too."
    return easier(sentence, FAULTS[sentence])


@contextmanager
def put_back(reading):
    with ExitStack() as stack:
        for target, attribute, replacement in reading.patches:
            stack.enter_context(patch.object(target, attribute, replacement))
        yield


def _know_only(self, entry, state):
    state.aliases = state.aliases + [entry.identity]


# Cures of what a meeting is told again for, too, see Application.know_as()
NOT_TOLD_AGAIN = Application, 'know_as', _know_only
