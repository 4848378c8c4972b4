# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"People who write while a satellite synchronises, see writers.py."
from .writers import MODULES, Writers

SECONDS = 8
# How long the module waits itself, in seconds
LONGEST = 10


def test_writers(network):
    """Test that nothing is lost and that nobody waits but for a row

    How long it takes tells nothing on a busy machine.
    """
    net = network('postgresql', MODULES, satellites=1)
    figures, problems = Writers(
        net, seed=1, writers=4, longest=LONGEST).run(SECONDS)
    assert not problems
    assert figures['saved'] and figures['runs'] > 3
