# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Random histories on SQLite, with all moves on at once.

The rules of the machine are the words of tests/machine/history.py.
"""
import logging
import random

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine, initialize, rule, run_state_machine_as_test)

from . import damage, template

# Many cases in parts, for several processes
PARTS, CASES, QUICK = 8, 25, 10
# Hypothesis nearly always makes as many steps as it may
LENGTHS = [30, 40, 50]
SEEDS = st.integers(0, 2 ** 32 - 1)


@pytest.fixture(scope='module')
def network(tmp_path_factory):
    # It imports trytond, which needs the environment of the tests first
    from .machine.model import THINGS
    yield from instances(THINGS, tmp_path_factory.mktemp('machine'))


def instances(mix, folder):
    "Yield the Network of a mix of models."
    from .machine.network import Network
    database = template.prepare(mix.modules, 'template', folder)
    network = Network(mix, database.file, folder)
    yield network
    network.close()


def machine(network):
    "Return the class of the state machine on a Network."
    from .machine.history import WORDS, History

    class Machine(RuleBasedStateMachine):
        history, failed = None, False

        @initialize(number=SEEDS, left=st.sampled_from(LENGTHS))
        def begin(self, number, left):
            self.history, self.left = History(network, number), left

        def step(self, word, number):
            self.left -= 1
            if self.left >= 0:
                self.failed = True
                self.history.step(word, number)
                self.failed = False

        def teardown(self):
            if self.history and not self.failed:
                self.history.finish()

    def move(word):
        def do(self, number):
            self.step(word, number)
        do.__name__ = do.__qualname__ = word
        return rule(number=SEEDS)(do)

    return type('Machine', (Machine,), {
            f'{word}_' if hasattr(Machine, word) else word: move(word)
            for word in WORDS})


def run(network, number, cases):
    run_state_machine_as_test(
        seed(number)(machine(network)), settings=settings(
            max_examples=cases, stateful_step_count=max(LENGTHS) + 1,
            database=None,
            deadline=None, print_blob=False, report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck)))


@pytest.mark.long
@pytest.mark.parametrize('number', range(1, PARTS + 1))
def test_machine(network, number, caplog):
    "Test that whatever happens loses nothing and ends level"
    caplog.set_level(logging.CRITICAL)
    run(network, number, CASES)


def test_machine_briefly(network, caplog):
    "Test a few cases of it"
    caplog.set_level(logging.CRITICAL)
    run(network, 0, QUICK)


@pytest.mark.long
@pytest.mark.parametrize('number', range(1000, 1006))
def test_damage(network, number, caplog):
    "Test that what is written past Tryton is found after a history"
    from .machine import history
    caplog.set_level(logging.CRITICAL)
    failure, _ = history.play(network, number, history.draw(number))
    assert failure is None
    for node in network.satellites:
        assert_equal(node)
    rng = random.Random(number)
    for count in range(8):
        damage.at_random(
            rng, rng.choice(network.nodes), network.loaded, count)
    for _ in range(4):
        for node in network.satellites:
            node.satellite().verify(repair=True)
            node.synchronise()
    for node in network.satellites:
        node.synchronise()
    for node in network.satellites:
        assert_equal(node)


def assert_equal(node):
    result = node.satellite().verify().as_dict()
    assert (result['differences'], result['level']) == ([], True)
