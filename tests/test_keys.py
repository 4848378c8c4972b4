# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Two things with one natural key are both kept, and a person decides."
import json

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
