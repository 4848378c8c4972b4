# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Each code that a hub can answer, with a message that gets it."
import json
import sqlite3

import pytest

from trytond import backend
from trytond.model import Unique
from trytond.modules.synchronisation import configuration, hub, wire

from . import disk
from .fuzz.documented import HUB, WAITING
from .fuzz.trial import HEADER

P = 'test_synchronisation.'
FAR = 1 << 30


class Peer:
    "The first satellite of a network, which sends what it likes."

    def __init__(self, net):
        self.net = net
        self.one, self.two = net.satellites
        self.two.create(P + 'keyed', code='k', name="k")
        self.two.create(P + 'parent', name="hidden")
        self.one.create(P + 'keyed', code='mine', name="mine")
        net.level(1)
        self.line = net.dial(configuration.load(self.one.name))
        self.header = next(
            {n: v for n, v in json.loads(text).items()
                if n in HEADER}
            for _, text, _ in reversed(net.messages)
            if json.loads(text)['from'] == 1)

    def identity(self, model, node=None):
        identities = [i for m, i in (node or self.net.hub).values(
                'synchronisation.record', 'model', 'identity')
            if m == P + model]
        return identities[0]

    def ask(self, method='pull', **values):
        "Send a message and return the answer"
        message = {**self.header, 'lanes': [], **values}
        return json.loads(self.line.call(method, wire.dumps(message)))

    def change(self, **values):
        "Change how the hub knows this satellite"
        hub = self.net.hub
        with hub.transaction() as transaction:
            Instance = hub.pool.get('synchronisation.instance')
            Instance.write(
                Instance.search([('number', '=', 1)]), values)
            transaction.commit()

    def push(self, *tables):
        "Push tables of entries and return the codes of what waits"
        reply = self.ask('push', entries=list(tables), authors=[], at=0)
        return {code for _, code, _, _ in reply['waiting']}


def table(model, kind, identity, group=0, more=None, **values):
    return [P + model, kind, list(values), [
            [identity, FAR, group, None, None, more, *values.values()]]]


def busy(peer):
    "The positions are held by somebody else"
    hub = sqlite3.connect(
        peer.net.folder / f'{peer.net.hub.name}.sqlite')
    try:
        hub.execute('BEGIN IMMEDIATE')
        return peer.ask('push', entries=[], authors=[])
    finally:
        hub.close()


def switched_off(peer, **options):
    peer.net.configure(options)
    return peer.ask('push', entries=[], authors=[])


def suspended(peer):
    peer.change(state='suspended')
    return peer.ask()


def receiver(peer):
    peer.change(direction='receives')
    return peer.ask('push', entries=[], authors=[])


def nobody(peer):
    peer.change(user=None)
    return peer.ask()


def crowded(peer):
    "The hub works on as many messages as it may"
    turns = [hub.admission.arrive(guest, 'push', 2) for guest in 'abcd']
    try:
        reply = peer.ask()
    finally:
        for _ in turns:
            hub.admission.leave(1)
        hub.admission.expected.clear()
    assert reply['after'] > 0
    return reply


def full(peer):
    "There is no room for another page in the database of the hub"
    disk.limit_pages(1, peer.net.hub.name)
    try:
        return peer.ask('push', authors=[], at=0, entries=[
                table('keyed', 'n', '1.1.1', code='f', name='f' * (1 << 20))])
    finally:
        disk.limit_pages(0, peer.net.hub.name)


def forked(peer):
    "The database went on from the same place twice"
    place = peer.header['marks'][-1]
    for mark in ['one', 'two']:
        reply = peer.ask(
            'push', marks=[place, [place[0] + 1, mark]], entries=[],
            authors=[])
    return reply


ERRORS = {
    'configuration': lambda peer: switched_off(
        peer, synchronisation_id='0', synchronisation_url='nonsense'),
    'contention': busy,
    'direction': receiver,
    'disabled': lambda peer: switched_off(peer, enabled='False'),
    'duplicate-id': lambda peer: peer.ask(database='another'),
    'epoch': lambda peer: peer.ask(hub=1),
    'fork': forked,
    'full': full,
    'later': crowded,
    'later-life': lambda peer: peer.ask(hub=peer.header['hub'] + 1),
    'message': lambda peer: peer.ask(lanes=None),
    'model': lambda peer: peer.ask('fetch', model='res.user', keys=['a']),
    'position': lambda peer: peer.ask(at=(1 << 62) - 1),
    'suspended': suspended,
    'unknown-instance': nobody,
    'version': lambda peer: peer.ask(versions=[0]),
    'wrong-instance': lambda peer: peer.ask(**{'from': 2}),
    }


@pytest.mark.parametrize('code', sorted(HUB))
def test_error(local, code):
    "Test that the hub answers with each code that is documented"
    peer = Peer(local(2))
    reply = ERRORS[code](peer)
    assert reply.get('error') == code, reply
    assert reply['message'].endswith('.')


def constrained(peer):
    "Somebody gave the database of the hub a rule of its own"
    hub = sqlite3.connect(peer.net.folder / f'{peer.net.hub.name}.sqlite')
    hub.execute(
        'CREATE UNIQUE INDEX rule ON test_synchronisation_keyed(name)')
    hub.close()
    return peer.push(table('keyed', 'n', '1.1.1', code='f', name="k"))


def refused(peer):
    "The database names a constraint of the model, as PostgreSQL does"
    hub = sqlite3.connect(peer.net.folder / f'{peer.net.hub.name}.sqlite')
    hub.execute(
        'CREATE TRIGGER rule BEFORE INSERT ON test_synchronisation_tree_mptt '
        'BEGIN '
        "SELECT RAISE(ABORT, 'test_synchronisation_tree_mptt_rule'); END")
    hub.close()
    Tree = peer.net.hub.pool.get(P + 'tree_mptt')
    Tree._sql_constraints.append(
        ('rule', None, 'test_synchronisation.msg_keyed_code_unique'))
    try:
        return peer.push(table('tree_mptt', 'n', 'a', name="f"))
    finally:
        Tree._sql_constraints.pop()


def unique(peer):
    "A module of the hub wants a number to be unique, which is no code"
    Unruly = peer.net.hub.pool.get(P + 'unruly')
    rows = Unruly.__table__()
    Unruly._sql_constraints.append((
            'amount_unique', Unique(rows, rows.amount),
            'test_synchronisation.msg_unruly_code_unique'))
    try:
        return peer.push(*(
                table('unruly', 'n', f'1.1.{n}', group=n, author='a',
                    state='draft', amount=1)
                for n in range(2)))
    finally:
        Unruly._sql_constraints.pop()


def own(peer):
    "Return the identity of the record of this satellite"
    return next(i for m, i in peer.one.values(
            'synchronisation.record', 'model', 'identity')
        if i.startswith('1.'))


def unread(peer):
    "The satellite is a hub that was restored, and is given back a record"
    number = peer.two.number
    peer.net.enrol(number, peer.one)
    life = peer.one.satellite().restored()['epoch']
    peer.header = {
        'versions': peer.header['versions'], 'from': number, 'epoch': 1,
        'database': peer.two.name, 'marks': [[0, '']], 'hub': life, 'at': 0}
    peer.line = peer.net.dial(configuration.load(peer.two.name))
    # Its version is one of the former life
    return peer.push(
        table('keyed', 'n', '0.1.1', code='mine', more={'b': -1}))


WAITS = {
    'constraint': constrained,
    'field': lambda peer: peer.push(
        table('keyed', 'n', '1.1.1', code='f', nothing=1)),
    'identity': lambda peer: peer.push(
        table('keyed', 'n', '=f', code='f')),
    'missing': lambda peer: peer.push(
        table('child', 'n', 'c', name="c", parent='nobody')),
    'mode': lambda peer: peer.push(
        table('mode_update', 'n', '1.1.1', code='f')),
    'model': lambda peer: peer.push(table('nothing', 'n', '1.1.1', code='f')),
    'position': lambda peer: peer.push(
        table('keyed', 'w', own(peer), more={'b': FAR}, name="f")),
    'refused': refused,
    'required': lambda peer: peer.push(
        table('keyed', 'n', '1.1.1', code=None)),
    'scope': lambda peer: peer.push(
        table('child', 'n', 'c', name="c", parent=peer.identity('parent'))),
    'unique': unique,
    'unit': lambda peer: peer.push(
        table('keyed', 'n', '1.1.1', code='f', nothing=1),
        table('keyed', 'n', '1.1.2', code='g')),
    'unread': unread,
    'value': lambda peer: peer.push(table('keyed', 'n', '1.1.1', code=5)),
    'whole': lambda peer: peer.push(table('keyed', 'w', '1.1.1', code='f')),
    }


@pytest.mark.parametrize('code', sorted(WAITING))
def test_waiting(local, code):
    "Test that a record waits at the hub with each code that is documented"
    peer = Peer(local(2))
    assert code in WAITS[code](peer)


def test_connection_that_is_gone(local, monkeypatch):
    "Test that the server is told of a lost connection, to try again"
    net = local(1)

    def lose(message, user):
        raise backend.DatabaseOperationalError("The connection is closed.")

    def rollback():
        raise AssertionError("A connection that is gone has none.")
    with net.hub.transaction() as transaction:
        with monkeypatch.context() as patched:
            patched.setattr(transaction, 'rollback', rollback)
            with pytest.raises(backend.DatabaseOperationalError):
                hub.answer(lose, '{}')
