# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Decisions about conflicts through several tiers, on the store in memory."
import random

import pytest

from trytond.modules.synchronisation.capture import WRITE

from .memory import history

pytestmark = pytest.mark.long

CONFLICT = 'synchronisation.conflict'


def decide(node, name, decision):
    with node.transaction(), node.store.user(node.number) as work:
        work.buffer.add(CONFLICT, name, WRITE, frozenset({decision}))


def cases(node):
    "Return {name: [(decision, number of the instance), ...]} of a node."
    authors = {id_: instance for (instance, _, _), id_
        in node.store.tables['authors'].items()}
    return {row['name']: [(d, authors[a]) for d, a, _ in row['decisions']]
        for row in node.store.conflicts.all()}


def unsent(node):
    return [row['name'] for row in node.store.conflicts.all()
        if row['pending']]


def level(nodes):
    for _ in range(4):
        for node in nodes[1:]:
            node.synchronise()


@pytest.fixture
def clashed():
    "A centre, a middle tier, two laptops below that clashed, and a clinic."
    nodes = history.History(tiers=True).nodes
    centre, middle, one, two, _ = nodes
    with centre.transaction(), centre.store.user(0) as work:
        work.create('offer', {'key': 'a', 'name': 'first'})
    level(nodes)
    for node in [one, two]:
        with node.transaction(), node.store.user(node.number) as work:
            local, = node.store.tables['offer']
            work.write('offer', local, {'name': f'of {node.number}'})
    for node in [one, two]:
        node.push()
    assert len(cases(middle)) == 1
    return nodes


def test_conflict_of_the_middle(clashed):
    "Test that what came up at a middle tier is known above and beside"
    level(clashed)
    found = cases(clashed[1])
    assert len(found) == 1
    assert all(cases(node) == found for node in clashed)
    assert not any(map(unsent, clashed))


@pytest.mark.parametrize('first, second', [
        (0, 2), (2, 0), (2, 3), (4, 2), (1, 4), (3, 1)])
def test_decisions(clashed, first, second):
    "Test that two decisions end in one order at every tier"
    level(clashed)
    name, = cases(clashed[0])
    decide(clashed[first], name, 'kept')
    decide(clashed[second], name, 'taken')
    level(clashed)
    found = cases(clashed[0])
    assert sorted(found[name]) == [('kept', first), ('taken', second)]
    assert all(cases(node) == found for node in clashed)
    assert not any(map(unsent, clashed))


@pytest.mark.parametrize('seed', range(40))
def test_random_decisions(seed):
    "Test that whatever is decided wherever ends the same everywhere"
    rng = random.Random(seed)
    past = history.History(history.has_tiers(seed))
    # Who has a record no more hears nothing of it
    past.run([step for step in history.draw(seed) if step[0] != 'withdraw'])
    nodes = past.nodes
    for _ in range(12):
        node = rng.choice(nodes)
        if names := sorted(cases(node)):
            decide(node, rng.choice(names), rng.choice(['kept', 'taken']))
        if node.hub and rng.random() < .4:
            rng.choice([node.push, node.pull])()
    level(nodes)
    for name in set().union(*map(cases, nodes)):
        told = [cases(node)[name] for node in nodes if name in cases(node)]
        assert all(decisions == told[0] for decisions in told), told
    assert not any(map(unsent, nodes))
