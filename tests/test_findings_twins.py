# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Relations that are two to who made them and one at the hub."
import pytest

from trytond.modules.synchronisation import apart, intake, patience
from trytond.modules.synchronisation.message import Entry

from .memory.model import MODELS, Bond, Model, field, unique
from .memory.reading import easier
from .memory.scene import Scene


def relate(notes, apart=False):
    """Let a satellite make two relations to offers that are one at the hub.

    Return (Scene, {relations}); apart tells whether in two transactions.
    """
    scene = Scene()
    one, two = scene.satellites
    first = scene.centre.create('offer', key='a')
    second = one.create('offer', key='b')
    late = one.build_push()
    two.synchronise()
    one.pull()
    thing = one.create('thing', name='thing', key='t')
    values = [{'thing': thing, 'offer': offer, 'note': note}
        for offer, note in zip([first, second], notes)]
    if apart:
        made = [one.create('bond', **row) for row in values]
    else:
        with one.unit() as unit:
            made = [unit.create('bond', **row) for row in values]
        made = list(map(one.key, made))
    two.write(first, key='b')
    two.push()
    one.arrive(late)
    return scene, made


@easier("what is written together is two",
    (apart, 'equals', lambda group, models, names: []))
def test_two_of_one_transaction():
    "Test that they are one at the hub, too, and that no value is lost"
    scene, _ = relate(['first', 'second'])
    one, _ = scene.satellites
    scene.level()
    assert scene.centre.count('bond') == one.count('bond') == 1
    assert scene.centre.conflicts() == [
        ('note', 'second', 'first', 'conflict')]


_attempt_rest = intake.Intake.attempt_rest


def attempt_at_one_place(self, group, later, strict):
    for entry in later:
        entry.group = group[0].group
    _attempt_rest(self, group, later, strict)


@easier("what is written together has one place",
    (intake.Intake, 'attempt_rest', attempt_at_one_place))
def test_value_of_the_second():
    "Test that the maker gets what the second one fills in of the first"
    scene, (relation, _) = relate([None, 'second'])
    one, _ = scene.satellites
    scene.level()
    assert one.value(relation, 'note') == 'second'


@pytest.mark.parametrize('apart', [False, True])
def test_both_deleted_in_one_transaction(apart):
    "Test that all agree on what becomes of it, and nothing is sent for ever"
    scene, relations = relate(['first', 'second'], apart)
    one, _ = scene.satellites
    one.push_in_vain()
    one.delete(*relations)
    scene.level()
    assert scene.centre.count('bond') == one.count('bond') == 1
    assert 'deletion' in {why for *_, why in scene.centre.conflicts()}


@pytest.mark.parametrize('apart', [False, True])
def test_both_sent_again_after_a_deletion(apart):
    "Test that an edit of one of them brings back the one that they are"
    scene, (first, second) = relate(['first', 'second'], apart)
    one, two = scene.satellites
    one.push_in_vain()
    two.fetch('t')
    two.pull()
    two.delete(first)
    two.push()
    one.write(second, note='edited')
    scene.level()
    assert scene.values(first, 'note') == ['first'] * 3
    assert ('note', 'edited', 'first', 'conflict') in scene.conflicts()


class Peer(Bond):
    "A relation that refers to another one."
    _fields = {**Bond._fields, 'peer': field('many2one', target='peer')}


def test_those_that_refer_to_each_other():
    "Test that they are not told apart, as neither can come first"
    group = []
    for identity, peer in [('a', 'b'), ('b', 'a')]:
        entry = Entry('peer', identity, 1)
        entry.full = True
        entry.fields = {name: (1, 0, value) for name, value in {
                'thing': 't', 'offer': 'o', 'note': None, 'peer': peer
                }.items()}
        group.append(entry)
    assert apart.equals(group, {'peer': Peer}, {}) == []


class Claim(Model):
    "What refers to a relation, and to other things."
    _sql_constraints = [unique('uuid')]
    _fields = {
        'uuid': field('char'),
        'name': field('char'),
        'bond': field('many2one', target='bond'),
        'thing': field('many2one', target='thing'),
        }


@pytest.fixture
def claimed(monkeypatch):
    "A satellite with a claim that is going to relate; what arrives late"
    monkeypatch.setitem(MODELS, 'claim', Claim)
    scene = Scene()
    one, two = scene.satellites
    claim = one.create('claim', name='old')
    one.push()
    first = scene.centre.create('offer', key='a')
    second = one.create('offer', key='b')
    late = one.build_push()
    two.synchronise()
    one.pull()
    thing = one.create('thing', name='thing', key='t')
    two.write(first, key='b')
    two.push()

    def relate(unit):
        return [unit.create('bond', thing=thing, offer=offer, note=offer[1])
            for offer in [first, second]]
    return scene, claim, late, relate


def test_reference_to_the_second_in_what_the_hub_lost(claimed):
    "Test that it goes whole, and that the unit does not wait for ever"
    scene, claim, late, relate = claimed
    one, _ = scene.satellites
    del scene.centre.store.tables['claim'][scene.centre.local(claim)]
    with one.unit() as unit:
        _, (_, second) = relate(unit)
        unit.work.write('claim', one.local(claim), {'bond': second})
    one.arrive(late)
    for _ in range(3):
        one.synchronise(patience.LAST)
    assert one.waiting('hub') == {}
    assert scene.centre.value(claim) == 'old'
    assert scene.centre.value(claim, 'bond')


def test_reference_to_the_second_and_to_what_waits(claimed):
    "Test that the unit goes as soon as what it waits for is there"
    scene, _, late, relate = claimed
    one, _ = scene.satellites
    need = one.create('thing', key='r', other='v1')
    scene.centre.store.rule = 1
    with one.unit() as unit:
        _, (_, second) = relate(unit)
        unit.work.create(
            'claim', {'bond': second, 'thing': one.local(need)})
    one.arrive(late)
    one.push()
    assert 'missing' in one.waiting('hub').values()
    # The hub takes it now
    one.write(need, other='fine')
    one.synchronise()
    one.synchronise()
    assert one.waiting('hub') == {}


def test_deletions_beside_a_reference_to_the_second(claimed):
    "Test that those of one transaction are decided on together"
    scene, claim, late, relate = claimed
    one, _ = scene.satellites
    thing = one.create('thing', name='deleted', key='d')
    one.write(claim, thing=thing)
    one.number_changes()
    with one.unit() as unit:
        made = relate(unit)
    relations = list(map(one.key, made))
    with one.unit() as unit:
        unit.write(claim, bond=relations[1])
        for relation in relations:
            unit.write(relation, note='edited')
        unit.delete(claim)
        unit.delete(thing)
    one.arrive(late)
    for _ in range(3):
        one.synchronise(patience.LAST)
    assert not scene.centre.has(claim)
    assert not scene.centre.has(thing)
