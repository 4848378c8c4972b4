# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Files of records that change, leave, or are restored before they arrive."
import json
import threading
import tracemalloc
from unittest import mock

import pytest

from trytond.modules.synchronisation import content, membership, wire
from trytond.modules.synchronisation.errors import SynchronisationError
from trytond.modules.synchronisation.file_lane import FileLane
from trytond.pool import Pool
from trytond.transaction import Transaction

from .filed import (
    FIELD, ask, attach, data, files, quicken, sent, sent_by, share, steps,
    stop_files)
from .local import Wire
from .test_direction import allow
from .test_restore import Backup

_step = FileLane.step


@pytest.fixture
def net(local):
    return local(2)


@pytest.fixture
def quick(monkeypatch):
    quicken(monkeypatch)


def small(seed):
    "Return a file that is just large enough."
    return data(seed, content.LARGE + 1)


def limited(count):
    "Let a run do no more than so many steps of the lane."
    left = iter(range(count))

    def step(self):
        assert next(left, None) is not None, "It goes on and on"
        return _step(self)
    return mock.patch.object(FileLane, 'step', step)


def withdraw(net, number):
    "Withdraw the one record from a satellite."
    (uuid,), = net.hub.values(FIELD, 'uuid')
    assert membership.withdraw(net.hub.name, number, FIELD, [uuid])['complete']


def test_edit_of_another_record(net):
    "Test that it leaves alone what is still to come"
    one, two = net.satellites
    first, second = [attach(one, name, data(seed))
        for seed, name in enumerate('ab')]
    stop_files(net, one)
    one.write(FIELD, first, binary=data(3))
    one.write(FIELD, second, integer=7)
    for _ in range(2):
        one.synchronise()
    one.satellite().verify(repair=True)
    for node in [net.hub, one]:
        assert files(node) == {'a': data(3), 'b': data(1)}
    # Nor is what it has kept as if it lost it
    one.write(FIELD, first, binary=None)
    one.write(FIELD, second, integer=8)
    one.synchronise()
    assert (content.name(data(1)), None) in net.hub.values(
        'synchronisation.file', 'name', 'data')


def test_withdrawn_before_it_is_sent(net):
    "Test that it is sent all the same, and then forgotten"
    one, two = net.satellites
    attach(one, 'scan', data())
    stop_files(net, one)
    withdraw(net, 1)
    one.synchronise()
    assert files(net.hub) == {'scan': data()}
    one.synchronise()
    assert one.find(FIELD) == []
    assert one.values('synchronisation.file', 'name') == []


def test_withdrawn_before_it_arrives(net, quick):
    "Test that nothing stays of it"
    one, two = net.satellites
    attach(one, 'scan', data())
    one.synchronise()
    share(net, two)
    with mock.patch.object(FileLane, 'step', steps(FileLane.step, 4)):
        two.synchronise()
    assert two.values('synchronisation.file.part', 'start')
    withdraw(net, 2)
    for _ in range(2):
        two.synchronise()
    assert two.find(FIELD) == []
    for name in ['want', 'part', 'gap']:
        assert two.values(f'synchronisation.file.{name}', 'name') == []


def test_many_that_are_lost(net):
    "Test that what a restored satellite lost does not stop the others"
    one, two = net.satellites
    one.synchronise()
    backup = Backup(one)
    for seed in range(50):
        attach(one, f'lost {seed}', small(seed))
    stop_files(net, one)
    backup.restore()
    one.satellite().restored()
    for _ in range(2):
        one.synchronise()
    attach(one, 'new', data(99))
    for _ in range(2):
        assert one.synchronise().complete
    assert files(net.hub)['new'] == data(99)


def test_many_from_below(local):
    "Test that the files of who is away stop no other of a middle tier"
    net = local(3)
    middle, two, below = net.satellites
    net.enrol(below.number, middle)
    for seed in range(50):
        attach(below, f'below {seed}', small(seed))
    stop_files(net, below)
    middle.synchronise()
    attach(middle, 'own', data(99))
    for _ in range(2):
        assert middle.synchronise().complete
    assert files(net.hub)['own'] == data(99)


def test_much_that_is_not_there(net):
    "Test that a run does not ask on and on, and the next one has it all"
    one, two = net.satellites
    for seed in range(160):
        attach(one, f'{seed}', small(seed))
    stop_files(net, one)
    share(net, two)
    two.synchronise()
    before = len(sent(net))
    two.synchronise()
    assert len(sent(net)) - before <= 3
    attach(one, 'last', data(999))
    one.synchronise()
    share(net, two)
    two.synchronise()
    assert files(two) == files(one)


def test_copy(net):
    "Test that the copy of a record gets the file that is to come"
    one, two = net.satellites
    attach(one, 'scan', data())
    stop_files(net, one)
    with net.hub.transaction():
        Field = net.hub.pool.get(FIELD)
        scans = Field.search([])
        Field.copy(scans, {'char': 'copy'})
        Field.copy(scans, {'char': 'given', 'binary': b'given'})
        Field.copy(scans, {'char': 'without', 'binary': None})
    for _ in range(2):
        one.synchronise()
    assert files(net.hub) == {
        'scan': data(), 'copy': data(), 'given': b'given', 'without': None}


def test_file_of_another_record(net):
    "Test that who may not see a record gets its file by no other record"
    one, two = net.satellites
    attach(one, 'scan', data())
    one.synchronise()
    mine = attach(two, 'mine', None)
    two.synchronise()
    uuid, = two.read(FIELD, mine, 'uuid')
    reply = ask(net, two, {
            **sent_by(net, 2), 'limit': 1000,
            'ask': [[content.name(data()), FIELD, uuid, 'binary', 0]]})
    assert 'part' not in reply and reply['gone']


@pytest.mark.parametrize('place', [0, 1])
def test_content_that_came_otherwise(net, place):
    "Test that a record gets what another one lost meanwhile"
    one, two = net.satellites
    node = [net.hub, two][place]
    mine = attach(node, 'mine', data())
    attach(one, 'scan', data())
    stop_files(net, one)
    if place:
        one.synchronise()
        share(net, two)
    assert files(node) == {'scan': None, 'mine': data()}
    node.delete(FIELD, mine)
    for satellite in [one, two]:
        with limited(30):
            satellite.synchronise()
    assert files(node) == {'scan': data()}


class Odd(Wire):
    "The line to a hub that answers what it should not about files."
    answers = {}

    def call(self, method, text):
        answer = super().call(method, text)
        if method == 'file':
            reply = json.loads(answer)
            for name in ['part', 'later', 'gone']:
                reply.pop(name, None)
            answer = wire.dumps({**reply, **self.answers})
        return answer


@pytest.mark.parametrize('answers', [
        {}, {'later': 5}, {'gone': [1]}, {'gone': {}, 'later': None},
        {'part': [content.name(data(9)), 0, 'YQ==']}])
def test_odd_hub(net, answers):
    "Test that a run ends that is told nothing, or nonsense"
    one, two = net.satellites
    attach(one, 'scan', data())
    one.synchronise()
    share(net, two)
    with limited(30), mock.patch.object(Odd, 'answers', answers):
        try:
            two.satellite(transport=lambda s: Odd(net, s)).synchronise()
        except SynchronisationError as error:
            assert error.code == 'message'
    assert two.synchronise().files_received == 1


def test_many_equal(net):
    "Test that records with the same file need no more than that at a time"
    one, two = net.satellites
    size = 1 << 20
    for name in range(30):
        attach(one, str(name), data(1, size))
    one.synchronise()
    uuids = [uuid for uuid, in one.values(FIELD, 'uuid')]
    # The first comes with the file, the others after it
    two.satellite().fetch(FIELD, uuids[:1])
    two.synchronise()
    tracemalloc.start()
    two.satellite().fetch(FIELD, uuids[1:])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(files(two)) == 30
    assert peak < 10 * size


def test_instance_that_only_sends(net):
    "Test that it gets the file that wins over its own"
    one, two = net.satellites
    scan = attach(one, 'scan', data())
    one.synchronise()
    allow(one, 'sends')
    net.configure({'direction': 'sends'})
    net.hub.write(FIELD, *net.hub.find(FIELD), binary=data(3))
    one.write(FIELD, scan, binary=data(2))
    one.synchronise()
    assert files(one) == files(net.hub) == {'scan': data(3)}


def delete_at_once():
    """Let two users delete two records with one content at once.

    Return what the second is told, in the process of an instance.
    """
    database, = Pool.database_list()
    Field, errors = Pool(database).get(FIELD), []
    with Transaction().start(database, 1):
        first, second = [record.id for record in Field.create(
                [{'char': name, 'binary': data()} for name in 'ab'])]

    def delete():
        try:
            with Transaction().start(database, 1):
                Field.delete([Field(second)])
        except Exception as error:
            errors.append(type(error).__mro__[1].__name__)
    with Transaction().start(database, 1):
        Field.delete([Field(first)])
        user = threading.Thread(target=delete)
        user.start()
        # It waits for this one, and goes on once that commits
        user.join(2)
    user.join()
    return errors


def part_at_once():
    """Let one part of a file arrive twice at once.

    Return what the second is told, in the process of an instance.
    """
    database, = Pool.database_list()
    Part, errors = Pool(database).get('synchronisation.file.part'), []

    def store():
        try:
            with Transaction().start(database, 1):
                Part.store(1, 'name', 0, data())
        except Exception as error:
            errors.append(type(error).__mro__[1].__name__)
    with Transaction().start(database, 1):
        Part.store(1, 'name', 0, data())
        guest = threading.Thread(target=store)
        guest.start()
        # It waits for this one, and goes on once that commits
        guest.join(2)
    guest.join()
    return errors


@pytest.mark.postgresql
@pytest.mark.parametrize('what', [delete_at_once, part_at_once])
def test_twice_at_once(network, what):
    "Test that the second meets what trytond tries again, at most"
    network = network('postgresql', ['test_synchronisation'], satellites=1)
    errors = network.hub.run(what)
    assert set(errors) <= {'OperationalError', 'TransactionRollbackError'}


def test_deleted_when_an_equal_one_is_leaving(net):
    "Test that the file of the tombstone does not leave with the other"
    one, two = net.satellites
    scan = attach(one, 'scan', data())
    with one.transaction():
        File = one.pool.get('synchronisation.file')
        File.store(content.name(data()), data(), leaving=True)
    one.delete(FIELD, scan)
    with one.transaction():
        File.let_leave([])
    assert one.values('synchronisation.file', 'name') == [
        (content.name(data()),)]
