# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Deletions meet edits, children and what is on its way."
import pytest

from trytond.modules.synchronisation import (
    application, children, deletion, former, grave, intake, merge, protocol)

from .memory.reading import easier, fault
from .memory.scene import Scene

_move = merge.move
_staying = children.staying
_unbury = intake.Application.unbury
_refuse_deletion = intake.Application.refuse_deletion


def stay_alone(store, states, first, mates, releases):
    "Without the rest of its unit."
    return _staying(store, states, first, {}, releases)


def renew(state):
    state.version, state.fields = state.position, {}


def unbury_anew(self, entry, state, values):
    _unbury(self, entry, state, values)
    renew(state)


def refuse_deletion_anew(self, entry, state):
    _refuse_deletion(self, entry, state)
    renew(state)


@fault("a deletion wins over an edit")
def test_deletion_of_what_was_edited_elsewhere():
    "Test that an edit which the deleter had not seen is kept"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    two.write(thing, name='by two')
    two.push()
    one.delete(thing)
    scene.level()
    assert scene.values(thing) == ['by two'] * 3
    assert scene.conflicts() == [(None, None, None, 'deletion')]


@easier("each record of a unit is deleted by itself",
    (children, 'staying', stay_alone))
def test_deletion_of_a_unit_of_which_a_part_was_edited():
    "Test that what was deleted together stays together"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.centre.create('thing', key='a')
    lines = [scene.centre.create('line', name='first', thing=thing)
        for _ in range(2)]
    for site in [one, two]:
        site.fetch('a')
        site.pull()
    two.write(lines[0], name='by two')
    two.push()
    one.delete(*lines, thing)
    scene.level()
    for site in scene.sites:
        assert site.has(thing)
        assert [site.value(line) for line in lines] == ['by two', 'first']


@easier("who deletes has seen all that he has read",
    (deletion, '_shown', lambda entry, name: entry.at))
def test_deletion_of_what_was_edited_here():
    "Test that who had an edit of his own on top has not seen the other's"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    one.write(thing, name='by one')
    scene.centre.write(thing, name='by the centre')
    one.pull()
    assert one.value(thing) == 'by one'
    one.delete(thing)
    scene.level()
    assert scene.values(thing) == ['by the centre'] * 3
    assert ('name', 'by one', 'by the centre', 'conflict') in (
        scene.conflicts())


def test_deletion_of_what_was_edited_before_the_answer():
    "Test that an edit is told that the deleter did not know to be unsent"
    scene = Scene()
    one, two = scene.satellites
    thing = one.create('thing', name='first', key='a')
    one.push_in_vain()
    two.fetch('a')
    two.pull()
    two.write(thing, other='by two')
    two.push()
    one.write(thing, name='second')
    one.delete(thing)
    scene.level()
    assert scene.values(thing) == ['second'] * 3
    assert scene.values(thing, 'other') == ['by two'] * 3
    assert scene.conflicts() == [(None, None, None, 'deletion')]


@pytest.mark.parametrize('lane', ['push', 'pull'])
def test_edit_and_deletion_of_what_was_deleted_elsewhere(lane):
    "Test that what comes back comes with its deleter's last edit everywhere"
    scene = Scene(1, tier=True)
    one, below = scene.satellites
    thing = scene.share(name='first')
    one.write(thing, name='second')
    one.delete(thing)
    scene.centre.delete(thing)
    line = below.create('line', name='line', thing=thing)
    getattr(one, lane)()
    one.synchronise()
    scene.level()
    assert scene.values(thing) == ['second'] * 3
    assert below.has(line)


def test_deletion_of_what_waits_at_the_hub():
    "Test that it does not wait for a value that the hub could not take"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='first')
    one.write(thing, name=1)
    one.push()
    assert one.waiting('hub') == {thing: 'value'}
    one.delete(thing)
    scene.level()
    assert scene.values(thing) == [None] * 2


@fault("a tombstone is forgotten")
def test_edit_of_what_was_deleted():
    "Test that a record comes back with what its editor had not seen"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', other='first')
    two.write(thing, other='by two')
    two.push()
    two.delete(thing)
    two.push()
    one.write(thing, name='by one')
    scene.level()
    assert scene.values(thing) == ['by one'] * 3
    assert scene.values(thing, 'other') == ['by two'] * 3
    assert scene.conflicts() == [(None, None, None, 'revived')]


@easier("what refers to something deleted has to wait",
    (grave, 'open_graves', lambda store, needs, present: {}))
def test_child_of_what_was_deleted():
    "Test that a new child brings its deleted parent back"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    scene.centre.delete(thing)
    child = one.create('line', name='child', thing=thing)
    one.push()
    assert one.waiting('hub') == {}
    scene.level()
    assert scene.values(thing) == ['first'] * 3
    assert scene.values(child) == ['child'] * 3


@fault("a deletion takes what was not pushed with it")
def test_deletion_that_arrives_over_an_edit():
    "Test that a deletion waits for what was not pushed"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    one.write(thing, name='by one')
    scene.centre.delete(thing)
    one.pull()
    assert one.value(thing) == 'by one'
    assert one.waiting() == {thing: 'unsent'}
    scene.level()
    assert scene.values(thing) == ['by one'] * 3


@easier("a record that comes back is as new",
    (intake.Application, 'unbury', unbury_anew))
def test_edit_on_its_way_while_a_record_comes_back():
    "Test that an edit does not clash with what is only back again"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', other='first')
    two.write(thing, other='by two')
    scene.centre.delete(thing)
    one.write(thing, name='by one')
    one.push()
    scene.level()
    assert scene.values(thing, 'other') == ['by two'] * 3
    assert scene.values(thing) == ['by one'] * 3
    assert {why for *_, why in scene.conflicts()} == {'revived'}


@easier("what has to be sent again has new values",
    (intake.Application, 'refuse_deletion', refuse_deletion_anew))
def test_edit_on_its_way_while_a_deletion_is_refused():
    "Test that an edit does not clash with what is only sent again"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', other='first')
    two.write(thing, other='by two')
    scene.centre.write(thing, name='by the centre')
    one.delete(thing)
    one.push()
    scene.level()
    assert scene.values(thing, 'other') == ['by two'] * 3
    assert {why for *_, why in scene.conflicts()} == {'deletion'}


def test_edit_and_deletion_below_of_what_was_deleted_here():
    "Test that what comes back is the same above and below"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    other = scene.join(middle)
    thing = scene.share(name='first')
    below.write(thing, name='second')
    middle.delete(thing)
    below.delete(thing)
    below.push()
    middle.push()
    line = other.create('line', name='line', thing=thing)
    scene.level()
    assert scene.values(thing) == ['second'] * 4
    assert scene.centre.has(line)


@easier("last values refer to whatever they referred to",
    (grave, 'clean', lambda store, states, told: former.rename(
            store, states)))
def test_last_values_refer_to_what_nobody_had():
    "Test that an edit is taken though its record referred to what is gone"
    scene = Scene(2)
    one, two = scene.satellites
    thing = scene.share(name='first')
    other = one.create('thing', name='other', parent=thing)
    one.write(thing, parent=other)
    one.delete(other, thing)
    one.push()
    two.write(thing, name='second')
    two.push()
    assert scene.centre.waiting() == {}
    scene.level()
    assert scene.values(thing) == ['second'] * 3
    assert scene.values(thing, 'parent') == [None] * 3


def fold_delete(state, names, position, pushes):
    "What the deleter wrote in the same transaction is only in the last row."
    for name in names:
        state.touch(name, position)
    protocol.bury(state, pushes)


@easier("what was written in the transaction that deletes was never written",
    (protocol, '_fold_delete', fold_delete))
def test_edit_and_deletion_in_one_transaction():
    "Test that a record that comes back has what its deleter wrote last"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', other='first')
    with one.unit() as unit:
        unit.write(thing, other='by one')
        unit.delete(thing)
    two.write(thing, name='by two')
    one.push()
    two.push()
    scene.level()
    assert scene.values(thing) == ['by two'] * 3
    assert scene.values(thing, 'other') == ['by one'] * 3


@easier("what comes again brings nothing back",
    (application.Application, 'find_wanted', lambda self: set()))
def test_parent_that_only_a_lost_life_deleted():
    "Test an edit of what was made and deleted before the hub had its parent"
    scene = Scene(1)
    one, = scene.satellites
    with one.unit() as unit:
        thing = unit.create('thing', name='first')
        line = unit.create('line', name='line', thing=thing)
    thing, line = one.key(thing), one.key(line)
    # It is lost on its way
    one.build_push()
    one.backup()
    one.delete(line, thing)
    one.push()
    one.restore(False)
    one.write(line, name='edited')
    scene.level()
    assert scene.values(line) == ['edited'] * 2
    assert scene.values(thing) == ['first'] * 2
    assert scene.centre.waiting() == {}


@easier("a deletion of what is deleted is taken, whatever else comes with it",
    (intake.Application, 'answer_deletions', lambda self: None))
def test_deletion_beside_an_edit_that_brings_it_back():
    "Test that who deletes what his edit of another needs gets it back"
    scene = Scene(1)
    one, = scene.satellites
    offer = scene.centre.create('offer', key='o', name='offer')
    thing = scene.share()
    visit = one.create('visit', thing=thing, name='first')
    scene.level()
    scene.centre.write(visit, place=offer)
    scene.centre.delete(visit, offer)
    with one.unit() as unit:
        unit.write(visit, name='edited')
        unit.delete(offer)
    scene.level()
    assert scene.values(visit) == ['edited'] * 2
    assert scene.values(visit, 'place') == [offer[1]] * 2
    assert scene.values(offer) == ['offer'] * 2


def move_unread(state, position, before, link, at):
    _move(state, position, before, link, before)


@easier("who deletes a record knows that it is deleted",
    (merge, 'move', move_unread))
def test_late_deletion_of_what_came_back():
    "Test that who was told that a record is back is told that it is gone"
    scene = Scene(3)
    one, two, three = scene.satellites
    thing = scene.share(name='first')
    line = three.create('line', thing=thing)
    one.delete(thing)
    one.push()
    two.delete(thing)
    message = two.build_push()
    two.pull()
    # It comes back for the line
    three.push()
    scene.centre.delete(line)
    two.pull()
    assert two.has(thing)
    two.arrive(message)
    assert not scene.centre.has(thing)
    scene.level()
    assert scene.values(thing) == [None] * 4


@easier("what comes back needs all that it referred to",
    (intake.Application, 'lasting', intake.Application.grave_of))
def test_parent_that_an_edit_leaves():
    "Test that a deleted record stays dead if its child goes elsewhere"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', key='a')
    other = scene.share(name='other', key='b')
    line = one.create('line', thing=thing, name='line')
    scene.level()
    two.delete(line, thing)
    two.push()
    one.write(line, thing=other)
    scene.level()
    assert scene.values(thing) == [None] * 3
    assert scene.values(line, 'thing') == [other[1]] * 3


def may_come(self, key):
    return key not in self.gone


@easier("what was moved to a new record before both were deleted is there",
    (intake.Application, 'may_come', may_come))
def test_relation_that_was_moved_to_what_nobody_else_had():
    "Test that a relation comes back where it was before that"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    offer = scene.centre.create('offer', key='o')
    bond = scene.centre.create('bond', thing=thing, offer=offer, note='first')
    scene.level()
    new = one.create('thing', name='new')
    one.write(bond, thing=new)
    one.number_changes()
    # The deletions go in two messages
    one.settings.batch = 1
    for key in [bond, new]:
        one.delete(key)
        one.number_changes()
    one.push()
    two.write(bond, note='edited')
    scene.level()
    assert scene.values(bond, 'note') == ['edited'] * 3
    assert scene.values(bond, 'thing') == [thing[1]] * 3
    assert scene.values(new) == [None] * 3
