# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Edits meet: who had seen what, and what is kept."
import uuid
from unittest.mock import patch

from trytond.modules.synchronisation import conflict, desk, merge, protocol

from .memory import network, store
from .memory.mutants import without_fold
from .memory.reading import easier, fault
from .memory.scene import KNOWN, Scene, documents, entries

_apply = network.Node.apply
_answer = network.Node.answer
_hear = conflict.hear
_dirty = protocol.State.dirty
_members = store.Records.members


def apply_without_fold(self, message, text):
    with patch.object(network.Node, 'fold', without_fold):
        return _apply(self, message, text)


def answer_without_fold(self, method, text):
    with patch.object(network.Node, 'fold', without_fold):
        return _answer(self, method, text)


def one_base(self, name):
    return max(self.up, *self.ups.values(), *self.base.values())


def hear_anew(rows, authors):
    return [{**row, 'name': str(uuid.uuid4())}
        for row in _hear(rows, authors)]


def dirty_last(self, names):
    return [name for name in _dirty(self, names)
        if self.full or self.place_of(name) == self.position]


def members_with_own(self, instance, after, link, limit):
    return _members(self, instance, after, None, limit)


@fault("what the sender itself brought counts as another's")
def test_later_edit_after_a_lost_answer():
    "Test that nobody is in conflict with what he wrote himself"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    one.write(thing, name='second')
    one.push_in_vain()
    one.write(thing, name='third')
    scene.level()
    assert scene.values(thing) == ['third'] * 3
    assert scene.conflicts() == []


@fault("a repeated change is taken again")
def test_message_that_comes_again_after_a_later_edit():
    "Test that a late copy of a message reverts nobody's edit"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(other='first')
    one.write(thing, other='by one')
    message = one.push_in_vain()
    two.pull()
    two.write(thing, other='by two')
    two.push()
    # The policy of the field lets the last one win who did not know
    one.arrive(message)
    assert scene.centre.value(thing, 'other') == 'by two'
    scene.level()
    assert scene.values(thing, 'other') == ['by two'] * 3
    assert scene.conflicts() == []


@easier("only what changed last is sent",
    (protocol.State, 'dirty', dirty_last))
def test_edit_before_the_one_that_is_sent():
    "Test that a message has all that the hub has not acknowledged"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first', other='first')
    one.write(thing, name='second')
    # It never arrives
    one.build_push()
    one.write(thing, other='second')
    scene.level()
    assert scene.values(thing) == ['second'] * 2
    assert scene.values(thing, 'other') == ['second'] * 2


@fault("the base moves under a field that is still to be pushed")
def test_edit_that_was_pulled_over():
    "Test that a pull does not make an edit one of who saw what it brought"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    one.write(thing, name='by one')
    scene.centre.write(thing, name='by the centre')
    one.pull()
    assert one.value(thing) == 'by one'
    scene.level()
    assert scene.values(thing) == ['by the centre'] * 3
    assert scene.conflicts() == [
        ('name', 'by one', 'by the centre', 'conflict')]


@easier("a record has one base for all its fields",
    (protocol.State, 'base_of', one_base))
def test_base_of_each_field():
    "Test that who has seen one field has not seen the others"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', grave='first')
    one.write(thing, name='by one')
    scene.centre.write(thing, name='by the centre')
    scene.centre.write(thing, grave='second')
    one.pull()
    scene.level()
    assert scene.values(thing) == ['by the centre'] * 3
    assert scene.conflicts() == [
        ('name', 'by one', 'by the centre', 'conflict')]


@easier("an answer is applied over what was not folded",
    (network.Node, 'apply', apply_without_fold))
def test_edit_while_an_answer_arrives():
    "Test that what was saved a moment before an answer came is kept"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    scene.centre.write(thing, name='by the centre')
    message = one.ask()
    answer = one.arrive(message)
    one.write(thing, name='by one')
    one.apply(message, answer)
    assert one.value(thing) == 'by one'
    scene.level()
    assert scene.conflicts() == [
        ('name', 'by one', 'by the centre', 'conflict')]


@easier("a value is told that has no version yet",
    (network.Node, 'answer', answer_without_fold))
def test_edit_while_a_message_arrives():
    "Test that a value which the hub tells is known to whoever edits it"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.centre.create('thing', name='first', key='a')
    one.fetch('a')
    scene.centre.write(thing, name='second')
    one.pull()
    assert one.value(thing) == 'second'
    scene.centre.number_changes()
    one.write(thing, name='third')
    scene.level()
    assert scene.centre.value(thing) == one.value(thing) == 'third'
    assert scene.centre.conflicts() == []


@easier("the hub always wins", (
        merge, 'policy', lambda Model, name: merge.HUB))
def test_policy_of_each_field():
    "Test that who wins is what the model says of the field"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='', other='', grave='')
    for site in [one, two]:
        site.write(thing, **dict.fromkeys(
                ['name', 'other', 'grave'], f'of {site.number}'))
    scene.level()
    assert scene.values(thing, 'name') == ['of 1'] * 3
    assert scene.values(thing, 'other') == ['of 2'] * 3
    assert scene.values(thing, 'grave') == ['of 1'] * 3
    assert scene.conflicts() == [
        ('grave', 'of 2', 'of 1', 'review'),
        ('name', 'of 2', 'of 1', 'conflict'),
        ('other', 'of 1', 'of 2', 'conflict')]


@easier("each instance names a conflict by itself",
    (conflict, 'hear', hear_anew))
def test_conflict_told_twice():
    "Test that a conflict which is told again is the same one"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='')
    for site in [middle, below]:
        site.write(thing, name=f'of {site.number}')
    below.push()
    middle.push_in_vain()
    middle.exchange(middle.build_push())
    assert len(scene.centre.conflicts()) == 1
    scene.level()
    assert scene.conflicts() == [('name', 'of 2', 'of 1', 'conflict')]


@easier("whoever brought a value is told it like the others",
    (store.Records, 'members', members_with_own))
def test_nothing_comes_back():
    "Test that nobody is told what he brought himself"
    scene = Scene(1)
    one, = scene.satellites
    for number in range(3):
        one.create('thing', name=f'{number}')
    one.push()
    assert documents(one.arrive(one.ask(KNOWN))) == 0


@fault("a pull overwrites what was not pushed")
def test_edit_after_the_one_that_is_decided():
    "Test that a pull tells what is decided, and leaves what came after"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', other='first')
    one.write(thing, name='second')
    one.push_in_vain()
    one.write(thing, name='third')
    scene.centre.write(thing, other='by the centre')
    one.pull()
    assert one.value(thing) == 'third'
    assert one.value(thing, 'other') == 'by the centre'
    assert one.pending() == {thing}
    scene.level()
    assert scene.values(thing) == ['third'] * 3
    assert scene.conflicts() == []


def test_pull_acknowledges_a_push():
    "Test that what a pull shows to be taken is not pushed again"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first', other='first')
    one.write(thing, name='second')
    one.push_in_vain()
    scene.centre.write(thing, other='by the centre')
    one.pull()
    assert one.pending() == set()
    assert entries(one.build_push()) == 0


def new_cases(self, conflicts, documents):
    "An answer has the conflicts that came up with it."
    return list(self.store.conflicts.load(
            [row['name'] for row in conflicts]).values())


@easier("an answer tells only of new conflicts", (desk.Desk, 'cases',
        new_cases))
def test_conflict_with_the_answer_to_a_repeated_push():
    "Test that who drops a value has the conflict, whichever answer comes"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.centre.create('thing', name='of the centre', key='k')
    one.create('thing', name='of one', key='k')
    message = one.push_in_vain()
    one.apply(message, one.arrive(message))
    assert one.value(thing) == 'of the centre'
    assert ('name', 'of one', 'of the centre', 'conflict') in one.conflicts()
    scene.level()


def is_nothing(state, name, current):
    return current.get(name) is None


@easier("an empty field was never anything else",
    (merge, 'is_blank', is_nothing))
def test_edit_of_what_was_cleared():
    "Test that who did not see that a field was cleared is in conflict"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='first')
    one.push_in_vain()
    scene.centre.write(thing, name=None)
    one.write(thing, name='second')
    scene.level()
    assert scene.conflicts() == [('name', 'second', None, 'conflict')]


def is_blank_here(state, name, current):
    return (current.get(name) is None
        and state.version_of(name) == state.version)


@easier("what a middle tier got empty was never anything else",
    (merge, 'is_blank', is_blank_here))
def test_edit_of_what_was_cleared_above_a_middle_tier():
    "Test that who did not see that a field was cleared is in conflict"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.centre.create('thing', key='k', name='first')
    scene.centre.write(thing, name=None)
    middle.fetch('k')
    middle.pull()
    below.create('thing', key='k', name='second')
    scene.level()
    assert scene.values(thing) == [None] * 3
    assert scene.conflicts() == [('name', 'second', None, 'conflict')]
