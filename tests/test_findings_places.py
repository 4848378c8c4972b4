# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Who gets what happens at a place, or to somebody."
from trytond.modules.synchronisation import closure, intake

from .memory.reading import easier
from .memory.scene import Scene

_has = intake.Application.has


def happens_elsewhere(store, state, since):
    name = store.models[state.model].sync_place
    return bool(name) and state.version_of(name) >= since


@easier("only what happens at a place is about somebody",
    (closure, '_is_news', happens_elsewhere))
def test_line_of_what_was_only_referred_to():
    "Test that who writes of somebody gets all that is known of him"
    scene = Scene(1)
    one, = scene.satellites
    other = scene.centre.create('thing', name='other')
    line = scene.centre.create('line', thing=other, name='alert')
    thing = scene.share(parent=other)
    assert one.has(other) and not one.has(line)
    own = one.create('line', thing=other)
    scene.level()
    assert one.has(line) and scene.centre.has(own)
    # So does who wrote of another, once it is about this one
    third = scene.centre.create('thing', name='third')
    last = scene.centre.create('line', thing=third, name='alert')
    scene.centre.write(own, thing=third)
    scene.level()
    assert one.has(thing) and one.has(last)


@easier("a place brings all that happens there, and takes all of it",
    (closure, '_happening_elsewhere', lambda *_: []))
def test_withdrawal_of_one_of_two_places():
    "Test that who comes to the other one as well stays, with all of that"
    scene = Scene(1)
    one, = scene.satellites
    places = [scene.centre.create('offer', key=key) for key in 'ab']
    both, first = [
        scene.centre.create('thing', key=key) for key in ['both', 'first']]
    for thing, at in [(both, 0), (both, 1), (first, 0)]:
        scene.centre.create('visit', thing=thing, place=places[at])
    for place in places:
        scene.centre.give(one.number, place)
    one.pull()
    assert one.count('visit') == 3
    scene.centre.take_from(one.number, places[0])
    scene.level()
    assert one.has(both) and not one.has(first)
    assert one.count('visit') == 2


def has_what_it_dropped(self, entry, state):
    return self.pushed(state) or _has(self, entry, state)


@easier("who made a record once has it for ever",
    (intake.Application, 'has', has_what_it_dropped))
def test_key_of_what_was_withdrawn():
    "Test that it is the same if its maker makes it again"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', key='key', name='first')
    scene.level()
    scene.centre.take_from(one.number, thing)
    one.pull()
    assert not one.has(thing)
    one.create('thing', key='key')
    scene.level()
    assert scene.values(thing, 'key') == ['key'] * 2
    assert scene.centre.count('thing') == 1


def test_visit_that_is_edited_before_it_is_folded():
    "Test that who is at the place gets what was saved twice at once"
    scene = Scene(1)
    one, = scene.satellites
    place = scene.centre.create('offer', key='a')
    thing = scene.centre.create('thing', key='thing')
    scene.centre.give(one.number, place)
    one.pull()
    with scene.centre.unit() as unit:
        made = unit.create('visit', thing=thing, place=place)
    with scene.centre.unit() as unit:
        unit.work.write('visit', made[1], {'name': 'later'})
    visit = scene.centre.key(made)
    one.synchronise()
    assert one.has(thing) and one.has(visit)


def test_line_that_is_edited_before_it_is_folded():
    "Test the same of what is given to somebody else"
    scene = Scene(1)
    one, = scene.satellites
    other = scene.centre.create('thing', name='other')
    line = scene.centre.create('line', thing=other, name='alert')
    thing = scene.share(parent=other)
    own = one.create('line', thing=thing)
    scene.level()
    scene.centre.write(own, thing=other)
    scene.centre.write(own, name='later')
    scene.level()
    assert one.has(own) and one.has(other) and one.has(line)
