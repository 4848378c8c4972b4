# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Runs that meet, and users who write while a run is under way."
import json
import socket
import subprocess
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import late
from .database import PASSWORD
from .environment import BIN, clean
from .process import find, get_target
from .remote import Remote
from .waiting import has_run, query, until, until_blocked

MODULES = ['test_synchronisation']
MODEL = 'test_synchronisation.mode_full'
KEYED = 'test_synchronisation.keyed'
PARENT = 'test_synchronisation.parent'
RUN = 'trytond-synchronise'


def create(pool, *codes):
    pool.get(MODEL).create([{'code': c, 'name': "old"} for c in codes])


def write(pool, code, name):
    pool.get(MODEL).write(
        pool.get(MODEL).search([('code', '=', code)]), {'name': name})


def read(pool, code):
    record, = pool.get(MODEL).search([('code', '=', code)])
    return record.name


def conflicts(pool):
    return [
        [json.loads(c.winner), json.loads(c.loser)]
        for c in pool.get('synchronisation.conflict').search([])]


def run_states(pool):
    runs = pool.get('synchronisation.run').search([], order=[('id', 'ASC')])
    return [run.state for run in runs]


def recode(pool, code, new):
    pool.get(MODEL).write(
        pool.get(MODEL).search([('code', '=', code)]), {'code': new})


def create_keyed(pool, code, name):
    pool.get(KEYED).create([{'code': code, 'name': name}])


def name_keyed(pool, code, name):
    pool.get(KEYED).write(
        pool.get(KEYED).search([('code', '=', code)]), {'name': name})


def read_keyed(pool, code):
    record, = pool.get(KEYED).search([('code', '=', code)])
    return record.name


def create_parent(pool, name):
    pool.get(PARENT).create([{'name': name}])


def delete_parent(pool, name):
    Parent = pool.get(PARENT)
    Parent.delete(Parent.search([('name', '=', name)]))


def add_child(pool, name):
    Parent = pool.get(PARENT)
    Parent.write(Parent.search([('name', '=', name)]), {
            'lines': [('create', [{'name': "child"}])]})


def read_family(pool):
    return [[p.name, [line.name for line in p.lines]]
        for p in pool.get(PARENT).search([])]


def begin(function, *arguments):
    "Let a user begin function(pool, *arguments), to commit it later"
    function = find(function)
    late.start(
        arguments[0], late.OPEN, lambda pool: function(pool, *arguments))


def begin_late(remote, function, *arguments):
    remote.do(begin, get_target(function), *arguments)


def write_at_once(code, name):
    "Write as a user who does not wait for anybody"
    with Transaction().start(*Pool.database_list(), 1) as transaction:
        transaction.connection.cursor().execute("SET LOCAL lock_timeout = 1")
        pool = Pool()
        write(pool, code, name)
        create(pool, f'new-{code}')


def count_changes(instance):
    (count,), = query(
        instance, "SELECT count(*) FROM synchronisation_change")
    return count


def start(instance, *arguments):
    return subprocess.Popen(
        [str(BIN / RUN), '-c', str(instance.conf), '-d', instance.name,
            *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=clean())


@contextmanager
def running(instance, *arguments):
    "Start the console command and end it whatever happens"
    process = start(instance, *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def finish(process):
    "Wait for the end of a run that does all it has to"
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output


def synchronise(instance):
    result = instance.command('run')
    assert result.returncode == 0, result.stderr


@pytest.fixture
def pair(network):
    "A hub and a satellite on PostgreSQL that both have the records a and b"
    net = network('postgresql', MODULES, satellites=1)
    net.hub.call(create, 'a', 'b')
    synchronise(net.satellites[0])
    return net.hub, net.satellites[0]


def test_second_run(backend, network):
    """Test that a second run ends at once and says why

    The first hangs at a hub that does not answer, until it is killed.
    """
    net = network(backend, MODULES, satellites=1)
    satellite, = net.satellites
    satellite.call(create, 'a')
    with socket.create_server(('127.0.0.1', 0)) as silent:
        silent.settimeout(60)
        port = silent.getsockname()[1]
        satellite.configure(synchronisation_url=f'http://127.0.0.1:{port}/a/')
        with running(satellite, 'run') as first:
            connection, _ = silent.accept()
            for verb in ['run', 'push']:
                second = satellite.command(verb)
                assert second.returncode == 5, second.stderr
                assert second.stdout == ''
                assert second.stderr.count('\n') == 1
                assert f'"{satellite.name}"' in second.stderr
            # It is no exchange
            status = json.loads(satellite.command('--json', 'status').stdout)
            assert status['pending'] == 1
            assert first.poll() is None
        connection.close()
    until(lambda: not has_run(satellite), "The end of the lock")
    satellite.configure(synchronisation_url=net.hub.url)
    synchronise(satellite)
    assert net.hub.call(read, 'a') == "old"
    assert satellite.call(run_states) == ['interrupted', 'done']


def test_capture_during_run(pair):
    "Test that users write and commit while a run holds its locks"
    hub, satellite = pair
    hub.call(write, 'a', "theirs")
    satellite.call(create, 'c')
    synchronise(satellite)
    hub.call(write, 'b', "theirs")
    with Remote(satellite) as slow, Remote(satellite) as user:
        begin_late(slow, write, 'b', "mine")
        with running(satellite, 'pull') as run:
            until_blocked(satellite, RUN)
            before = count_changes(satellite)
            for code in ['a', 'c']:
                user.do(write_at_once, code, "meanwhile")
            assert count_changes(satellite) > before
            assert run.poll() is None
            slow.do(late.commit, 'b')
            finish(run)
    synchronise(satellite)
    for code in ['a', 'c']:
        assert hub.call(read, code) == "meanwhile"
        assert hub.call(read, f'new-{code}') == "old"


def check_accounted(instances, winner, loser):
    "Check that both of two values are found at all instances"
    for instance in instances:
        assert instance.call(read, 'b') == winner, instance
        assert instance.call(conflicts) == [[winner, loser]], instance


def test_user_before_run(pair):
    "Test that a run waits for the user who writes what it received"
    hub, satellite = pair
    hub.call(write, 'b', "theirs")
    with Remote(satellite) as user:
        begin_late(user, write, 'b', "mine")
        with running(satellite, 'pull') as run:
            until_blocked(satellite, RUN)
            user.do(late.commit, 'b')
            finish(run)
    assert satellite.call(read, 'b') == "mine"
    synchronise(satellite)
    check_accounted(pair, "theirs", "mine")


def test_user_of_hub_before_push(pair):
    "Test that the hub waits for its user who writes what is pushed"
    hub, satellite = pair
    satellite.call(write, 'b', "theirs")
    with Remote(hub) as user:
        begin_late(user, write, 'b', "mine")
        with running(satellite, 'run') as run:
            until_blocked(hub, 'trytond')
            user.do(late.commit, 'b')
            finish(run)
    check_accounted(pair, "mine", "theirs")


def test_user_of_hub_delays_one(network):
    "Test that a user of the hub delays only who pushes what they write"
    net = network('postgresql', MODULES, satellites=2)
    net.hub.call(create, 'a', 'b')
    for satellite in net.satellites:
        synchronise(satellite)
    one, two = net.satellites
    one.call(write, 'b', "theirs")
    two.call(write, 'a', "other")
    with Remote(net.hub) as user:
        begin_late(user, write, 'b', "mine")
        with running(one, 'run') as run:
            until_blocked(net.hub, 'trytond')
            synchronise(two)
            assert run.poll() is None
            user.do(late.commit, 'b')
            finish(run)
    check_accounted([net.hub, one], "mine", "theirs")
    assert net.hub.call(read, 'a') == one.call(read, 'a') == "other"


class Client:
    "The client of a user, who has a form open"

    def __init__(self, instance, code):
        address = instance.url.replace('//', f'//admin:{PASSWORD}@')
        self.model = getattr(
            xmlrpc.client.ServerProxy(address, allow_none=True).model, MODEL)
        self.record, = self.model.search_read(
            [('code', '=', code)], 0, 1, None, ['_timestamp'], {})

    def save(self, name):
        self.model.write([self.record['id']], {'name': name}, {
                '_timestamp': {
                    f'{MODEL},{self.record["id"]}':
                    self.record['_timestamp']}})


def test_user_after_run(pair):
    "Test that a user whose form is out of date once a run is done is told"
    hub, satellite = pair
    for code in ['a', 'b']:
        hub.call(write, code, "theirs")
    with satellite.server, Remote(satellite) as slow, \
            ThreadPoolExecutor(1) as threads:
        client = Client(satellite, 'a')
        begin_late(slow, write, 'b', "mine")
        with running(satellite, 'pull') as run:
            # It has locked a, having the smaller id
            until_blocked(satellite, RUN)
            saving = threads.submit(client.save, "mine")
            until_blocked(satellite, 'trytond')
            slow.do(late.commit, 'b')
            finish(run)
        with pytest.raises(xmlrpc.client.Fault, match="in the meanwhile"):
            saving.result(60)
        assert satellite.call(read, 'a') == "theirs"
        Client(satellite, 'a').save("mine, knowing theirs")
    synchronise(satellite)
    for instance in pair:
        assert instance.call(read, 'a') == "mine, knowing theirs"
    check_accounted(pair, "theirs", "mine")


def test_user_before_waiting(pair):
    """Test that a run waits for the user who writes what was received before

    The key that a satellite receives is taken there, until it is given up.
    """
    hub, satellite = pair
    satellite.call(create, 'key')
    hub.call(recode, 'b', 'key')
    assert satellite.command('pull').returncode == 1
    satellite.call(recode, 'key', 'other')
    with Remote(satellite) as user:
        begin_late(user, recode, 'b', 'mine')
        with running(satellite, 'pull') as run:
            until_blocked(satellite, RUN)
            user.do(late.commit, 'b')
            finish(run)
    for _ in range(2):
        synchronise(satellite)
    for instance in pair:
        assert instance.call(conflicts) == [["key", "mine"]], instance
        assert instance.call(read, 'key') == "old"


def test_user_before_merge(pair):
    "Test that a run waits for the user who writes what is to be merged"
    hub, satellite = pair
    hub.call(create_keyed, 'key', "theirs")
    satellite.call(create_keyed, 'key', "old")
    with Remote(satellite) as user:
        begin_late(user, name_keyed, 'key', "mine")
        with running(satellite, 'run') as run:
            until_blocked(satellite, RUN)
            user.do(late.commit, 'key')
            finish(run)
    synchronise(satellite)
    for instance in pair:
        assert instance.call(read_keyed, 'key') == "theirs"
        assert ["theirs", "mine"] in instance.call(conflicts), instance


def check_family(instances):
    "Check that a parent is back, with the child that needs it"
    *_, satellite = instances
    for _ in range(2):
        satellite.command('run')
    synchronise(satellite)
    for instance in instances:
        assert instance.call(read_family) == [["p", ["child"]]], instance


def test_user_of_hub_deletes_parent(pair):
    "Test that the hub does not put a child below what a user just deletes"
    hub, satellite = pair
    satellite.call(create_parent, 'p')
    synchronise(satellite)
    satellite.call(add_child, 'p')
    with Remote(hub) as user:
        begin_late(user, delete_parent, 'p')
        with running(satellite, 'run') as run:
            until_blocked(hub, 'trytond')
            user.do(late.commit, 'p')
            run.communicate(timeout=60)
    check_family(pair)


def test_user_deletes_parent(pair):
    "Test that a run does not put a child below what a user just deletes"
    hub, satellite = pair
    satellite.call(create_parent, 'p')
    synchronise(satellite)
    hub.call(add_child, 'p')
    with Remote(satellite) as user:
        begin_late(user, delete_parent, 'p')
        with running(satellite, 'pull') as run:
            until_blocked(satellite, RUN)
            user.do(late.commit, 'p')
            run.communicate(timeout=60)
    check_family(pair)
