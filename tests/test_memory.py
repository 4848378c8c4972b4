# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Random histories in memory, with all moves on at once."
import logging

import pytest

from .memory import history

pytestmark = pytest.mark.long

PER_TEST = 100


@pytest.mark.parametrize('first', range(0, 1000, PER_TEST))
def test_histories(first, caplog):
    "Test that random histories lose nothing and end level"
    caplog.set_level(logging.CRITICAL)
    for seed in range(first, first + PER_TEST):
        failure = history.fail(seed)
        assert failure is None, failure


@pytest.mark.parametrize('seed', [90011880, 90024752])
def test_cases_of_what_the_sender_has_by_another_name(seed, caplog):
    "Test that who makes what becomes a known record hears of its cases"
    caplog.set_level(logging.CRITICAL)
    failure = history.fail(seed, hub=seed % 8 > 3)
    assert failure is None, failure


@pytest.mark.parametrize('first', range(0, 400, PER_TEST))
def test_restored_hub(first, caplog):
    "Test the same with a centre that is restored from backups"
    caplog.set_level(logging.CRITICAL)
    for seed in range(first, first + PER_TEST):
        failure = history.fail(seed, hub=True)
        assert failure is None, failure
