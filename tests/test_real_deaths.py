# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Processes on PostgreSQL that end at a named place, see failpoints.rst."
import signal

import pytest

from . import deadly
from .remote import Remote
from .waiting import has_run, until

pytestmark = pytest.mark.long

MODULES = ['test_synchronisation']
PARENT = 'test_synchronisation.parent'
FULL = 'test_synchronisation.mode_full'
AT_SATELLITE = [
    'positions.locked', 'push.built', 'push.marked', 'call.answered',
    'push.applied', 'push.done', 'rows.created', 'pull.applied', 'pull.done',
    'run.ending']
AT_HUB = [
    'hub.admitted', 'positions.locked', 'changes.consumed', 'rows.created',
    'clock.written', 'hub.answered']


def create(pool, name):
    "Save something that the other end is to have"
    pool.get(PARENT).create([{
                'name': name, 'lines': [('create', [{'name': name}])]}])
    pool.get(FULL).create([{'code': name, 'name': name}])


def create_full(pool, name):
    pool.get(FULL).create([{'code': name, 'name': name}])


def read(pool):
    return [
        sorted((p.name, [c.name for c in p.lines])
            for p in pool.get(PARENT).search([])),
        sorted((r.code, r.name) for r in pool.get(FULL).search([])),
        pool.get('synchronisation.conflict').search([], count=True),
        pool.get('synchronisation.quarantine').search([], count=True)]


def synchronise(place=None):
    "Run, and die at a place if one is given"
    from trytond.modules.synchronisation.satellite import Satellite
    from trytond.pool import Pool
    if place:
        deadly.arm(place)
    outcome = Satellite(*Pool.database_list()).synchronise()
    assert outcome.complete, outcome.errors


@pytest.fixture
def pair(network):
    "A hub and its satellite, told by Remote what to do"
    net = network('postgresql', MODULES, satellites=1)
    satellite, = net.satellites
    with Remote(net.hub) as hub, Remote(satellite) as clinic:
        yield hub, clinic


def check(hub, clinic, places):
    "Check that each end has what was saved at either, once"
    for _ in range(2):
        clinic.do(synchronise)
    parents, full, *rest = hub.call(read)
    assert clinic.call(read) == [parents, full, *rest]
    assert rest == [0, 0]
    assert parents == [[place, [place]] for place in sorted(places)]
    assert full == sorted(
        [name, name] for place in places for name in [place, f'hub {place}'])


def test_deaths_of_satellite(pair):
    "Test that a satellite goes on whatever it was doing when it died"
    hub, clinic = pair
    for place in AT_SATELLITE:
        clinic.call(create, place)
        hub.call(create_full, f'hub {place}')
        process = clinic.instance.start(synchronise, place).process
        assert process.wait(60) == -signal.SIGKILL, place
        until(lambda: not has_run(clinic.instance), "The end of the lock")
    check(hub, clinic, AT_SATELLITE)


def test_deaths_of_hub(pair):
    "Test that a hub goes on whatever it was doing when it died"
    hub, clinic = pair
    server = hub.instance.server
    plain = server.program
    for place in AT_HUB:
        clinic.call(create, place)
        hub.call(create_full, f'hub {place}')
        server.stop()
        server.program = deadly.program(place, plain)
        server.start()
        assert clinic.instance.command('run').returncode == 3, place
        assert server.process.wait(60) == -signal.SIGKILL, place
        server.program = plain
        server.start()
    check(hub, clinic, AT_HUB)
