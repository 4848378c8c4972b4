# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Transactions that are overtaken by a thousand, see overtaken.py."
import pytest

from . import overtaken

SIZE = overtaken.Size(schedules=100, younger=1000, spread=1800, step=250)

pytestmark = pytest.mark.postgresql


def test_late_at_hub(network):
    "Test that what a user of the hub commits late reaches two satellites"
    net = network('postgresql', overtaken.MODULES)
    overtaken.play(5, SIZE, net.hub, [], net.satellites)


def test_late_at_satellite(network):
    "Test that what a user of a satellite commits late reaches two others"
    net = network('postgresql', overtaken.MODULES, satellites=3)
    writer, *readers = net.satellites
    overtaken.play(6, SIZE, writer, [writer], readers)
