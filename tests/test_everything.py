# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Random records of every model, through the whole engine."
import random

import pytest

from trytond.modules.synchronisation import registry, row
from trytond.modules.test_synchronisation.tests.maker import Maker

MODELS = [
    'field', 'field.line', 'field-keyed', 'field.multivalue', 'keyed',
    'mode_push_update', 'mode_full', 'patient_like',
    'composite', 'child', 'optional', 'node', 'cycle_a', 'cycle_b', 'tree',
    'tree_mptt', 'tree_path', 'history', 'deactivable', 'ordered', 'counter',
    'insider', 'translated', 'triggered', 'unruly']


def everything(node):
    "Return {(model, identity): wire values} of all the records of a node."
    result = {}
    with node.transaction(user=0):
        Record = node.pool.get('synchronisation.record')
        for name, Model in registry.models().items():
            states = Record.search([
                    ('model', '=', name), ('dead', '=', False)])
            rows = row.read(Model, [s.record for s in states])
            for state in states:
                assert state.record in rows, (name, state.identity)
                result[name, state.identity] = rows[state.record]
    return result


def make_some(node, rng, count):
    with node.transaction(unruly_author="Ann") as transaction:
        maker = Maker(node.pool, rng)
        for name in MODELS:
            for _ in range(count):
                maker.make('test_synchronisation.' + name)
        transaction.commit()


@pytest.mark.parametrize('seed', range(3))
def test_every_model(local, seed):
    "Test that random records of every model arrive as they are"
    network = local(1)
    clinic, = network.satellites
    make_some(clinic, random.Random(seed), 4)
    for _ in range(2):
        outcome = clinic.synchronise()
    assert not outcome.errors
    here, there = everything(clinic), everything(network.hub)
    pushed = {key: values for key, values in here.items()
        if registry_mode(clinic, key[0]) != 'update'}
    assert len(pushed) > 4 * len(MODELS)
    for key, values in pushed.items():
        # What refers to a record that does not travel is left out
        assert {n: there[key][n] for n in values} == values, key


def registry_mode(node, name):
    return node.pool.get(name).sync_mode.value
