# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Every version that was saved of a record, at the centre."
import json
import subprocess
from threading import Thread
from unittest.mock import patch

import pytest

from trytond.modules.health_synchronisation.tests.maker import MODULES
from trytond.modules.synchronisation.cycle import Cycle
from trytond.modules.synchronisation.errors import RefusedError
from trytond.modules.synchronisation.satellite import Satellite
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import workday
from .clinical_day import Day
from .environment import BIN, ETC, clean
from .test_restore import Backup

EVALUATION = 'gnuhealth.patient.evaluation'
# Some of those that the setting is for
CLINICAL = {
    EVALUATION, 'party.party', 'gnuhealth.patient.disease',
    'gnuhealth.prescription.order', 'gnuhealth.vaccination',
    'gnuhealth.inpatient.registration', 'gnuhealth.surgery', 'gnuhealth.lab',
    'gnuhealth.patient.pregnancy', 'gnuhealth.newborn'}
HISTORY = 'test_synchronisation.history'


def versions(node):
    "Return (instance, author, deleted, name) of what a node has, in order."
    with node.transaction():
        return [
            (v.instance, v.author, bool(v.deleted),
                json.loads(v.values).get('name'))
            for v in node.pool.get('synchronisation.version').search(
                [('model', '=', HISTORY)], order=[('id', 'ASC')])]


def edit(node, id_, count):
    for number in range(count):
        node.write(HISTORY, id_, name=f"edit {number}")


def test_five_edits_between_two_runs(local):
    "Test that the centre has each version, and knows who saved it where"
    network = local(2)
    one, _ = network.satellites
    one.write('res.user', 1, name="Ann")
    id_ = one.create(HISTORY, name="first")
    edit(one, id_, 5)
    assert one.synchronise().complete
    expected = [(1, "Ann", False, name) for name in [
            "first", *(f"edit {number}" for number in range(5))]]
    assert versions(network.hub) == expected
    assert network.hub.values(HISTORY, 'name') == [("edit 4",)]
    # Once is enough
    assert one.synchronise().complete
    assert versions(network.hub) == expected == versions(one)


def test_deleted_version(local):
    "Test that a deletion is a version, too, and brings nothing back"
    network = local(1)
    one, = network.satellites
    id_ = one.create(HISTORY, name="first")
    one.delete(HISTORY, id_)
    assert one.synchronise().complete
    assert versions(network.hub) == []
    id_ = one.create(HISTORY, name="second")
    one.synchronise()
    one.delete(HISTORY, id_)
    assert one.synchronise().complete
    assert [(deleted, name) for _, _, deleted, name in versions(
            network.hub)] == [(False, "second"), (True, None)]
    assert network.hub.values(HISTORY, 'name') == []


def test_versions_of_the_hub(local):
    "Test that what is received is nobody's version there"
    network = local(2)
    one, two = network.satellites
    id_ = one.create(HISTORY, name="first")
    one.synchronise()
    there, = network.hub.find(HISTORY)
    network.hub.write(HISTORY, there, name="second")
    one.synchronise()
    assert [v[3] for v in versions(network.hub)] == ["first", "second"]
    assert [v[3] for v in versions(one)] == ["first"]
    one.write(HISTORY, id_, name="third")
    one.synchronise()
    assert [v[0] for v in versions(network.hub)] == [1, 0, 1]


def test_versions_through_a_middle_tier(local):
    "Test that what a laptop saved reaches the centre under its name"
    network = local(2)
    one, two = network.satellites
    network.enrol(2, one)
    two.write('res.user', 1, name="Bob")
    id_ = two.create(HISTORY, name="first")
    edit(two, id_, 2)
    assert two.synchronise().complete
    assert one.synchronise().complete
    assert versions(network.hub) == [
        (2, "Bob", False, name) for name in ["first", "edit 0", "edit 1"]]


def test_lost_answer(local):
    "Test that a version whose answer was lost is kept once"
    network = local(1)
    one, = network.satellites
    id_ = one.create(HISTORY, name="first")
    edit(one, id_, 2)
    one.synchronise()
    with one.transaction() as transaction:
        transaction.connection.cursor().execute(
            'UPDATE synchronisation_version SET pending = 1')
        transaction.commit()
    assert one.synchronise().complete
    assert len(versions(network.hub)) == 3


def save(net, number, rows):
    "Return the answer of the hub to versions that a satellite sends."
    satellite = net.satellites[number - 1].satellite()
    answers = []

    def work(cycle):
        answers.append(cycle.call('save', {'saved': rows}))
    satellite._run('save', work)
    return answers[0]


def test_bad_input(local):
    "Test that a hub keeps nothing that the sender may not tell of"
    net = local(2)
    one, two = net.satellites
    one.create(HISTORY, name="first")
    one.synchronise()
    two.synchronise()
    (name, identity), = net.hub.values(
        'synchronisation.version', 'name', 'identity')
    good = ['1.1.x', HISTORY, identity, 1, "Ann", 0, False, {'name': "x"}]
    assert save(net, 1, [good])['taken'] == ['1.1.x']
    for place, value, code in [
            (1, 'res.user', 'model'), (2, 'unknown', 'scope'),
            (7, {'name': 7}, 'value')]:
        row = [f'1.{place}.y', *good[1:]]
        row[place] = value
        reply = save(net, 1, [row])
        assert reply['taken'] == []
        assert [code for _, code, _ in reply['waiting']] == [code]
    # Of another's record
    assert save(net, 2, [['2.1.x', *good[1:]]])['taken'] == []
    for place, value in [
            (0, ''), (3, 512), (3, '1'), (4, None), (5, 1e9), (6, 0),
            (7, [1]), (7, None)]:
        row = [f'1.{place}.z', *good[1:]]
        row[place] = value
        with pytest.raises(RefusedError) as refused:
            save(net, 1, [row])
        assert refused.value.code == 'message'
    with pytest.raises(RefusedError) as refused:
        save(net, 1, [['1.2.x', *good[1:]]] * 2)
    assert refused.value.code == 'message'
    assert len(versions(net.hub)) == 2


def test_row_of_the_history_that_is_gone(local):
    "Test that a row that somebody removed stops nothing"
    net = local(1)
    one, = net.satellites
    one.create(HISTORY, name="first")
    with one.transaction() as transaction:
        transaction.connection.cursor().execute(
            'DELETE FROM test_synchronisation_history__history')
        transaction.commit()
    assert one.synchronise().complete
    assert net.hub.values(HISTORY, 'name') == [("first",)]


@pytest.mark.services
def test_setting(instance):
    "Test that the setting keeps the versions of clinical records"
    clinic = instance(
        'sqlite', ['health_synchronisation'], 1, options={'history': True})
    update(clinic)
    assert clinic.call(save_party) == 2


def update(instance):
    "Update the modules, as who changed the setting has to"
    subprocess.run([
            str(BIN / 'trytond-admin'), '-c', str(instance.conf),
            str(ETC / 'trytond-admin.conf'), '-d', instance.name,
            '-u', 'synchronisation'],
        env=clean(), cwd=instance.folder, check=True)


def save_party(pool):
    "Return how many versions there are of a person after an edit"
    Party = pool.get('party.party')
    party, = Party.create([{
                'name': "Ann", 'lastname': "Lee", 'is_person': True,
                'gender': 'f', 'fed_country': 'XXX'}])
    # What is saved is noted when the transaction commits
    Transaction().commit()
    Party.write([party], {'lastname': "Ray"})
    Transaction().commit()
    return pool.get('synchronisation.version').search_count(
        [('model', '=', 'party.party'), ('record', '=', party.id)])


@pytest.mark.long
@pytest.mark.services
def test_day_of_a_clinic(instance):
    "Test that the centre has each version of a day in every module"
    centre = instance('sqlite', MODULES, options={'history': True})
    clinic = instance(
        'sqlite', MODULES, 1, centre, options={'history': True})
    for each in [centre, clinic]:
        update(each)
    centre.server.start()
    centre.run(workday.begin)
    clinic.run(workday.add_country)
    run(clinic)
    saved = clinic.run(save_day)
    # Of these people decide about a field, and the day has some of each
    assert {key[0] for key, _ in saved} >= CLINICAL
    assert centre.run(read_versions, [key for key, _ in saved]) == [
        [] for _ in saved]
    run(clinic)
    found = centre.run(read_versions, [key for key, _ in saved])
    for (key, versions), there in zip(saved, found):
        assert versions and there == versions, key
    evaluation, = [versions for (model, _), versions in saved
        if model == EVALUATION]
    notes = [values.get('notes') for _, _, _, values in evaluation]
    assert notes[-5:] == [f"edit {number}" for number in range(5)]
    assert {tuple(version[:3]) for _, versions in saved
        for version in versions} == {(1, "Administrator", False)}


def run(clinic):
    done = clinic.command('run')
    assert done.returncode == 0, done.stdout + done.stderr


def save_day():
    "Let people enter a day; return [key, versions] of what keeps history"
    day = Day(workday.node(), 'CLINIC')
    day.work()
    for number in range(5):
        day.node.write(EVALUATION, day.evaluation, notes=f"edit {number}")
    keys = workday.made(day)
    with day.node.transaction():
        keys = [
            key for key in keys if day.node.pool.get(key[0])._history]
    return list(zip(keys, read_versions(keys)))


def read_versions(keys):
    "Return the versions that are here of each key, in their order"
    node = workday.node()
    with node.transaction():
        return [[
                [v.instance, v.author, bool(v.deleted), json.loads(v.values)]
                for v in node.pool.get('synchronisation.version').search([
                        ('model', '=', model), ('identity', '=', identity)],
                    order=[('id', 'ASC')])]
            for model, identity in keys]


def test_versions_of_restored_hub(local):
    "Test that a restored hub is given back the versions that it lost"
    net = local(1)
    one, = net.satellites
    id_ = one.create(HISTORY, name="first")
    one.synchronise()
    backup = Backup(net.hub)
    edit(one, id_, 3)
    assert one.synchronise().complete
    before = versions(net.hub)
    assert len(before) == 4
    backup.restore()
    net.hub.satellite().restored()
    net.level()
    assert versions(net.hub) == before
    net.level()
    assert versions(net.hub) == before


def save_new(name):
    "Save a new record, in the process of an instance."
    database, = Pool.database_list()
    with Transaction().start(database, 1):
        Pool().get(HISTORY).create([{'name': name}])


def told():
    "Return whether the versions have an identity, and what they are of."
    database, = Pool.database_list()
    with Transaction().start(database, 1):
        return sorted(
            (v.identity is not None, v.values)
            for v in Pool().get('synchronisation.version').search([]))


def run_while_a_user_saves():
    """Synchronise; a user saves once a fold has read what there is.

    Return whether that happened.
    """
    database, = Pool.database_list()
    satellite = Satellite(database)
    satellite.synchronise()
    Change = Pool(database).get('synchronisation.change')
    consume, apply_push = Change.consume.__func__, Cycle.apply_push
    saved = []

    def consume_and_save(cls, changes):
        consume(cls, changes)
        cursor = Transaction().connection.cursor()
        cursor.execute('SHOW transaction_isolation')
        # Only then a fold sees what is saved meanwhile
        if cursor.fetchone() == ('read committed',) and not saved:
            saved.append(True)
            user = Thread(target=save_new, args=["during the fold"])
            user.start()
            user.join()

    def save_and_apply(self, *args):
        save_new("while the line was busy")
        return apply_push(self, *args)
    save_new("first")
    with patch.object(
            Change, 'consume', classmethod(consume_and_save)), patch.object(
            Cycle, 'apply_push', save_and_apply):
        satellite.synchronise()
    for _ in range(2):
        satellite.synchronise()
    return bool(saved)


@pytest.mark.postgresql
def test_version_saved_during_a_fold(network):
    "Test that the version of what is not folded yet waits for that"
    net = network('postgresql', ['test_synchronisation'], satellites=1)
    clinic, = net.satellites
    assert clinic.run(run_while_a_user_saves)
    there = clinic.run(told)
    assert len(there) >= 3 and all(known for known, _ in there)
    assert net.hub.run(told) == there
