# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is urgent goes before what is older, if not all goes at once."
import pytest

from trytond.modules.synchronisation import wire
from trytond.modules.synchronisation.pending import Tried

from .memory.model import set_urgent
from .memory.scene import Scene

BATCH = 4


def begin(*urgent):
    "Return a Scene of one satellite that sends little at once, and the two."
    scene = Scene(1)
    set_urgent(*urgent)
    one, = scene.satellites
    one.settings.batch = BATCH
    return scene, scene.centre, one


def pushed(message):
    "Return the keys of what a Message pushes."
    return {(model, row[0])
        for model, _, _, rows in wire.loads(message.text)['entries']
        for row in rows}


def messages(site):
    "Push all there is and return the keys in each message."
    tried, found = Tried(), []
    while (message := site.build_push(tried)).work:
        tried.update((e.key, e.number) for e in message.work)
        site.exchange(message)
        found.append(pushed(message))
    return found


def test_backlog():
    "Test that what is urgent goes first, with what was saved with it"
    scene, centre, one = begin('visit')
    offers = [one.create('offer', key=f'k{i}') for i in range(2 * BATCH)]
    with one.unit() as unit:
        made = unit.create('thing', name='name')
        visit = unit.create('visit', thing=made[1])
    thing, visit = one.key(made), one.key(visit)
    first, *others = messages(one)
    assert first == {thing, visit}
    assert set().union(*others) == set(offers)
    scene.level()


def test_parent():
    "Test that what is urgent brings what it refers to"
    scene, centre, one = begin('visit')
    thing = one.create('thing', name='name')
    for i in range(2 * BATCH):
        one.create('offer', key=f'k{i}')
    visit = one.create('visit', thing=thing)
    assert messages(one)[0] == {thing, visit}
    scene.level()


def test_little():
    "Test that all goes in the order in which it was saved if it is little"
    scene, centre, one = begin('thing')
    offer = one.create('offer', key='k')
    thing = one.create('thing', name='name')
    assert messages(one) == [{offer, thing}]


def test_deletion():
    "Test that nothing urgent overtakes a deletion that it may need"
    scene, centre, one = begin('thing')
    thing = one.create('thing', name='first', key='k')
    line = one.create('line', thing=thing)
    scene.level()
    offers = [one.create('offer', key=f'k{i}') for i in range(2 * BATCH)]
    urgent = one.create('thing', name='urgent')
    one.delete(line)
    one.delete(thing)
    again = one.create('thing', name='again', key='k')
    first, *others = messages(one)
    assert first == {urgent}
    assert set().union(*others) == {*offers, line, thing, again}
    scene.level()
    assert scene.values(again, 'key') == ['k', 'k']
    assert not centre.has(thing) and not centre.has(line)
    assert scene.conflicts() == []


def test_what_comes_meanwhile():
    "Test that what is saved while a push goes on holds up nothing older"
    scene, centre, one = begin('thing')
    offers = {one.create('offer', key=f'k{i}') for i in range(2 * BATCH)}
    one.create('thing', name='before')
    tried, sent = Tried(), set()
    for count in range(4):
        message = one.build_push(tried)
        tried.update((e.key, e.number) for e in message.work)
        one.exchange(message)
        sent |= pushed(message)
        for i in range(2 * BATCH):
            one.create('thing', name='meanwhile')
    assert offers <= sent


def test_lost_row():
    "Test that what lost its row past the engine holds up nothing"
    scene, centre, one = begin('thing')
    offers = {one.create('offer', key=f'k{i}') for i in range(2 * BATCH)}
    thing = one.create('thing', name='lost')
    del one.store.tables['thing'][one.local(thing)]
    assert set().union(*messages(one)) == offers


@pytest.mark.parametrize('model, filler', [
        ('visit', 'offer'), ('offer', 'thing')])
def test_deletion_saved_with_something_urgent(model, filler):
    """Test that a deletion which goes along does not overtake what it needs

    It may be of what something urgent refers to, or of anything.
    """
    scene, centre, one = begin(model)
    thing, other = [one.create('thing', name=name) for name in 'ab']
    values = {'thing': other} if model == 'visit' else {'key': 'o'}
    urgent = one.create(model, **values)
    line = one.create('line', thing=thing)
    scene.level()
    for i in range(2 * BATCH):
        one.create(filler, key=f'k{i}')
    one.delete(line)
    with one.unit() as unit:
        unit.write(urgent, name='second')
        unit.delete(thing)
    scene.level(4)
    assert scene.values(thing) == scene.values(line) == [None] * 2
    assert scene.conflicts() == []


@pytest.mark.parametrize('free', [
        lambda site, thing: site.delete(thing),
        lambda site, thing: site.write(thing, key='right')])
def test_key_of_what_something_urgent_needs(free):
    "Test that what goes along gets the key that somebody gives up"
    scene, centre, one = begin('visit')
    former = scene.share(key='k')
    for i in range(2 * BATCH):
        one.create('offer', key=f'k{i}')
    free(one, former)
    thing = one.create('thing', key='k')
    one.create('visit', thing=thing)
    scene.level()
    assert scene.values(thing, 'key') == ['k'] * 2
    assert scene.conflicts() == []
