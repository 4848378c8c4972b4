# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Histories in which an edit, a deletion or a record was once lost."
import datetime as dt

import pytest

from trytond.config import config
from trytond.modules.synchronisation import reception
from trytond.modules.synchronisation.errors import (
    ConfigurationError, ContentionError, HubUnreachableError)

from .tap import before_answer, lost

P = 'test_synchronisation.'


def pending(node):
    "Return how many records wait to be pushed, as a user is shown it"
    return node.satellite().status()['pending']


def insert(node, **values):
    "Insert a keyed record that no module captures"
    Keyed = node.pool.get(P + 'keyed')
    table = Keyed.__table__()
    with node.transaction() as transaction:
        cursor = transaction.connection.cursor()
        cursor.execute(*table.insert(
                [getattr(table, name) for name in values],
                [list(values.values())]))


def age_history(node):
    "Let all that the history has be of the year 2000"
    History = node.pool.get(P + 'history')
    table = History.__table_history__()
    with node.transaction() as transaction:
        cursor = transaction.connection.cursor()
        cursor.execute(*table.update(
                [table.create_date, table.write_date],
                [dt.datetime(2000, 1, 1), None]))


def restore_history(node, record, year):
    History = node.pool.get(P + 'history')
    with node.transaction():
        History.restore_history([record], dt.datetime(year, 1, 1))


def test_edit_before_the_first_run(local):
    "Test that a row older than the module and edited since is sent once"
    net = local(1)
    clinic, = net.satellites
    insert(clinic, code='OLD', name="as it was")
    old, = clinic.find(P + 'keyed', ('code', '=', 'OLD'))
    clinic.write(P + 'keyed', old, name="edited")
    assert clinic.synchronise().complete
    assert ('OLD', "edited") in net.hub.values(P + 'keyed', 'code', 'name')
    assert pending(clinic) == 0
    assert not clinic.synchronise().moved


def test_edit_before_the_address_is_set(local):
    "Test that what is entered while trytond.conf lacks the hub is sent later"
    net = local(1)
    clinic, = net.satellites
    section = f'synchronisation {clinic.name}'
    url = config.get(section, 'synchronisation_url')
    config.set(section, 'synchronisation_url', '')
    clinic.create(P + 'keyed', code='A', name="x")
    with pytest.raises(ConfigurationError):
        clinic.satellite().status()
    config.set(section, 'synchronisation_url', url)
    clinic.synchronise()
    assert ('A', "x") in net.hub.values(P + 'keyed', 'code', 'name')


def test_deletion_after_lost_answer(local):
    "Test that a deletion reaches a hub whose last answer did not arrive"
    net = local(1)
    clinic, = net.satellites
    here = clinic.create(P + 'keyed', code='A', name="x")
    with pytest.raises(HubUnreachableError):
        clinic.satellite(transport=before_answer(net, lost)).push_all()
    assert net.hub.find(P + 'keyed', ('code', '=', 'A'))
    clinic.delete(P + 'keyed', here)
    clinic.synchronise()
    assert not net.hub.find(P + 'keyed', ('code', '=', 'A'))
    assert pending(clinic) == 0


def test_deletion_during_push(local):
    "Test that what is deleted while it is pushed for the first time is gone"
    net = local(1)
    clinic, = net.satellites
    here = clinic.create(P + 'keyed', code='A', name="x")
    clinic.satellite(transport=before_answer(
            net, lambda: clinic.delete(P + 'keyed', here))).push_all()
    clinic.synchronise()
    assert not net.hub.find(P + 'keyed', ('code', '=', 'A'))
    assert pending(clinic) == 0


def test_edit_between_two_pages_of_offers(local):
    "Test that what changes at the hub while it offers more is told"
    net = local(1, batch='1')
    clinic, = net.satellites
    first, *_ = [
        net.hub.create(P + 'mode_full', code=code, name="x")
        for code in 'ABCD']
    clinic.satellite(transport=before_answer(
            net, lambda: net.hub.write(P + 'mode_full', first, name="y"))
        ).new()
    clinic.synchronise()
    assert clinic.values(P + 'mode_full', 'code', 'name') == [
        ('A', "y"), ('B', "x"), ('C', "x"), ('D', "x")]


@pytest.mark.parametrize('task', ['new', 'pull_all'])
def test_edit_between_two_tasks(local, task):
    "Test that an edit is told although what is new is asked for before"
    net = local(1)
    clinic, = net.satellites
    there = net.hub.create(P + 'mode_full', code='A', name="x")
    clinic.satellite().new()
    getattr(clinic.satellite(), task)()
    net.hub.write(P + 'mode_full', there, name="y")
    clinic.satellite().new()
    clinic.satellite().pull_all()
    assert clinic.values(P + 'mode_full', 'code', 'name') == [('A', "y")]


def test_edit_before_refused_deletion(local):
    "Test that what its author edited before a deletion in vain is kept"
    net = local(2)
    one, two = net.satellites
    here = one.create(P + 'mode_full', code='A', name="x")
    net.level(1)
    there, = two.find(P + 'mode_full')
    two.write(P + 'mode_full', there, name="of two")
    two.synchronise()
    one.write(P + 'mode_full', here, code='B')
    one.delete(P + 'mode_full', here)
    net.level(2)
    for node in [net.hub, one, two]:
        assert node.values(P + 'mode_full', 'code', 'name') == [
            ('B', "of two")]


def test_child_with_the_number_of_a_deleted_row(local):
    "Test that a child of the hub stays when its parent is deleted elsewhere"
    net = local(1)
    clinic, = net.satellites
    for _ in range(2):
        net.hub.create(P + 'parent', name="other")
    parent = clinic.create(
        P + 'parent', name="Ann", lines=[('create', [{'name': "clinic"}])])
    clinic.synchronise()
    there, = net.hub.find(P + 'parent', ('name', '=', "Ann"))
    removed = net.hub.create(P + 'child', parent=there, name="removed")
    child = net.hub.create(P + 'child', parent=there, name="centre")
    net.hub.delete(P + 'child', removed)
    # The ids of the rows of one model say nothing of those of another
    assert child == there
    clinic.delete(P + 'parent', parent)
    net.level(2)
    assert net.hub.find(P + 'parent', ('name', '=', "Ann"))
    for node in [net.hub, clinic]:
        assert node.values(P + 'child', 'name') == [
            ("centre",), ("clinic",)]


def test_deletion_of_child_and_then_of_parent(local):
    "Test that two deletions that are pushed together are both done"
    net = local(1)
    clinic, = net.satellites
    parent = clinic.create(
        P + 'parent', name="Ann", lines=[('create', [{'name': "one"}])])
    clinic.synchronise()
    child, = clinic.find(P + 'child')
    clinic.delete(P + 'child', child)
    clinic.delete(P + 'parent', parent)
    net.level(2)
    for node in [net.hub, clinic]:
        assert node.find(P + 'parent') == node.find(P + 'child') == []


def test_deleted_record_restored_from_history(local):
    "Test that a record brought back from its history is back at the hub"
    net = local(1)
    clinic, = net.satellites
    here = clinic.create(P + 'history', name="x")
    clinic.synchronise()
    age_history(clinic)
    clinic.delete(P + 'history', here)
    clinic.synchronise()
    assert net.hub.find(P + 'history') == []
    restore_history(clinic, here, 2001)
    clinic.synchronise()
    assert net.hub.values(P + 'history', 'name') == [("x",)]
    assert pending(clinic) == 0


def test_history_restored_to_before_the_creation(local):
    "Test that a record that its history takes away is gone everywhere"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'history', name="x")
    one.synchronise()
    there, = net.hub.find(P + 'history')
    restore_history(net.hub, there, 2000)
    assert net.hub.find(P + 'history') == []
    net.level(1)
    for node in [net.hub, one, two]:
        assert node.find(P + 'history') == []


def test_pull_tried_again(local, monkeypatch):
    "Test that a pull that had to wait for a user applies all the same"
    net = local(2)
    one, two = net.satellites
    one.create(P + 'mode_full', code='A', name="x")
    one.synchronise()
    take = reception.Reception.take
    attempts = []

    def wait_once(self, *arguments):
        attempts.append(arguments)
        if len(attempts) == 1:
            raise ContentionError("A user is writing the record.")
        take(self, *arguments)
    monkeypatch.setattr(reception.Reception, 'take', wait_once)
    two.synchronise()
    assert len(attempts) == 2
    assert two.values(P + 'mode_full', 'code', 'name') == [('A', "x")]


def test_person_registered_at_two_clinics(local):
    "Test that a person registered twice is one, with what belongs to it"
    net = local(2)
    one, two = net.satellites
    for node in [one, two]:
        party = node.create(P + 'party_like', code='PUID1', name="Ann")
        node.create(
            P + 'patient_like', party=party, critical=f"by {node.number}")
    net.level(2)
    for node in [net.hub, one, two]:
        assert node.values(P + 'party_like', 'code') == [('PUID1',)]
        assert node.values(P + 'patient_like', 'critical') == [("by 1",)]
        assert ('critical', '"by 2"') in node.values(
            'synchronisation.conflict', 'field', 'loser')
    assert pending(one) == pending(two) == 0


def test_parent_edited_after_many_others(local):
    "Test that the first push is complete although a parent comes late in it"
    net = local(1, batch='2')
    clinic, = net.satellites
    parent = clinic.create(P + 'parent', name="Ann")
    clinic.create(P + 'child', parent=parent, name="one")
    for code in 'ABC':
        clinic.create(P + 'keyed', code=code)
    clinic.write(P + 'parent', parent, name="Anna")
    outcome = clinic.synchronise()
    assert outcome.complete, outcome.errors
    assert net.hub.values(P + 'parent', 'name') == [("Anna",)]
    assert net.hub.values(P + 'child', 'name') == [("one",)]
