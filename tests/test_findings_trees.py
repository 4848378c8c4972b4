# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Edits that are right by themselves and together close a circle."
from unittest.mock import patch

from trytond.modules.synchronisation import intake, trees, writing

from .memory.model import set_tree
from .memory.reading import easier
from .memory.scene import KNOWN, Scene

_update = intake.Application.update
_parent_of = trees.TreesMixin.parent_of
# Only what is checked before it is written is refused
UNCHECKED = [
    (writing.Writing, '_check_trees', lambda self: None),
    (trees.TreesMixin, 'circles', lambda *_: set())]


def two_things(satellites=2):
    "Return a Scene in which things are a tree, and two of them."
    scene = Scene(satellites)
    set_tree(True)
    things = [scene.share(name=key, key=key) for key in 'ab']
    return scene, things


def below_itself(site, things):
    first, second = [site.value(thing, 'parent') for thing in things]
    return first == things[1][1] and second == things[0][1]


@easier("a parent is a reference like any other", *UNCHECKED)
@easier("who would close a circle waits", UNCHECKED[1])
def test_two_edits_that_make_a_circle():
    "Test that one of the two stays as it was, as a case"
    scene, things = two_things()
    one, two = scene.satellites
    one.write(things[0], parent=things[1])
    two.write(things[1], parent=things[0])
    scene.level()
    assert not any(below_itself(site, things) for site in scene.sites)
    assert scene.values(things[0], 'parent') == [things[1][1]] * 3
    assert scene.conflicts() == [('parent', things[0][1], None, 'conflict')]


@easier("what the hub tells may be written", UNCHECKED[0])
def test_circle_with_what_was_not_sent():
    "Test that nobody sees one until the hub has decided"
    scene, things = two_things(1)
    one, = scene.satellites
    one.write(things[0], parent=things[1])
    scene.centre.write(things[1], parent=things[0])
    with patch.object(one.store, 'check', lambda: None):
        one.exchange(one.ask(KNOWN))
    assert not below_itself(one, things)
    assert one.waiting() == {things[1]: 'constraint'}
    scene.level()
    assert scene.values(things[1], 'parent') == [things[0][1]] * 2
    assert scene.values(things[0], 'parent') == [None] * 2


def update_alone(self, entry, state, *args):
    self.strict = True
    with patch.object(self, 'will_take', lambda *_: False):
        return _update(self, entry, state, *args)


@easier("each edit is looked at by itself",
    (intake.Application, 'update', update_alone))
def test_records_that_change_places_in_a_tree():
    "Test that what is turned round in one transaction is no circle"
    scene, (first, second) = two_things(1)
    one, = scene.satellites
    one.write(second, parent=first)
    scene.level()
    with one.unit() as unit:
        unit.write(second, parent=None)
        unit.write(first, parent=second)
    scene.level()
    assert scene.values(first, 'parent') == [second[1]] * 2
    assert scene.conflicts() == []


def parent_of_the_living(self, model, identity, name):
    graves, self.graves = self.graves, {}
    states, self.states = self.states, {}
    try:
        return _parent_of(self, model, identity, name)
    finally:
        self.graves, self.states = graves, states


@easier("a dead record is below nothing",
    (trees.TreesMixin, 'parent_of', parent_of_the_living))
def test_circle_with_what_comes_back():
    "Test that what is put below a deleted record stays, as a case"
    scene, (first, second) = two_things(1)
    one, = scene.satellites
    scene.centre.write(first, parent=second)
    scene.centre.delete(first)
    one.write(second, parent=first)
    scene.level()
    assert scene.values(second, 'parent') == [None] * 2
    assert ('parent', first[1], None, 'conflict') in scene.conflicts()


@easier("what a message moves is where it was until it is taken",
    (trees.TreesMixin, 'will_take', lambda *_: False))
def test_turning_round_beside_a_circle():
    "Test that only what closes a circle stays as it was"
    scene, (first, second) = two_things(1)
    one, = scene.satellites
    third, fourth = [scene.share(name=key, key=key) for key in 'cd']
    one.write(second, parent=first)
    scene.level()
    with one.unit() as unit:
        unit.write(second, parent=None)
        unit.write(first, parent=second)
        unit.write(third, parent=fourth)
    scene.centre.write(fourth, parent=third)
    scene.level()
    assert scene.values(first, 'parent') == [second[1]] * 2
    assert scene.conflicts() == [('parent', fourth[1], None, 'conflict')]


@easier("what refers to what becomes another refers to that",
    (writing.Writing, 'releases', lambda *_: False))
def test_parent_that_becomes_what_is_below_it():
    "Test that a record below one that turns out to be itself does not wait"
    scene = Scene(1, tier=True)
    set_tree(True)
    middle, two = scene.satellites
    three = scene.join(middle)
    thing = two.create('thing', name='thing')
    two.synchronise()
    two.write(thing, key='k')
    middle.give(three.number, thing)
    middle.synchronise()
    scene.centre.take_from(middle.number, thing)
    three.synchronise()
    parent = three.create('thing', name='parent', key='k')
    three.write(thing, key='other')
    three.write(thing, parent=parent)
    two.create('visit', thing=thing)
    scene.level()
    assert {site.count('thing') for site in scene.sites} == {1}
    assert scene.values(thing, 'parent') == [None] * 4
