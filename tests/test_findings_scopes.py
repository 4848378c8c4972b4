# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Records that leave the scope of an instance, which is no deletion."
from trytond.modules.synchronisation import adoption, caller, wire
from trytond.modules.synchronisation.intake import Application
from trytond.modules.synchronisation.protocol import first_position

from .memory.reading import easier, fault
from .memory.scene import KNOWN, Scene

_documents = caller.Caller.documents


@fault("a deletion takes what was not pushed with it")
def test_edit_of_what_leaves():
    "Test that a record does not leave before its edits are decided on"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    one.write(thing, name='by one')
    scene.centre.take_from(one.number, thing)
    one.pull()
    assert one.value(thing) == 'by one'
    assert one.waiting() == {thing: 'unsent'}
    scene.level()
    assert scene.values(thing) == ['by one', None, 'by one']
    assert scene.conflicts() == []


def test_child_of_what_leaves():
    "Test that a record does not leave before a new child is sent"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    line = one.create('line', name='line', thing=thing)
    scene.centre.take_from(one.number, thing)
    one.pull()
    assert one.has(thing) and one.has(line)
    scene.level()
    assert scene.centre.value(line, 'thing') == thing[1]


def test_deletion_of_what_left():
    "Test that a deletion of what left meanwhile is decided on, too"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    scene.centre.take_from(one.number, thing)
    one.delete(thing)
    scene.level()
    assert one.pending() == set()
    assert not any(site.has(thing) for site in scene.sites)


@easier("what leaves the scope is gone, and so is its deletion",
    (adoption.Adoption, 'is_undecided', lambda self, document, state: False))
def test_deletion_of_what_left_before_the_hub_decided():
    "Test that a deletion is not lost, though the record leaves first"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    scene.centre.take_from(one.number, thing)
    one.delete(thing)
    one.pull()
    assert one.pending() == {thing}
    scene.level()
    assert one.pending() == set() and one.waiting() == {}
    assert not any(site.has(thing) for site in scene.sites)


def test_answer_from_before_it_left():
    "Test that a late answer does not bring back what left"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.centre.create('thing', name='first', key='a')
    one.fetch('a')
    late = one.ask(KNOWN)
    answer = one.arrive(late)
    one.pull()
    scene.centre.take_from(one.number, thing)
    one.pull()
    assert not one.has(thing)
    one.apply(late, answer)
    assert not one.has(thing)


def test_answer_to_a_push_from_before_it_left():
    "Test that the answer to a message that comes again brings nothing back"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='first')
    late = one.build_push()
    one.synchronise()
    scene.centre.take_from(one.number, thing)
    one.pull()
    scene.centre.write(thing, name='second')
    one.apply(late, one.arrive(late))
    assert not one.has(thing)
    scene.level()


def test_message_that_comes_again_after_it_left():
    "Test that who is told of a record that left is told that it left, too"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='first')
    message = one.push_in_vain()
    scene.centre.take_from(one.number, thing)
    asked = one.ask(KNOWN)
    late = one.arrive(asked)
    scene.centre.write(thing, name='second')
    one.apply(message, one.arrive(message))
    one.apply(asked, late)
    one.pull()
    assert not one.has(thing)
    scene.level()


def learn_again(self, time, reply):
    found = _documents(self, time, reply)
    for document in found[0]:
        if 'base' in reply:
            base = reply['base'] + first_position(reply['hub'])
            document.place = max(document.place, base)
    return found


@easier("what comes again is there from then on",
    (caller.Caller, 'documents', learn_again))
def test_message_that_comes_again_beside_what_is_refused():
    "Test that what was taken before it left the scope leaves it all the same"
    scene = Scene(1)
    one, = scene.satellites
    with one.unit() as unit:
        made = unit.create('thing', key='a')
        visit = unit.create('visit', thing=made[1])
    thing, visit = one.key(made), one.key(visit)
    one.push_in_vain()
    scene.centre.store.rule = 1
    one.write(thing, name='v1')
    scene.centre.take_from(one.number, thing)
    one.push()
    assert one.waiting('hub') == {thing: 'constraint'}
    one.pull()
    assert one.has(thing) and not one.has(visit)
    scene.centre.store.rule = None
    scene.level()
    assert scene.centre.value(thing) == 'v1'
    assert not one.has(thing)


def test_refused_deletion_of_what_is_there_for_others():
    "Test that what was there for a reference brings nothing with it later"
    scene = Scene(1)
    one, = scene.satellites
    parent = scene.centre.create('thing', name='parent')
    thing = scene.centre.create('thing', key='a', parent=parent)
    one.fetch('a')
    one.pull()
    one.delete(thing)
    one.delete(parent)
    scene.centre.write(parent, name='second')
    scene.level()
    assert one.value(parent) == 'second'
    line = scene.centre.create('line', name='line', thing=parent)
    scene.level()
    assert not one.has(line)


def test_record_that_returns():
    "Test that what left comes back as it is, when it is asked for"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first', key='a')
    scene.centre.take_from(one.number, thing)
    one.pull()
    scene.centre.write(thing, name='second')
    one.pull()
    assert not one.has(thing)
    one.fetch('a')
    one.pull()
    assert one.value(thing) == 'second'
    one.write(thing, name='third')
    scene.level()
    assert scene.values(thing) == ['third'] * 2
    assert scene.conflicts() == []


def test_record_that_returns_to_a_middle_tier():
    "Test that a middle tier whose satellites had a record can get it again"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first', key='a')
    scene.centre.take_from(middle.number, thing)
    scene.level()
    assert scene.values(thing) == ['first', None, None]
    scene.centre.write(thing, name='second')
    middle.fetch('a')
    middle.pull()
    below.fetch('a')
    scene.level()
    assert scene.values(thing) == ['second'] * 3


def test_hub_that_lost_what_left_a_middle_tier():
    "Test that what only left is not deleted when a hub is restored"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first', key='a')
    scene.centre.backup()
    scene.centre.take_from(middle.number, thing)
    scene.level()
    scene.centre.restore(True, 1)
    for site in [middle, below] * 2:
        site.synchronise()
    assert scene.centre.value(thing) == 'first'
    # The decision is lost, and the centre lets it have the record
    assert middle.value(thing) == 'first'


def test_hub_that_lost_a_withdrawal():
    "Test that a satellite has again what a restored hub lets it have"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first', key='a')
    scene.centre.backup()
    scene.centre.take_from(one.number, thing)
    scene.level()
    assert not one.has(thing)
    scene.centre.restore(True, 1)
    scene.level()
    assert scene.values(thing) == ['first'] * 2


def test_hub_that_lost_a_withdrawal_of_what_was_never_here():
    "Test that it is told, too, if it left before it ever came"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.centre.create('thing', name='first', key='a')
    one.fetch('a')
    scene.centre.backup()
    scene.centre.take_from(one.number, thing)
    one.pull()
    scene.centre.restore(True, 1)
    scene.level()
    assert scene.values(thing) == ['first'] * 2


def test_deletion_below_a_middle_tier_that_dropped_the_record():
    "Test that the centre hears of it"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first', key='a')
    scene.centre.take_from(middle.number, thing)
    middle.synchronise()
    below.delete(thing)
    scene.level()
    assert scene.values(thing) == [None] * 3


def test_edit_below_of_which_nothing_is_taken():
    "Test that a middle tier does not keep what came back for it"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first', key='a')
    middle.create('thing', name='another', key='b')
    scene.level()
    scene.centre.take_from(middle.number, thing)
    middle.synchronise()
    below.write(thing, key='b')
    scene.level()
    assert scene.values(thing) == ['first', None, None]
    assert ('key', 'b', 'a', 'key') in middle.conflicts()


def test_edit_below_that_brings_back_what_left():
    "Test that it comes whole, though nothing of the edit was new"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = below.create('thing', name='thing')
    line = below.create('line', name='line', thing=thing)
    below.push()
    middle.push()
    scene.centre.take_from(middle.number, thing)
    scene.centre.write(line, name='edited', count=1)
    middle.create('thing', name='child', parent=thing)
    below.write(line, count=0)
    middle.synchronise()
    assert not middle.has(line)
    scene.centre.give(middle.number, thing)
    middle.synchronise()
    scene.level()
    assert scene.values(line) == ['edited'] * 3


def test_edit_below_of_a_child_that_the_middle_tier_dropped():
    "Test that its parent, which came back for it, does not stay either"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first', key='a')
    line = scene.centre.create('line', name='first', thing=thing)
    scene.level()
    scene.centre.take_from(middle.number, thing)
    middle.synchronise()
    below.write(line, name='second')
    scene.level()
    assert scene.values(line) == ['second', None, None]
    assert scene.values(thing) == ['first', None, None]
    assert scene.conflicts() == []


def test_edit_below_of_a_child_whose_parent_went_before_the_answer():
    "Test the same if the middle tier does not know what the hub has of it"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = below.create('thing', name='first', key='a')
    line = below.create('line', name='first', thing=thing)
    below.push()
    middle.push_in_vain()
    scene.centre.take_from(middle.number, thing)
    middle.pull()
    assert not middle.has(thing)
    below.write(line, name='second')
    scene.level()
    assert scene.values(line) == ['second', None, None]
    assert scene.values(thing) == ['first', None, None]


def test_edit_below_of_a_child_that_moved_elsewhere():
    "Test that what the middle tier remembered of it brings nothing back"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first', key='a')
    line = scene.centre.create('line', name='first', thing=thing)
    scene.level()
    scene.centre.take_from(middle.number, thing)
    middle.synchronise()
    other = scene.centre.create('thing', name='other')
    scene.centre.write(line, thing=other)
    scene.centre.delete(thing)
    below.write(line, name='second')
    scene.level()
    assert scene.values(line) == ['second', None, None]
    assert scene.values(thing) == [None] * 3
    assert scene.centre.conflicts() == []


def test_edit_below_of_a_child_of_which_nothing_is_taken():
    "Test that the middle tier keeps neither the child nor its parent"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first', key='a')
    child = scene.centre.create('thing', name='child', key='b', parent=thing)
    for site in [middle, below]:
        site.fetch('b')
        site.pull()
    middle.create('thing', name='another', key='c')
    scene.level()
    scene.centre.take_from(middle.number, child)
    scene.centre.take_from(middle.number, thing)
    middle.synchronise()
    below.write(child, key='c')
    scene.level()
    assert scene.values(child) == ['child', None, None]
    assert scene.values(thing) == ['first', None, None]


def test_deletion_below_of_what_the_middle_tier_edited():
    "Test that the edit wins, though the middle tier has dropped the record"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first', key='a')
    below.delete(thing)
    middle.write(thing, name='second')
    scene.centre.take_from(middle.number, thing)
    middle.synchronise()
    scene.level()
    assert scene.values(thing) == ['second', None, None]


def test_identity_that_is_guessed():
    "Test that a hub that lost nothing believes nobody to have had a record"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.centre.create('thing', name='hidden')
    header = wire.loads(one.ask(KNOWN).text)
    scene.centre.answer('fetch', wire.dumps({
                **header, 'model': 'thing', 'keys': [],
                'identities': [thing[1]]}))
    scene.level()
    assert not one.has(thing)


@easier("who sent a record has it",
    (Application, 'leave_to_tell', lambda self, entry, state: None))
def test_record_entered_again_of_which_the_answer_was_lost():
    "Test that who edits it meanwhile hears that it is the one that left"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', key='k', name='first')
    one.synchronise()
    scene.centre.take_from(one.number, thing)
    one.synchronise()
    again = one.create('thing', key='k', name='again', other='again')
    one.push_in_vain()
    one.write(again, other='later')
    scene.level()
    assert scene.values(thing) == ['first'] * 2
    assert scene.values(thing, 'other') == ['later'] * 2
