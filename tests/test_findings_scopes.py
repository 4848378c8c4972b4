# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Records that leave the scope of an instance, which is no deletion."
from .memory.reading import fault
from .memory.scene import KNOWN, Scene


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


@fault("an answer that comes late is taken")
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
