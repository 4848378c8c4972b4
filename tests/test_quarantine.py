# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What waits, and what people do about it."
import datetime as dt
from argparse import Namespace

import pytest

from trytond.modules.synchronisation import console, membership, patience
from trytond.modules.synchronisation.exceptions import RestoreError

from .test_decisions import P
from .test_explain import run, wait_at_hub

QUARANTINE = 'synchronisation.quarantine'
NOW = dt.datetime(2026, 1, 1)


def wait_here(net, clinic):
    "Let a record wait at a clinic until the row in its way goes."
    # The rows that are there at the first run take part
    clinic.synchronise()
    with clinic.transaction(_synchronisation_replica=True):
        row, = clinic.pool.get(P + 'keyed').create([{'code': "A"}])
        id_ = row.id
    net.hub.create(P + 'keyed', code="A", name="a")
    clinic.satellite().fetch(P + 'keyed', ["A"])
    assert waiting(clinic) == [1]
    return id_


def test_counted_once(local):
    "Test that a run counts what waits once, on however many pages it waits"
    net = local(1, batch='1')
    clinic, = net.satellites
    wait_here(net, clinic)
    row, = net.hub.find(P + 'keyed', ('code', '=', "A"))
    # It is told first and waits until the end
    net.hub.write(P + 'keyed', row, name="second")
    for code in "BCD":
        net.hub.create(P + 'keyed', code=code)
    outcome = clinic.satellite().fetch(P + 'keyed', ["B", "C", "D"])
    assert not outcome.complete
    assert outcome.moved[P + 'keyed']['pulled'] == 3
    assert outcome.moved[P + 'keyed']['waiting'] == 1


def waiting(node):
    "Return how often each thing that waits was tried."
    return [n for n, in node.values(QUARANTINE, 'attempts')]


def push(node, button, *args):
    with node.transaction():
        Quarantine = node.pool.get(QUARANTINE)
        getattr(Quarantine, button)(Quarantine.search([]), *args)


def test_back_off():
    "Test that the pauses double, up to a day"
    pauses = [patience.next_try(NOW, n) - NOW for n in [1, 2, 3, 11, 12, 99]]
    assert pauses[:3] == [dt.timedelta(minutes=n) for n in [1, 2, 4]]
    assert pauses[3:] == [
        dt.timedelta(minutes=1024), patience.LAST, patience.LAST]


@pytest.mark.parametrize('wait, last, due', [
        (dt.timedelta(seconds=1), 5, False),
        (dt.timedelta(0), 5, True),
        (dt.timedelta(seconds=1), 6, True),
        # The clock was ten years ahead when it was tried
        (dt.timedelta(days=3652), 5, True),
        ])
def test_due(wait, last, due):
    "Test when something is tried again"
    row = {'aside': False, 'next_try': NOW + wait, 'tried': 5}
    assert patience.is_due(row, NOW, last) == due
    assert not patience.is_due({**row, 'aside': True}, NOW, last)


def test_left_alone(local):
    "Test that nothing is tried at each run while nothing changes"
    net = local(1)
    clinic, = net.satellites
    wait_here(net, clinic)
    for _ in range(3):
        clinic.synchronise()
    assert waiting(clinic) == [1]
    clinic.create(P + 'node', name="something else")
    clinic.synchronise()
    assert waiting(clinic) == [2]
    push(clinic, 'retry')
    clinic.synchronise()
    assert waiting(clinic) == [3]


def test_time_over(local):
    "Test that it is tried again when its time has come"
    net = local(1)
    clinic, = net.satellites
    wait_here(net, clinic)
    with clinic.transaction():
        Quarantine = clinic.pool.get(QUARANTINE)
        Quarantine.write(Quarantine.search([]), {'next_try': NOW})
    clinic.synchronise()
    assert waiting(clinic) == [2]


def test_cause_goes(local):
    "Test that it is applied when what was in its way has gone"
    net = local(1)
    clinic, = net.satellites
    id_ = wait_here(net, clinic)
    clinic.delete(P + 'keyed', id_)
    clinic.satellite().pull_all()
    assert waiting(clinic) == []
    assert clinic.find(P + 'keyed', ('name', '=', "a"))


def test_set_aside(local, capsys):
    "Test that what is set aside stays, uncounted, until taken up"
    net = local(1)
    clinic, = net.satellites
    id_ = wait_here(net, clinic)
    push(clinic, 'set_aside')
    status = clinic.satellite().status()
    assert (status['quarantined'], status['set_aside']) == (0, 1)
    clinic.delete(P + 'keyed', id_)
    net.hub.write(P + 'keyed',
        net.hub.find(P + 'keyed', ('code', '=', "A"))[0], name="b")
    assert clinic.synchronise().complete
    assert len(waiting(clinic)) == 1
    push(clinic, 'take_up')
    clinic.synchronise()
    assert waiting(clinic) == []
    # What came meanwhile is not lost
    assert clinic.find(P + 'keyed', ('name', '=', "b"))


def test_words(local):
    "Test that a person reads what waits and what was done"
    net = local(1)
    clinic, = net.satellites
    wait_here(net, clinic)
    push(clinic, 'set_aside')
    push(clinic, 'take_up')
    (words, audit), = clinic.values(QUARANTINE, 'values_words', 'audit')
    assert words.splitlines() == ["Code: A", "Name: a", "Note: (empty)"]
    assert [line.partition("UTC ")[2] for line in audit.splitlines()] == [
        "Administrator: set aside.", "Administrator: taken up again."]


def test_set_aside_at_the_hub(local):
    "Test that what waits at the hub is not sent while it is set aside"
    net = local(1)
    clinic, = net.satellites
    wait_at_hub(net, clinic)
    push(clinic, 'set_aside')
    push(net.hub, 'retry')
    clinic.satellite().pull_all()
    sent = len(net.messages)
    assert clinic.satellite().push_all().complete
    assert len(net.messages) == sent
    push(clinic, 'take_up')
    clinic.satellite().push_all()
    assert len(net.messages) == sent + 1
    assert waiting(clinic) == [2]


def test_hub_left_alone(local):
    "Test that what waits at the hub is not sent until something changed"
    net = local(1)
    clinic, = net.satellites
    wait_at_hub(net, clinic)
    for _ in range(3):
        clinic.synchronise()
    assert waiting(clinic) == waiting(net.hub) == [1]
    clinic.create(P + 'node', name="something else")
    clinic.synchronise()
    assert waiting(clinic) == [1]
    clinic.write(P + 'restricted', *clinic.find(P + 'restricted'), name="y")
    clinic.synchronise()
    assert waiting(clinic) == waiting(net.hub) == [2]


def test_hub_time_over(local):
    "Test that what waits at the hub is sent when its time has come"
    net = local(1)
    clinic, = net.satellites
    wait_at_hub(net, clinic)
    with clinic.transaction():
        Quarantine = clinic.pool.get(QUARANTINE)
        Quarantine.write(Quarantine.search([]), {'next_try': NOW})
    clinic.synchronise()
    assert waiting(clinic) == [2]


def test_hub_asks_for_it(local):
    "Test that somebody at the hub has what waits there tried again"
    net = local(1)
    clinic, = net.satellites
    wait_at_hub(net, clinic)
    push(net.hub, 'retry')
    for _ in range(2):
        clinic.synchronise()
    assert waiting(clinic) == waiting(net.hub) == [2]
    for _ in range(2):
        clinic.synchronise()
    assert waiting(clinic) == [2]


def test_correct(local):
    "Test that a value of what waits at the hub is corrected and sent"
    net = local(1)
    clinic, = net.satellites
    wait_at_hub(net, clinic)
    with pytest.raises(RestoreError, match="made at instance 1"):
        push(net.hub, 'correct', {'keyed': None})
    other = clinic.create(P + 'keyed', code="B")
    push(clinic, 'correct', {'keyed': other})
    (audit,), = clinic.values(QUARANTINE, 'audit')
    assert "Administrator: corrected (Keyed: " in audit
    net.level()
    assert waiting(clinic) == waiting(net.hub) == []
    assert net.hub.values(P + 'restricted', 'name') == [("x",)]


def test_verbs(local, capsys):
    "Test that what waits is listed and seen to from a console"
    net = local(1)
    clinic, = net.satellites
    wait_here(net, clinic)
    status, result = run(clinic, capsys, 'quarantine')
    row, = result['rows']
    assert (status, row['state'], row['code'], row['attempts']) == (
        0, 'here', 'unique', 1)
    id_ = str(row['name'])
    for option, state in [('--set-aside', 'aside'), ('--take-up', 'here')]:
        status, result = run(
            clinic, capsys, 'quarantine', option, id_, '--user', 'admin')
        assert (status, result['rows'][0]['state']) == (0, state)
    status, result = run(clinic, capsys, 'quarantine', '--retry', '999')
    assert status == 2 and 'Nothing waits as "999"' in result['errors'][0]
    status, result = run(clinic, capsys, 'quarantine', '--retry', id_,
        '--set-aside', id_)
    assert status == 2


def test_retry(local):
    "Test that the verb retry tries all that waits and is not set aside"
    net = local(1)
    clinic, = net.satellites
    wait_here(net, clinic)
    outcome = console.retry(clinic.satellite(), Namespace())
    assert not outcome['complete'] and waiting(clinic) == [2]
    push(clinic, 'set_aside')
    outcome = console.retry(clinic.satellite(), Namespace())
    assert outcome['complete'] and waiting(clinic) == [2]


def set_aside_and_delete(net, clinic):
    "Set aside what waits at the clinic; the hub deletes it, which is right."
    push(clinic, 'set_aside')
    row, = net.hub.find(P + 'keyed', ('code', '=', "A"))
    net.hub.delete(P + 'keyed', row)
    clinic.synchronise()


def test_deletion_beside_what_is_set_aside(local):
    "Test that what is set aside holds up no other deletion"
    net = local(1)
    clinic, = net.satellites
    other = net.hub.create(P + 'keyed', code="B", name="b")
    wait_here(net, clinic)
    clinic.satellite().fetch(P + 'keyed', ["B"])
    set_aside_and_delete(net, clinic)
    net.hub.delete(P + 'keyed', other)
    assert clinic.synchronise().complete
    assert clinic.find(P + 'keyed', ('code', '=', "B")) == []


def test_withdrawal_beside_what_is_set_aside(local):
    "Test that a patient who is withdrawn leaves all the same"
    net = local(1)
    clinic, = net.satellites
    party = net.hub.create(P + 'party_like', code='P1', name="Ann")
    net.hub.create(P + 'patient_like', party=party)
    wait_here(net, clinic)
    membership.grant(net.hub.name, 1, P + 'patient_like', ['P1'])
    clinic.synchronise()
    set_aside_and_delete(net, clinic)
    membership.withdraw(net.hub.name, 1, P + 'patient_like', ['P1'])
    assert clinic.synchronise().complete
    assert clinic.values(P + 'patient_like', 'code') == []
