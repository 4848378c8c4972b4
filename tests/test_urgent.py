# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is urgent goes before what is older, if not all goes at once."
import pytest

from trytond.modules.synchronisation import wire
from trytond.modules.synchronisation.pending import Tried

from .memory.model import MODELS, set_urgent, without
from .memory.scene import KNOWN, OFFERED, Scene

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


# What is pulled


def told(answer):
    "Return the keys of what an answer tells."
    return [(model, row[0])
        for model, _, _, rows in wire.loads(answer)['documents']
        for row in rows]


def pages(site):
    "Pull all there is and return the keys in each answer."
    found, lanes = [], [KNOWN]
    while lanes:
        message = site.build_pull(lanes)
        answer = site.arrive(message)
        found.append(told(answer))
        lanes = site.apply(message, answer)
    return found


def backlog(lines=3 * BATCH):
    "Return a Scene with much for a satellite, the urgent last, and its keys."
    scene, centre, one = begin('thing')
    shared = scene.share()
    lines = [centre.create('line', thing=shared) for _ in range(lines)]
    centre.write(shared, name='urgent')
    return scene, one, shared, lines


def test_pull_of_a_backlog():
    "Test that what is urgent comes first, and once"
    scene, one, thing, lines = backlog()
    first, *others = pages(one)
    assert first == [thing]
    assert sorted(sum(others, [])) == sorted(lines)
    scene.level()


def test_pull_of_what_an_urgent_record_needs():
    "Test that it comes with it"
    scene, one, thing, lines = backlog()
    with scene.centre.unit() as unit:
        made = unit.create('thing', parent=thing, key='new')
        line = unit.create('line', thing=made[1])
    new, line = scene.centre.key(made), scene.centre.key(line)
    one.fetch('new')
    assert {thing, new, line} <= set(pages(one)[0])
    scene.level()


def test_pull_that_is_cut():
    "Test that what was told early is not told again by the next run"
    scene, one, thing, lines = backlog()
    one.exchange(one.build_pull([KNOWN]))
    assert one.value(thing) == 'urgent'
    assert sorted(sum(pages(one), [])) == sorted(lines)
    scene.level()


def test_pull_of_which_one_answer_is_lost():
    "Test that what was told early in an answer that is lost is told again"
    scene, one, thing, lines = backlog()
    message = one.build_pull([KNOWN])
    answer = one.arrive(message)
    ahead = one.build_next(message, answer)
    one.apply(ahead, one.arrive(ahead))
    assert thing in sum(pages(one), [])
    scene.level()
    assert scene.values(thing) == ['urgent'] * 2


def test_pull_of_what_is_edited_meanwhile():
    "Test that what was told early is told again if it changed since"
    scene, one, thing, lines = backlog()
    one.exchange(one.build_pull([KNOWN]))
    scene.centre.write(thing, name='later')
    assert thing in sum(pages(one), [])
    assert one.value(thing) == 'later'
    scene.level()


def test_pull_of_what_becomes_urgent_meanwhile():
    "Test that nothing is left out that was not told"
    scene, one, thing, lines = backlog()
    one.exchange(one.build_pull([KNOWN]))
    set_urgent('thing', 'line')
    assert sorted(set(sum(pages(one), [])) - {thing}) == sorted(lines)
    scene.level()


@pytest.mark.parametrize('early', [
        'x', '1.2', '1.2.3.4', 'zz.1.0', '-1.-1.0', 'f' * 99])
def test_wrong_early(early):
    "Test that what a hub has not written down leaves nothing out"
    scene, one, thing, lines = backlog()
    one.store.instances.note(one.store.instances.of_hub(), {'early': early})
    assert sorted(sum(pages(one), [])) == sorted([thing, *lines])
    scene.level()


@pytest.mark.parametrize('early', [1, ['x'], 'f' * 101])
def test_early_that_is_refused(early):
    "Test that anything else is refused by its code"
    scene, one, thing, lines = backlog()
    message = wire.loads(one.build_pull([KNOWN]).text)
    answer = wire.loads(scene.centre.answer(
            'pull', wire.dumps({**message, 'early': early})))
    assert answer['error'] == 'message'


def test_pull_of_what_is_granted_while_others_come_early():
    "Test that what is urgent beyond the end of what goes early comes, too"
    scene, centre, one = begin('thing')
    things = [scene.share(key=f'{i}') for i in range(BATCH + 1)]
    for _ in range(3 * BATCH):
        centre.create('line', thing=things[0])
    for thing in things:
        centre.write(thing, name='urgent')
    one.exchange(one.build_pull([KNOWN]))
    granted = [centre.create('thing', key=f'new{i}') for i in range(BATCH)]
    for key in granted:
        one.fetch(centre.value(key, 'key'))
    assert set(granted) <= set(sum(pages(one), []))
    scene.level()


def test_second_field_that_begins_to_travel():
    "Test that what is read again a second time is read from the beginning"
    scene, centre, one = begin('line')
    one.store.update(without(('line', 'name'), ('line', 'code')))
    thing = scene.share()
    line = centre.create('line', thing=thing, name='n', code='c')
    for i in range(3 * BATCH):
        scene.share(key=f'k{i}')
    one.synchronise()
    one.store.update(without(('line', 'code')))
    one.number_changes()
    one.exchange(one.ask())
    assert one.value(line) == 'n'
    one.store.update(MODELS)
    one.number_changes()
    one.synchronise()
    assert one.value(line, 'code') == 'c'


@pytest.mark.parametrize('model', ['offer', 'thing'])
def test_offers_between_the_pages(model):
    "Test that a pull goes on if offers are taken between its pages"
    scene, centre, one = begin('thing')
    things = [scene.share(key=f'{i}') for i in range(3 * BATCH)]
    for thing in things:
        centre.write(thing, name='urgent')
    line = centre.create('line', thing=things[0], name='first')
    for i in range(40):
        centre.create(model, key=f'o{i}')
        one.exchange(one.build_pull([OFFERED]))
        one.exchange(one.build_pull([KNOWN]))
    assert {one.value(thing) for thing in things} == {'urgent'}
    assert one.has(line)
