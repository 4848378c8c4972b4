# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What one instance does to the others."
import pytest

from trytond.modules.synchronisation.errors import HubUnreachableError

from .local import Wire
from .tap import before_answer, lost

P = 'test_synchronisation.'


def test_push_new(local):
    "Test that what a satellite creates is at the hub"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann", lines=[
            ('create', [{'name': "one"}, {'name': "two"}])])
    outcome = clinic.synchronise()
    assert outcome.complete, outcome.errors
    assert outcome.moved[P + 'parent']['pushed'] == 1
    assert net.hub.values(P + 'parent', 'name') == [("Ann",)]
    assert net.hub.values(P + 'child', 'name') == [("one",), ("two",)]
    assert clinic.satellite().status()['pending'] == 0


def test_nothing_changed(local):
    "Test that a cycle without changes is one short request"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann")
    clinic.synchronise()
    outcome = clinic.synchronise()
    assert outcome.requests == 1
    assert max(outcome.bytes_up, outcome.bytes_down) < 1000
    assert not outcome.moved
    assert outcome.complete


def test_edit_both_ways(local):
    "Test that an edit at the hub comes back to the satellite that made it"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann")
    clinic.synchronise()
    there, = net.hub.find(P + 'parent')
    net.hub.write(P + 'parent', there, name="Anna")
    outcome = clinic.synchronise()
    assert outcome.moved[P + 'parent']['pulled'] == 1
    assert clinic.values(P + 'parent', 'name') == [("Anna",)]
    here, = clinic.find(P + 'parent')
    clinic.write(P + 'parent', here, name="Annie")
    clinic.synchronise()
    assert net.hub.values(P + 'parent', 'name') == [("Annie",)]
    assert net.hub.find('synchronisation.conflict') == []


def test_full_is_offered(local):
    "Test that a record in mode full reaches every satellite"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'mode_full', code='A', name="x")
    net.level(1)
    assert two.values(P + 'mode_full', 'code', 'name') == [('A', "x")]


def test_default_is_fetched(local):
    "Test that a record in the default mode comes only to who asks for it"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'keyed', code='A', name="x")
    net.level(2)
    assert ('A', "x") not in two.values(P + 'keyed', 'code', 'name')
    outcome = two.satellite().fetch(P + 'keyed', ['A', 'none'])
    assert outcome.missing == ['none'] and not outcome.complete
    assert ('A', "x") in two.values(P + 'keyed', 'code', 'name')
    here, = one.find(P + 'keyed', ('code', '=', 'A'))
    one.write(P + 'keyed', here, name="y")
    net.level(1)
    assert ('A', "y") in two.values(P + 'keyed', 'code', 'name')


def test_conflict(local):
    "Test that of two edits of a field one stays and the other is kept"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann")
    clinic.synchronise()
    here, = clinic.find(P + 'parent')
    there, = net.hub.find(P + 'parent')
    clinic.write(P + 'parent', here, name="Clinic")
    net.hub.write(P + 'parent', there, name="Centre")
    clinic.synchronise()
    for node in [net.hub, clinic]:
        assert node.values(P + 'parent', 'name') == [("Centre",)]
        conflict, = node.find('synchronisation.conflict')
        with node.transaction():
            conflict = node.pool.get('synchronisation.conflict')(conflict)
            assert conflict.loser == '"Clinic"'
            assert conflict.winner == '"Centre"'
            assert conflict.loser_by.rec_name == "Administrator (admin, 1)"
            assert conflict.winner_by.rec_name == "Administrator (admin, 0)"


def test_bookkeeping_is_no_conflict(local):
    "Test that who wrote last, and when, is neither told nor in conflict"
    net = local(2)
    one, two = net.satellites
    net.hub.create(P + 'keyed', code="A")
    found = {}
    for node in [one, two]:
        node.satellite().fetch(P + 'keyed', ["A"])
        found[node], = node.find(P + 'keyed', ('code', '=', "A"))
    one.write(P + 'keyed', found[one], name="of one")
    two.write(P + 'keyed', found[two], note="of two")
    # As a login or a button may do it
    two.write(P + 'keyed', found[two], code="A")
    net.level()
    for node in [net.hub, one, two]:
        here, = node.find(P + 'keyed', ('code', '=', "A"))
        assert node.read(P + 'keyed', here, 'name', 'note') == (
            "of one", "of two")
        assert node.find('synchronisation.conflict') == []


def test_delete(local):
    "Test that a deletion reaches those who have the record"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'mode_full', code='A', name="x")
    net.level(1)
    here, = two.find(P + 'mode_full')
    two.delete(P + 'mode_full', here)
    net.level(2)
    for node in [net.hub, one, two]:
        assert node.find(P + 'mode_full') == []
    assert two.satellite().status()['pending'] == 0


def test_delete_with_children(local):
    "Test that what is deleted together goes together"
    net = local(1)
    clinic, = net.satellites
    parent = clinic.create(P + 'parent', name="Ann", lines=[
            ('create', [{'name': "one"}, {'name': "two"}])])
    clinic.synchronise()
    clinic.delete(P + 'parent', parent)
    assert clinic.synchronise().complete
    assert net.hub.find(P + 'parent') == net.hub.find(P + 'child') == []


def test_edit_revives(local):
    "Test that an edit of what another deleted brings it back"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'mode_full', code='A', name="x")
    net.level(1)
    here, = two.find(P + 'mode_full')
    there, = one.find(P + 'mode_full')
    two.write(P + 'mode_full', here, name="y")
    one.delete(P + 'mode_full', there)
    one.synchronise()
    assert net.hub.find(P + 'mode_full') == []
    net.level(2)
    for node in [net.hub, one, two]:
        assert node.values(P + 'mode_full', 'code', 'name') == [('A', "y")]
    assert net.hub.values('synchronisation.conflict', 'why') == [('revived',)]


def test_deletion_of_what_was_edited_is_refused(local):
    "Test that a deletion does not take an edit that its author had not seen"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'mode_full', code='A', name="x")
    net.level(1)
    here, = two.find(P + 'mode_full')
    there, = one.find(P + 'mode_full')
    two.write(P + 'mode_full', here, name="y")
    one.delete(P + 'mode_full', there)
    two.synchronise()
    net.level(2)
    for node in [net.hub, one, two]:
        assert node.values(P + 'mode_full', 'code', 'name') == [('A', "y")]
    assert net.hub.values('synchronisation.conflict', 'why') == [
        ('deletion',)]


def test_same_key_twice(local):
    "Test that a key given at two satellites is one record"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'mode_full', code='A', name="x")
    two.create(P + 'mode_full', code='A', name="x")
    net.level(3)
    for node in [net.hub, one, two]:
        assert node.values(P + 'mode_full', 'code', 'name') == [('A', "x")]
    assert two.satellite().status()['pending'] == 0
    here, = two.find(P + 'mode_full')
    two.write(P + 'mode_full', here, name="y")
    net.level(2)
    for node in [net.hub, one, two]:
        assert node.values(P + 'mode_full', 'code', 'name') == [('A', "y")]


def test_lost_answer(local):
    "Test that a lost answer leads to no conflict with oneself"
    net = local(1)
    clinic, = net.satellites
    clinic.create(P + 'parent', name="Ann")
    clinic.synchronise()
    here, = clinic.find(P + 'parent')
    clinic.write(P + 'parent', here, name="Anna")
    with pytest.raises(HubUnreachableError):
        clinic.satellite(transport=before_answer(net, lost)).push_all()
    assert net.hub.values(P + 'parent', 'name') == [("Anna",)]
    clinic.write(P + 'parent', here, name="Annie")
    clinic.synchronise()
    assert net.hub.values(P + 'parent', 'name') == [("Annie",)]
    assert net.hub.find('synchronisation.conflict') == []


def test_users_faster_than_run(local):
    "Test that a run ends, and pulls, though users write more and more"
    net = local(1, batch='2')
    clinic, = net.satellites
    net.hub.create(P + 'mode_full', code='theirs', name="x")
    for number in range(20):
        clinic.create(P + 'parent', name=f"before {number}")

    class Busy(Wire):

        def call(self, method, text):
            answer = super().call(method, text)
            if method == 'push':
                assert self.requests < 50, "the run does not end"
                clinic.create(P + 'parent', name="meanwhile")
            return answer

    outcome = clinic.satellite(
        transport=lambda settings: Busy(net, settings)).synchronise()
    assert outcome.complete
    assert clinic.find(P + 'mode_full', ('code', '=', 'theirs'))
    assert len([n for n, in net.hub.values(P + 'parent', 'name')
            if n.startswith("before")]) == 20
    clinic.synchronise()
    assert net.hub.values(P + 'parent', 'name') == (
        clinic.values(P + 'parent', 'name'))


def test_others_faster_than_line(local):
    "Test that a run ends, with all of before, though others write more"
    net = local(1, batch='2')
    clinic, = net.satellites
    for number in range(20):
        net.hub.create(P + 'mode_full', code=f'before {number}', name="x")

    class Busy(Wire):

        def call(self, method, text):
            answer = super().call(method, text)
            assert self.requests < 50, "the run does not end"
            for number in range(4):
                net.hub.create(
                    P + 'mode_full', name="x",
                    code=f'meanwhile {self.requests} {number}')
            return answer

    outcome = clinic.satellite(
        transport=lambda settings: Busy(net, settings)).synchronise()
    assert outcome.complete
    codes = {code for code, in clinic.values(P + 'mode_full', 'code')}
    assert {f'before {number}' for number in range(20)} <= codes
    clinic.synchronise()
    assert net.hub.values(P + 'mode_full', 'code') == (
        clinic.values(P + 'mode_full', 'code'))


def test_edits_faster_than_line(local):
    "Test that a run ends, and takes what is offered, though all is edited"
    net = local(1, batch='2')
    clinic, = net.satellites
    known = [net.hub.create(P + 'mode_full', code=f'known {number}', name="x")
        for number in range(12)]
    net.level()

    def edit(text):
        for record in known:
            net.hub.write(P + 'mode_full', record, name=text)

    class Busy(Wire):

        def call(self, method, text):
            answer = super().call(method, text)
            assert self.requests < 50, "the run does not end"
            edit(f"{self.requests}")
            return answer

    edit("before")
    net.hub.create(P + 'mode_full', code='offered', name="x")
    clinic.satellite(
        transport=lambda settings: Busy(net, settings)).synchronise()
    assert clinic.find(P + 'mode_full', ('code', '=', 'offered'))


@pytest.mark.parametrize('meanwhile', [0, 3])
def test_progress(local, meanwhile):
    "Test that the progress of a push tells of all that is pending"
    net = local(1, batch='2')
    clinic, = net.satellites
    clinic.synchronise()
    for number in range(7):
        clinic.create(P + 'keyed', code=f'c{number}')
    shown = []

    def progress(stage, done, total):
        if not shown:
            for number in range(meanwhile):
                clinic.create(P + 'keyed', code=f'later{number}')
        shown.append((done, total))
    clinic.satellite(progress=progress).push_all()
    assert shown[0] == (2, 7)
    assert shown == sorted(shown)
    assert all(done <= total for done, total in shown)
    assert shown[-1] == (7 + meanwhile, 7 + meanwhile)
