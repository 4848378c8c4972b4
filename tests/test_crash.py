# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Programs that are killed while people work, see crash.py."
from .crash import BATCH, DURING, MODULES, Crash

KILLS = 6


def test_kills(network):
    "Test that what people save survives the kills of a worker and a hub"
    net = network(
        'postgresql', MODULES, satellites=1, options={'batch': BATCH})
    figures, problems = Crash(net, seed=3).run(KILLS)
    assert not problems
    assert figures['during'] >= DURING * KILLS, figures
    assert figures['worker'] and figures['hub']
