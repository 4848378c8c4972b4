# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A field whose conflicts are for people to decide."
import pytest

from .test_decisions import P, clash, decide, record

MARK = ('Name: "of 1" by Administrator (admin, 1) stays for now; '
    '"of 2" by Administrator (admin, 2) is the other value.')


@pytest.fixture
def reviewed(local, monkeypatch):
    "A network in which two people changed a field to be reviewed."
    net = local(2)
    for node in [net.hub, *net.satellites]:
        monkeypatch.setattr(
            node.pool.get(P + 'keyed'), 'sync_policy', {'name': 'review'})
    clash(net, *net.satellites)
    return net


def marks(net):
    return [node.read(
            P + 'keyed', record(node), 'synchronisation_review')[0]
        for node in [net.hub, *net.satellites]]


def found(net, *clause):
    "Return the codes of what a clause on the mark selects, by node."
    return [{node.read(P + 'keyed', id_, 'code')[0]
            for id_ in node.find(
                P + 'keyed', ('synchronisation_review', *clause))}
        for node in [net.hub, *net.satellites]]


def test_mark(reviewed):
    "Test that every instance shows both values and finds the record"
    assert marks(reviewed) == [MARK] * 3
    assert found(reviewed, '!=', None) == [{"A"}] * 3
    assert all("A" not in codes for codes in found(reviewed, '=', None))
    assert found(reviewed, 'ilike', '%of 2%') == [{"A"}] * 3
    assert found(reviewed, 'ilike', '%of 3%') == [set()] * 3


@pytest.mark.parametrize('place', [0, 1, 2])
@pytest.mark.parametrize('decision', ['keep', 'take'])
def test_decision(reviewed, place, decision):
    "Test that the mark goes everywhere when somebody decides anywhere"
    node = [reviewed.hub, *reviewed.satellites][place]
    decide(node, decision)
    reviewed.level()
    assert marks(reviewed) == [None] * 3
    assert found(reviewed, '!=', None) == [set()] * 3


def test_two_decisions(reviewed):
    "Test that two people who decide at once end with the same"
    one, two = reviewed.satellites
    decide(one, 'keep')
    decide(two, 'take')
    reviewed.level()
    assert marks(reviewed) == [None] * 3
    rows = [node.values('synchronisation.conflict', 'state', 'decided')
        for node in [reviewed.hub, one, two]]
    assert rows == [rows[0]] * 3
    assert "(admin, 1)" in rows[0][0][1] and "(admin, 2)" in rows[0][0][1]
    assert [node.read(P + 'keyed', record(node), 'name')
        for node in [reviewed.hub, one, two]] == [("of 2",)] * 3


def test_other_policy(local):
    "Test that what nobody has to decide has no mark"
    net = local(2)
    clash(net, *net.satellites)
    assert marks(net) == [None] * 3
    assert found(net, '!=', None) == [set()] * 3
