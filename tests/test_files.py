# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Large files travel by name, part by part, and delay no record."
from unittest import mock

import pytest

from trytond.modules.synchronisation import content
from trytond.modules.synchronisation.errors import HubUnreachableError
from trytond.modules.synchronisation.file_desk import encode
from trytond.modules.synchronisation.file_lane import FileLane

from .filed import (
    FIELD, ask, attach, data, files, offers, quicken, sent, sent_by, share,
    steps, stop_files)
from .local import Wire
from .test_restore import Backup
from .test_undelete import undelete

_step = FileLane.step
P = 'test_synchronisation.'


@pytest.fixture
def net(local):
    return local(2)


@pytest.mark.parametrize('field', ['binary', 'file'])
def test_large_file(net, field):
    "Test that a large file arrives at the hub and at who pulls it"
    one, two = net.satellites
    attach(one, 'scan', data(), field)
    outcome = one.synchronise()
    assert outcome.complete, outcome.errors
    assert outcome.files_sent == 1
    assert files(net.hub, field) == {'scan': data()}
    text = next(t for name, t, _ in net.messages if name == 'push')
    # The record goes without it
    assert len(text) < 2000
    share(net, two)
    assert two.synchronise().files_received == 1
    assert files(two, field) == {'scan': data()}
    for node in [one, two]:
        outcome = node.satellite().verify()
        assert outcome.complete, outcome.errors


def test_equal_files(net):
    "Test that a content goes once, whoever else has it"
    one, two = net.satellites
    for name in ['first', 'second']:
        attach(one, name, data())
    attach(one, 'other', data(2))
    one.synchronise()
    assert sorted(n for n, s in offers(net) if not s) == sorted(
        content.name(data(seed)) for seed in [1, 2])
    before = len(offers(net))
    attach(two, 'third', data())
    two.synchronise()
    assert len(offers(net)) == before
    assert files(net.hub) == {
        'first': data(), 'second': data(), 'third': data(),
        'other': data(2)}


def test_edited_before_it_arrives(net):
    "Test that the last file that a user gave stays, also an empty one"
    one, two = net.satellites
    for name, later in [('replaced', data(2)), ('cleared', None)]:
        attach(one, name, data())
    stop_files(net, one)
    assert files(net.hub) == {'replaced': None, 'cleared': None}
    assert net.hub.satellite().status()['files'] == 2
    for name, later in [('replaced', data(2)), ('cleared', None)]:
        id_, = net.hub.find(FIELD, ('char', '=', name))
        net.hub.write(FIELD, id_, binary=later)
    for _ in range(2):
        one.synchronise()
    for node in [net.hub, one]:
        assert files(node) == {'replaced': data(2), 'cleared': None}
    assert net.hub.values('synchronisation.file.gap', 'name') == []
    assert net.hub.values('synchronisation.file.want', 'name') == []


def test_deleted_before_it_arrives(net):
    "Test that a deleted record comes back with its file"
    one, two = net.satellites
    attach(one, 'scan', data())
    stop_files(net, one)
    net.hub.delete(FIELD, *net.hub.find(FIELD))
    one.synchronise()
    assert files(one) == {}
    undelete(net.hub, 'field')
    for _ in range(2):
        one.synchronise()
    for node in [net.hub, one]:
        assert files(node) == {'scan': data()}


@pytest.mark.parametrize('place', [0, 1])
def test_undeleted(net, place):
    "Test that the tombstone keeps the file"
    one, two = net.satellites
    attach(one, 'scan', data())
    one.synchronise()
    one.delete(FIELD, *one.find(FIELD))
    one.synchronise()
    undelete([net.hub, one][place], 'field')
    for _ in range(2):
        one.synchronise()
    for node in [net.hub, one]:
        assert files(node) == {'scan': data()}


@pytest.mark.parametrize('place', [0, 2])
def test_conflict(net, quick, place):
    "Test that both files of a conflict can be had, also by a third"
    one, two = net.satellites
    nodes = [net.hub, one, two]
    attach(one, 'scan', data())
    one.synchronise()
    share(net, two)
    one.write(FIELD, *one.find(FIELD), binary=data(2))
    net.hub.write(FIELD, *net.hub.find(FIELD), binary=data(3))
    for node in [one, two]:
        node.synchronise()
    for node in nodes:
        assert files(node) == {'scan': data(3)}
        with node.transaction():
            case, = node.pool.get('synchronisation.conflict').search([])
            assert str(len(data())) in case.loser_words
    with nodes[place].transaction():
        Conflict = nodes[place].pool.get('synchronisation.conflict')
        Conflict.take(Conflict.search([]))
    for node in [two, one, two]:
        node.synchronise()
    for node in nodes:
        assert files(node) == {'scan': data(2)}


def test_tiers(local):
    "Test that a file passes a middle tier, up and down"
    net = local(3)
    middle, two, below = net.satellites
    net.enrol(below.number, middle)
    attach(below, 'up', data())
    two_up = attach(two, 'down', data(2))
    two.synchronise()
    for node in [below, middle, below, middle]:
        node.synchronise()
    assert files(net.hub) == {'up': data(), 'down': data(2)}
    uuid, = two.read(FIELD, two_up, 'uuid')
    for node in [middle, below]:
        assert node.satellite().fetch(FIELD, [uuid]).complete
    for node in [middle, below, middle, below]:
        node.synchronise()
    assert files(below) == {'up': data(), 'down': data(2)}


def test_given_back(net):
    "Test that a restored hub gets the files again"
    one, two = net.satellites
    one.synchronise()
    backup = Backup(net.hub)
    attach(one, 'scan', data())
    one.synchronise()
    backup.restore()
    net.hub.satellite().restored()
    for _ in range(2):
        one.synchronise()
    assert files(net.hub) == {'scan': data()}


class BadWire(Wire):
    "A line on which every other message about files is lost, or its answer."
    lost = 0

    def call(self, method, text):
        if method != 'file':
            return super().call(method, text)
        BadWire.lost += 1
        if BadWire.lost % 4 == 1:
            raise cut()
        answer = super().call(method, text)
        if BadWire.lost % 4 == 3:
            raise cut()
        return answer


def cut():
    error = HubUnreachableError("The line broke.")
    error.cut = True
    return error


@pytest.fixture
def quick(monkeypatch):
    "A line that is dialled again at once, and parts that are small."
    quicken(monkeypatch)


def test_line_that_breaks(net, quick):
    "Test that what arrived is not sent again, up or down"
    one, two = net.satellites
    attach(one, 'scan', data())
    one.satellite(transport=lambda s: BadWire(net, s)).synchronise()
    assert files(net.hub) == {'scan': data()}
    assert len(offers(net)) == len(set(offers(net))) == 10
    share(net, two)
    two.satellite(transport=lambda s: BadWire(net, s)).synchronise()
    assert files(two) == {'scan': data()}
    parts = [a['part'][1] for _, a in sent(net) if 'part' in a]
    # A part whose answer is lost comes twice, no other one does
    assert set(parts) == set(range(0, len(data()), 10000))
    assert max(map(parts.count, parts)) <= 2


def test_run_that_is_stopped(net, quick):
    "Test that the next run goes on where another one ended"
    one, two = net.satellites
    attach(one, 'scan', data())
    with mock.patch.object(FileLane, 'step', steps(FileLane.step, 4)):
        one.synchronise()
    assert len(offers(net)) == 4
    # Nothing else is to be pushed
    one.satellite().push_all()
    assert len(offers(net)) == len(set(offers(net))) == 10
    assert files(net.hub) == {'scan': data()}
    assert one.satellite().push_all().requests == 0


def test_records_go_between(net, quick):
    "Test that no record waits for a file, at either end"
    one, two = net.satellites
    attach(one, 'scan', data())

    def step(self):
        count = len(offers(net))
        if count == 2:
            one.create(P + 'mode_full', code='up', name="up")
        elif count == 5:
            net.hub.create(P + 'mode_full', code='down', name="down")
        return _step(self)
    with mock.patch.object(FileLane, 'step', step):
        assert one.synchronise().complete
    order = [m for m, *_ in net.messages]
    first = order.index('file')
    kinds = [method for method in order[first:] if method != 'fetch']
    assert kinds[:4] == ['file'] * 3 + ['push']
    assert 'pull' in kinds[4:9]
    assert kinds.count('file') == 10
    for node in [net.hub, one]:
        assert node.values(P + 'mode_full', 'code') == [('down',), ('up',)]


def test_stranger(net):
    "Test that nobody gets the file of a record that he may not see"
    one, two = net.satellites
    attach(one, 'scan', data())
    one.synchronise()
    two.synchronise()
    identity, = [i for m, i in net.hub.values(
            'synchronisation.record', 'model', 'identity') if m == FIELD]
    message = {
        **sent_by(net, 2), 'limit': 100,
        'ask': [[content.name(data()), FIELD, identity, 'binary', 0]]}
    reply = ask(net, two, message)
    assert 'part' not in reply and reply['gone'] == [content.name(data())]
    share(net, two)
    assert 'part' in ask(net, two, {**message, **sent_by(net, 2)})


def test_unasked(net):
    "Test that the hub takes no part that it did not ask for"
    one, two = net.satellites
    attach(one, 'scan', data())
    stop_files(net, one)
    one.satellite().pull_all()
    name, text = content.name(data()), encode(data(9)[:1000])
    header = sent_by(net, 1)
    other = content.name(data(2))
    for offer in [[other, 0, text], [name, 1, text]]:
        assert 'error' not in ask(net, one, {**header, 'offer': offer})
        assert net.hub.values('synchronisation.file.part', 'name') == []
    # What is not that content is not taken for it
    wrong = encode(data(9))
    ask(net, one, {**header, 'offer': [name, 0, wrong]})
    assert files(net.hub) == {'scan': None}
    assert net.hub.values('synchronisation.file.part', 'name') == []


@pytest.mark.parametrize('values', [
        {'offer': 'x'}, {'offer': ['sha256:x:1', 0, 'YQ==']},
        {'offer': [content.name(data()), -1, 'YQ==']},
        {'offer': [content.name(data()), 0, 'no base64']},
        {'offer': [content.name(data()), 0, '']},
        {'gone': [1]}, {'ask': [[1, 2, 3, 4, 5]]}, {'ask': 'x'},
        {'ask': [[content.name(data()), 'm', 'i', 'f', 0]] * 51},
        {'at': 1 << 61}])
def test_wrong_messages(net, values):
    "Test that what is malformed has an error and changes nothing"
    one, two = net.satellites
    attach(one, 'scan', data())
    stop_files(net, one)
    reply = ask(net, one, {**sent_by(net, 1), **values})
    assert reply['error'] in {'message', 'position'}
    assert net.hub.values('synchronisation.file.part', 'name') == []
