# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Instances, their programs and their servers."
import xmlrpc.client
from pathlib import Path

import pytest

from trytond.transaction import Transaction

from .process import ProcessError

MODULES = ['synchronisation', 'party']


def create_party(pool, name):
    party, = pool.get('party.party').create([{'name': name}])
    return party.id


def count_parties(pool):
    return pool.get('party.party').search([], count=True)


def fail():
    raise ValueError("told to fail")


def test_call(backend, instance):
    "Test that what a function of a process did is committed"
    centre = instance(backend, MODULES)
    before = centre.call(count_parties)
    centre.call(create_party, "Ann")
    assert centre.call(count_parties) == before + 1


def test_python(backend, instance):
    "Test that source code finds the pool and its arguments"
    centre = instance(backend, MODULES)
    assert centre.python(
        "print(pool.get('party.party').__name__, *args)", 'a', 1
        ) == 'party.party a 1\n'


def test_process_error(instance):
    "Test that an error of a process is told"
    with pytest.raises(ProcessError, match="told to fail"):
        instance('sqlite', MODULES).run(fail)


def test_inside(instance):
    "Test that two instances are used in one process"
    one = instance('sqlite', MODULES, number=1)
    two = instance('sqlite', MODULES, number=2)
    with one.inside() as pool, Transaction().start(one.name, 1) as transaction:
        create_party(pool, "Ann")
        transaction.commit()
        before = count_parties(pool)
    with two.inside() as pool, Transaction().start(two.name, 1):
        assert count_parties(pool) == before - 1


def test_command(instance):
    "Test that the console command is run on an instance"
    result = instance('sqlite', MODULES).command('--help')
    assert not result.returncode, result.stderr


def test_network(backend, network):
    "Test that the satellites of a network sign in at its hub"
    net = network(backend, MODULES)
    assert [i.number for i in net.instances] == [0, 1, 2]
    for satellite in net.satellites:
        hub = xmlrpc.client.ServerProxy(net.hub.url)
        assert hub.common.db.login(
            satellite.login, {'password': satellite.password})
        assert Path(satellite.credentials).stat().st_mode & 0o777 == 0o600
        assert net.hub.url in satellite.conf.read_text()


@pytest.mark.services
def test_server_restart(instance):
    "Test that a server that was killed starts again at its address"
    server = instance('sqlite', MODULES).server
    with server:
        assert server.answers()
        server.kill()
        assert not server.answers()
        server.start()
        assert server.answers()
    assert not server.answers()
