# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Random histories, after which nothing is lost and all are equal."
import pytest

from . import history


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
