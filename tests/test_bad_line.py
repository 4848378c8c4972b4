# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Lines that break, swallow answers and take their time."
import re
from contextlib import contextmanager

import pytest

from trytond.pool import Pool
from trytond.transaction import Transaction

from .line import Line, Weather
from .remote import Remote

MODULES = ['test_synchronisation']
UNIT = 5
MODEL = 'test_synchronisation.mode_full'
# What a hub logs of each push
HANDLED = re.compile(r'event=message\.handled .*method=push.* pushed=(\d+)')


def create(pool, codes):
    "Create records, each few in a transaction of their own"
    for i in range(0, len(codes), UNIT):
        pool.get(MODEL).create([
                {'code': c, 'name': f"Name of {c}"}
                for c in codes[i:i + UNIT]])
        Transaction().commit()


def read(pool):
    return {r.code: r.name for r in pool.get(MODEL).search([])}


def synchronise():
    "Run and return (the sentence of what ended it, what was moved)"
    from trytond.modules.synchronisation.errors import HubUnreachableError
    from trytond.modules.synchronisation.satellite import Satellite
    try:
        outcome = Satellite(*Pool.database_list()).synchronise()
    except HubUnreachableError as error:
        return str(error), None
    assert outcome.complete, outcome.errors
    return None, outcome.moved


@contextmanager
def clinic(network, backend, weather, seed=0, **options):
    "Give a Line, and the Remotes of the hub and of who dials it over that"
    net = network(backend, MODULES, satellites=1)
    satellite, = net.satellites
    with Line(net.hub.server.port, weather, seed) as line:
        satellite.configure(synchronisation_url=(
                f'http://127.0.0.1:{line.port}/{net.hub.name}/'), **options)
        with Remote(net.hub) as hub, Remote(satellite) as remote:
            yield net.hub, line, hub, remote


def pushed(hub):
    "Return how many records came with the pushes that a hub handled"
    return sum(map(int, HANDLED.findall(hub.log.read_text())))


def until_level(satellite, most=20):
    "Run as often as cron would; return how many runs it took"
    for count in range(1, most + 1):
        problem, _ = satellite.do(synchronise)
        if not problem:
            return count
    raise AssertionError(problem)


def codes(number):
    return [f'{n:04d}' for n in range(number)]


@pytest.mark.parametrize('seed', range(2))
def test_swallowed_answers(network, backend, seed):
    "Test that a run goes on, and sends nothing that the hub has again"
    with clinic(network, backend, Weather(), seed, batch=10) as (
            instance, line, hub, satellite):
        satellite.call(create, codes(300))
        # It signs in over a good line
        satellite.do(synchronise)
        before = pushed(instance)
        satellite.call(create, [f'x{code}' for code in codes(300)])
        line.change(Weather(swallows=.3))
        assert until_level(satellite) <= 2
        assert line.swallowed > 1
        assert pushed(instance) - before == 300
        assert hub.call(read) == satellite.call(read)


@pytest.mark.parametrize('seed', range(2))
def test_torn_messages(network, backend, seed):
    "Test that all arrives though the line breaks again and again"
    with clinic(network, backend, Weather(), seed) as (
            instance, line, hub, satellite):
        satellite.call(create, codes(500))
        hub.call(create, [f'h{code}' for code in codes(500)])
        line.change(Weather(tears=(500, 5_000)))
        until_level(satellite)
        assert line.breaks > 3
        assert hub.call(read).keys() == {
            *codes(500), *(f'h{code}' for code in codes(500))}
