# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Replies of the hub that are lost, or come twice."
import json
import os
import signal
from itertools import islice

import pytest

from trytond.pool import Pool
from trytond.transaction import Transaction

from .process import ProcessError
from .remote import Remote
from .waiting import has_run, until

MODULES = ['test_synchronisation']
MODEL = 'test_synchronisation.mode_full'
CODES = [
    'kept', 'edited', 'edited-at-hub', 'edited-at-both', 'deleted',
    'deleted-at-hub']


def create(pool, name):
    pool.get(MODEL).create([{'code': c, 'name': name} for c in CODES])


def write_all(pool, name):
    Model = pool.get(MODEL)
    for record in Model.search([]):
        Model.write([record], {'name': name})


def find(pool, *codes):
    return pool.get(MODEL).search([('code', 'in', codes)])


def work(pool, place, edited, deleted):
    "What users do after the reply is lost"
    Model = pool.get(MODEL)
    for code in edited:
        Model.write(find(pool, code), {'name': f"edited at {place}"})
    Model.delete(find(pool, *deleted))


def read(pool):
    return {r.code: r.name for r in pool.get(MODEL).search([])}


def conflicts(pool):
    return [
        [json.loads(c.winner), json.loads(c.loser)]
        for c in pool.get('synchronisation.conflict').search([])]


def make_satellite(**options):
    from trytond.modules.synchronisation.satellite import Satellite
    return Satellite(*Pool.database_list(), **options)


def synchronise():
    "Run and return what was moved"
    outcome = make_satellite().synchronise()
    assert outcome.complete, outcome.errors
    return outcome.moved


def status():
    return make_satellite().status()


def die_after(method):
    "Run until the hub answered a message, and end as by a loss of power"
    from trytond.modules.synchronisation.transport import Transport

    class Deadly(Transport):

        def pack(self, kind, text, name=None):
            return kind, super().pack(kind, text, name)

        def send(self, named):
            sent, packed = named
            answer = super().send(packed)
            if sent == method:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer
    make_satellite(transport=Deadly).synchronise()


def lose_reply(satellite, method):
    with pytest.raises(ProcessError):
        satellite.instance.run(die_after, method)
    until(lambda: not has_run(satellite.instance), "The end of the lock")


def check(hub, satellite):
    "Check that all is as if no reply had been lost"
    assert satellite.call(read) == hub.call(read) == {
        'kept': "new",
        'edited': "edited at the satellite",
        'edited-at-hub': "edited at the hub",
        'edited-at-both': "edited at the hub",
        }
    for instance in [hub, satellite]:
        assert instance.call(conflicts) == [
            ["edited at the hub", "edited at the satellite"]], instance
    known = satellite.do(status)
    assert (known['pending'], known['quarantined']) == (0, 0)


@pytest.fixture
def pair(network, backend):
    "A hub and its satellite, told by Remote what to do"
    net = network(backend, MODULES, satellites=1)
    with Remote(net.hub) as hub, Remote(net.satellites[0]) as satellite:
        yield hub, satellite


@pytest.mark.parametrize('history', ['created', 'edited'])
def test_lost_reply_to_push(pair, history):
    "Test that what was pushed is there once, and in conflict with nobody"
    hub, satellite = pair
    if history == 'created':
        satellite.call(create, "new")
    else:
        satellite.call(create, "old")
        satellite.do(synchronise)
        satellite.call(write_all, "new")
    lose_reply(satellite, 'push')
    assert hub.call(read) == dict.fromkeys(CODES, "new")
    satellite.call(
        work, 'the satellite', ['edited', 'edited-at-both'], ['deleted'])
    hub.call(
        work, 'the hub', ['edited-at-hub', 'edited-at-both'],
        ['deleted-at-hub'])
    for _ in range(2):
        satellite.do(synchronise)
    check(hub, satellite)


def test_lost_reply_to_pull(pair):
    "Test that what was told, but not taken, is told again"
    hub, satellite = pair
    hub.call(create, "new")
    lose_reply(satellite, 'pull')
    assert satellite.call(read) == {}
    satellite.do(synchronise)
    assert satellite.call(read) == dict.fromkeys(CODES, "new")
    assert not satellite.do(synchronise)


def apply_twice():
    "Take each reply twice, and let a user edit in between"
    from trytond.modules.synchronisation.cycle import Cycle
    names = iter(["edited", "edited again"])

    def edit():
        with Transaction().start(*Pool.database_list(), 1):
            pool = Pool()
            for name in islice(names, 1):
                pool.get(MODEL).write(find(pool, 'edited'), {'name': name})

    def twice(method):
        def apply(cycle, *arguments):
            method(cycle, *arguments)
            edit()
            return method(cycle, *arguments)
        return apply
    satellite = make_satellite()
    plain = Cycle.apply_push, Cycle.apply_pull
    Cycle.apply_push, Cycle.apply_pull = map(twice, plain)
    satellite.synchronise()
    Cycle.apply_push, Cycle.apply_pull = plain
    satellite.synchronise()


@pytest.mark.parametrize('history', ['created', 'edited'])
def test_reply_twice(pair, history):
    "Test that a reply that comes twice undoes nothing"
    hub, satellite = pair
    satellite.call(create, "old")
    if history == 'edited':
        satellite.do(synchronise)
        satellite.call(write_all, "new")
    satellite.do(apply_twice)
    assert satellite.call(read)['edited'] == "edited again"
    assert satellite.call(read) == hub.call(read)
    assert hub.call(conflicts) == satellite.call(conflicts) == []
