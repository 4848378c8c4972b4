# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Random histories, after which nothing is lost and all are equal."
import random

import pytest

from . import damage, history

pytestmark = pytest.mark.long


@pytest.fixture(scope='module')
def histories(tmp_path_factory):
    from . import template
    folder = tmp_path_factory.mktemp('histories')
    database = template.prepare(
        ['test_synchronisation'], 'template', folder)
    network = history.Histories(database.file, folder)
    yield network
    network.close()


@pytest.mark.parametrize('seed', range(30))
def test_history(histories, seed):
    "Test that a random history loses nothing and ends level"
    steps = history.draw(seed)
    try:
        histories.run(steps)
    except Exception:
        print(f"seed {seed}")
        for step in steps:
            print(step)
        raise


@pytest.mark.parametrize('seed', range(1000, 1006))
def test_damage(histories, seed):
    "Test that what is written past Tryton is found after a history"
    histories.run(history.draw(seed))
    for node in histories.satellites:
        assert_equal(node)
    rng = random.Random(seed)
    for number in range(8):
        damage.at_random(
            rng, rng.choice(histories.nodes), histories.loaded, number)
    for _ in range(2):
        for node in histories.satellites:
            node.satellite().verify(repair=True)
            node.synchronise()
    for node in histories.satellites:
        node.synchronise()
    for node in histories.satellites:
        assert_equal(node)


def assert_equal(node):
    result = node.satellite().verify().as_dict()
    assert (result['differences'], result['level']) == ([], True)
