# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A satellite that lies reads and writes nothing outside its scope."
import random

import pytest

from .memory import liar

pytestmark = pytest.mark.long

STEPS = 30
PER_TEST = 50


@pytest.mark.parametrize('first', range(0, 150, PER_TEST))
def test_liar(first):
    "Test that messages of the right form reach nothing that is not theirs"
    for seed in range(first, first + PER_TEST):
        ground = liar.Ground(random.Random(seed))
        try:
            ground.run(STEPS)
            ground.finish()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
