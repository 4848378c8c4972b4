# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Two things with one natural key are both kept, and a person decides."
import json
import operator
import sqlite3

from .tap import held_up

P = 'test_synchronisation.'
MODEL = P + 'mode_full'


def cases(node):
    with node.transaction():
        return sorted(
            (c.field, json.loads(c.loser), json.loads(c.winner), c.why)
            for c in node.pool.get('synchronisation.conflict').search([]))


def codes(node):
    return node.values(MODEL, 'code', 'name')


def test_key_of_another(local):
    """Test that a new record gets a provisional key

    Its maker knew the other by another key, so it is another thing.
    """
    net = local(1)
    clinic, = net.satellites
    known = net.hub.create(MODEL, code='EVAL-6', name="known")
    clinic.synchronise()
    net.hub.write(MODEL, known, code='EVAL-7')
    clinic.create(MODEL, code='EVAL-7', name="new")
    clinic.synchronise()
    for node in [net.hub, clinic]:
        assert codes(node) == [('EVAL-7', "known"), ('EVAL-7~1', "new")]
        assert cases(node) == [('code', 'EVAL-7', 'EVAL-7~1', 'key')]
    assert clinic.satellite().status()['pending'] == 0


def test_key_corrected_to_that_of_another(local):
    "Test that of two records corrected to one key the later keeps its own"
    net = local(2)
    one, two = net.satellites
    for code in ['A', 'B']:
        net.hub.create(MODEL, code=code, name=f"was {code}")
    net.level()
    for clinic, code in [(one, 'A'), (two, 'B')]:
        record, = clinic.find(MODEL, ('code', '=', code))
        clinic.write(MODEL, record, code='C')
    net.level()
    for node in [net.hub, one, two]:
        assert codes(node) == [('B', "was B"), ('C', "was A")]
        assert cases(node) == [('code', 'C', 'B', 'key')]


def test_freed_key(local):
    "Test that a key can go from one record to another"
    net = local(1)
    clinic, = net.satellites
    ids = [net.hub.create(MODEL, code=code, name=f"was {code}")
        for code in ['A', 'B', 'C']]
    clinic.synchronise()
    for id_, code in zip(ids, ['x', 'A', 'B']):
        net.hub.write(MODEL, id_, code=code)
    net.hub.write(MODEL, ids[0], code='C')
    clinic.synchronise()
    assert codes(clinic) == codes(net.hub)


def test_swapped_keys(local):
    "Test that two records can swap their keys, either way"
    net = local(1)
    clinic, = net.satellites
    for code in ['A', 'B']:
        net.hub.create(MODEL, code=code, name=f"was {code}")
    clinic.synchronise()
    for node in [net.hub, clinic]:
        one, two = sorted(node.find(MODEL, ('code', 'in', ['A', 'B'])))
        (first,), (second,) = (
            node.read(MODEL, id_, 'code') for id_ in [one, two])
        node.write(MODEL, one, code='x')
        node.write(MODEL, two, code=first)
        node.write(MODEL, one, code=second)
        clinic.synchronise()
        assert codes(clinic) == codes(net.hub)
        assert cases(net.hub) == []
    assert codes(net.hub) == [('A', "was A"), ('B', "was B")]


def test_deleted_and_made_again(local):
    "Test that a key of what is deleted can be used again at once"
    net = local(1)
    clinic, = net.satellites
    net.hub.create(MODEL, code='A', name="old")
    clinic.synchronise()
    old, = clinic.find(MODEL, ('code', '=', 'A'))
    clinic.delete(MODEL, old)
    clinic.create(MODEL, code='A', name="new")
    clinic.synchronise()
    for node in [net.hub, clinic]:
        assert codes(node) == [('A', "new")]
        assert cases(node) == []


def make_relations(net, count):
    "Make relations of one record to others, everywhere; return the others."
    clinic, = net.satellites
    left, *others = [
        clinic.create(P + 'keyed', code=code) for code in 'LABCD'[:count + 2]]
    for number, right in enumerate(others[:count]):
        clinic.create(
            P + 'composite', left=left, right=right, note=str(number))
    net.level()
    return others


def read(node, model, name, path):
    "Return sorted (value of a field, value at the end of a path)."
    with node.transaction():
        return sorted(
            operator.attrgetter(name, path)(record)
            for record in node.pool.get(P + model).search([]))


def test_relations_that_change_places(local):
    "Test that two relations may get the ends of each other"
    net = local(1)
    clinic, = net.satellites
    first, second, spare = make_relations(net, 2)
    one, two = [clinic.find(P + 'composite', ('note', '=', note))[0]
        for note in '01']
    clinic.write(P + 'composite', one, right=spare)
    clinic.write(P + 'composite', two, right=first)
    clinic.write(P + 'composite', one, right=second)
    net.level()
    for node in [net.hub, clinic]:
        assert read(node, 'composite', 'note', 'right.code') == [
            ('0', 'B'), ('1', 'A')]
        assert cases(node) == []


def test_patient_of_the_wrong_party(local):
    "Test that a patient who is corrected and the next one are two"
    net = local(1)
    clinic, = net.satellites
    ana, bea = [
        clinic.create(P + 'party_like', code=code, name=code)
        for code in ['ana', 'bea']]
    patient = clinic.create(P + 'patient_like', party=ana, critical="first")
    net.level()
    clinic.write(P + 'patient_like', patient, party=bea)
    clinic.create(P + 'patient_like', party=ana, critical="Penicillin")
    clinic.write(P + 'patient_like', patient, critical="None known")
    net.level()
    for node in [net.hub, clinic]:
        assert read(node, 'patient_like', 'critical', 'party.code') == [
            ("None known", 'bea'), ("Penicillin", 'ana')]
        assert cases(node) == []


def test_relations_to_two_that_are_one_at_the_hub(local):
    "Test that two of one transaction are one there, and no value is lost"
    net = local(1)
    clinic, = net.satellites
    first = net.hub.create(P + 'keyed', code='A')
    second = clinic.create(P + 'keyed', code='B')
    late = held_up(clinic)
    clinic.satellite().fetch(P + 'keyed', ['A'])
    known, = clinic.find(P + 'keyed', ('code', '=', 'A'))
    with clinic.transaction():
        Keyed, Composite = map(
            clinic.pool.get, [P + 'keyed', P + 'composite'])
        left, = Keyed.create([{'code': 'L'}])
        Composite.create([
                {'left': left, 'right': right, 'note': note}
                for right, note in [(known, "first"), (second, "second")]])
    net.hub.write(P + 'keyed', first, code='B')
    late()
    net.level()
    for node in [net.hub, clinic]:
        assert read(node, 'composite', 'note', 'right.code') == [
            ("first", 'B')]
        assert cases(node) == [('note', "second", "first", 'conflict')]


def test_deletion_beside_what_is_refused(local):
    "Test that it is done though a first attempt failed after it"
    net = local(1)
    clinic, = net.satellites
    spare = make_relations(net, 1)[1]
    relation, = clinic.find(P + 'composite')
    left, = clinic.find(P + 'keyed', ('code', '=', 'L'))
    hub = sqlite3.connect(net.folder / f'{net.hub.name}.sqlite')
    hub.execute(
        'CREATE UNIQUE INDEX rule ON test_synchronisation_keyed(name)')
    hub.close()
    net.hub.create(P + 'keyed', code='X', name="taken")
    clinic.delete(P + 'composite', relation)
    clinic.create(P + 'composite', left=left, right=spare, note="new")
    clinic.create(P + 'keyed', code='Y', name="taken")
    net.level()
    for node in [net.hub, clinic]:
        assert read(node, 'composite', 'note', 'right.code') == [("new", 'B')]
