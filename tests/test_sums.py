# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Changes of a field that is added up count once, wherever they were made."
from decimal import Decimal

import pytest

from trytond.model import fields
from trytond.modules.synchronisation import value
from trytond.modules.synchronisation.errors import (
    ConfigurationError, HubUnreachableError)
from trytond.modules.synchronisation.mixin import check_sums

from .tap import before_answer, lost

TALLY = 'test_synchronisation.tally'
FIELDS = 'code', 'amount', 'weight'


@pytest.fixture
def net(local):
    "A hub and two clinics that have the tally A, of 10 and 1.5"
    net = local(2)
    net.hub.create(TALLY, code='A', amount=10, weight=Decimal('1.5'))
    for clinic in net.satellites:
        clinic.satellite().fetch(TALLY, ['A'])
    return net


def add(node, amount=0, weight='0'):
    tally, = node.find(TALLY)
    (_, before, mass), = node.values(TALLY, *FIELDS)
    values = {'amount': (before or 0) + amount} if amount else {}
    if Decimal(weight):
        values['weight'] = (mass or 0) + Decimal(weight)
    node.write(TALLY, tally, **values)


def check(net, amount, weight):
    for node in [net.hub, *net.satellites]:
        assert node.values(TALLY, *FIELDS) == [('A', amount, weight)]
        with node.transaction():
            assert not node.pool.get('synchronisation.conflict').search([])


def test_all_count(net):
    "Test that what three instances add is added up"
    one, two = net.satellites
    add(one, 3, '0.25')
    add(one, 1)
    add(two, -2, '1')
    add(net.hub, 5)
    net.level()
    check(net, 17, Decimal('2.75'))


def test_lost_answer(net):
    "Test that what is sent again does not count again"
    one, two = net.satellites
    add(one, 3)
    with pytest.raises(HubUnreachableError):
        one.satellite(transport=before_answer(net, lost)).push_all()
    add(two, 4)
    two.synchronise()
    add(one, 1)
    net.level()
    check(net, 18, Decimal('1.5'))


def test_made_at_two_clinics(net):
    "Test that two records that turn out to be one are added up"
    one, two = net.satellites
    for clinic, amount in [(one, 3), (two, 4)]:
        clinic.create(TALLY, code='B', amount=amount)
    net.level()
    for node in [net.hub, one, two]:
        assert ('B', 7, None) in node.values(TALLY, *FIELDS)


def test_restored_clinic(net):
    "Test that a new life adds what is new, and nothing twice"
    from .test_restore import Backup
    one, _ = net.satellites
    add(one, 1)
    one.synchronise()
    backup = Backup(one)
    add(one, 2)
    one.synchronise()
    backup.restore()
    add(one, 4)
    net.level()
    check(net, 17, Decimal('1.5'))


@pytest.mark.parametrize('field', [
        None, fields.Float("Ratio"), fields.Char("Ratio"),
        fields.Function(fields.Integer("Ratio"), 'get_ratio')])
def test_wrong_field(field):
    "Test that what cannot be added up is named"
    class Model:
        __name__ = 'some.model'
        sync_sums = frozenset({'ratio'})
        _fields = {'ratio': field} if field else {}
    with pytest.raises(ConfigurationError, match='"ratio"'):
        check_sums(Model)


def test_many_digits():
    "Test that an amount is not rounded"
    large = '9' * 40
    assert value.add(large, '0.1') == large + '.1'
    assert value.add(large + '.1', large, -1) == '0.1'
