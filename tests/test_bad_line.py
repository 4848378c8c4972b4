# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Lines that break, swallow answers and take their time."
import re
from contextlib import contextmanager

import pytest

from . import foul
from .foul_line import SKIES
from .line import Weather, hastened
from .remote import Remote
from .waiting import until

# What a hub logs of each push
HANDLED = re.compile(r'event=message\.handled .*method=push.* pushed=(\d+)')
# How many times less everything takes here than it does, and where the time
# of the hub must not count for more than that of the line
TIMES, SLOW = 20, 6
# Records; MOST of foul_line.py is for many more, one cut counts for more here
SIZE, FIRST, SMALL = 2000, 500, 1.15
# Bytes of a file
FILE = 1 << 19
# Bytes that the line carries in five seconds, and one record
MESSAGE = 42_000
# What goes in between: the half of 5 to 60 s at 8 kB a second
TEARS = 20_000, 240_000


@contextmanager
def clinic(network, backend, weather, seed=0, **options):
    "Give the hub, a Line, and the Remotes of the hub and who dials it"
    net = network(backend, foul.MODULES, satellites=1)
    satellite, = net.satellites
    with foul.lined(net, satellite, weather, seed, **options) as line, (
            Remote(net.hub)) as hub, Remote(satellite) as remote:
        remote.do(foul.hasten, TIMES)
        yield net.hub, line, hub, remote


def pushed(hub):
    "Return how many records came with the pushes that a hub handled"
    return sum(map(int, HANDLED.findall(hub.log.read_text())))


@pytest.mark.parametrize('seed', range(2))
def test_swallowed_answers(network, backend, seed):
    "Test that a run goes on, and sends nothing that the hub has again"
    with clinic(network, backend, Weather(), seed, batch=10) as (
            instance, line, hub, satellite):
        # It signs in over a good line
        satellite.do(foul.synchronise)
        satellite.call(foul.create, 300, seed)
        line.change(Weather(swallows=.3))
        assert foul.until_level(satellite) <= 2
        assert line.swallowed > 1
        assert pushed(instance) == 300
        assert hub.call(foul.count) == 300


@pytest.mark.parametrize('seed', range(2))
def test_torn_messages(network, backend, seed):
    "Test that all arrives though the line breaks again and again"
    with clinic(network, backend, Weather(), seed) as (
            instance, line, hub, satellite):
        satellite.call(foul.create, 100, 1)
        hub.call(foul.create, 100, 2)
        line.change(Weather(tears=(1000, 10_000)))
        foul.until_level(satellite)
        assert line.breaks > 3
        assert hub.call(foul.count) == 200


def test_foul_line(network):
    "Test that a line which is slow and breaks carries hardly more for that"
    carried = {}
    # By the bytes, as a busy machine takes its time
    torn = SKIES['none']._replace(tears=TEARS)
    for sky, weather in {**SKIES, 'cuts': torn}.items():
        net = network('sqlite', foul.MODULES, satellites=1)
        carried[sky] = foul.carry(
            net, *net.satellites, SIZE, 1, SLOW, weather, FIRST)
    assert carried['cuts'].breaks
    # Some headers more, and of each break no more than what was on the line
    assert carried['cuts'].up <= (
        SMALL * carried['none'].up + MESSAGE * carried['cuts'].breaks), carried


def test_file(network):
    "Test that a large file resumes, and that no record waits for its end"
    # The last one comes before the end of the file
    tears = TEARS[0], FILE // 4 - TEARS[0]
    torn = hastened(SKIES['none'], SLOW)._replace(cuts=None, tears=tears)
    net = network('sqlite', foul.MODULES, satellites=1)
    satellite, = net.satellites
    with foul.lined(net, satellite, seed=1) as line, (
            Remote(satellite)) as remote, Remote(satellite) as user, (
            Remote(net.hub)) as hub:
        remote.do(foul.hasten, SLOW)
        remote.do(foul.synchronise)
        line.change(torn)
        before = line.up
        user.call(foul.attach, FILE, 1)
        remote.tell(foul.synchronise)
        until(lambda: hub.call(foul.arrived) > FILE / 10, "A part")
        user.call(foul.create, 1, 1)
        until(lambda: hub.call(foul.count) == 1, "The record")
        assert hub.call(foul.arrived) < FILE
        if remote.result(foul.LONGEST):
            foul.until_level(remote)
        assert hub.call(foul.arrived) == FILE
        assert line.breaks > 3
        # Of each break no more than what was on the line
        assert line.up - before <= SMALL * FILE + MESSAGE * line.breaks
