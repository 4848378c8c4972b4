# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What users of replication suffer from elsewhere, tried here in memory."
import pytest

from trytond.modules.synchronisation import patience, reception

from .memory.model import MODELS
from .memory.reading import easier
from .memory.scene import KNOWN, OFFERED, Scene, documents, entries

DECADE = 10 * 365 * 24 * 60 * 60
LEAVE_OUT = (
    reception.Reception, 'refuse', lambda self, group, code, sentence: None)


def push_one(site, tried=()):
    "Build a push of one unit that is not among tried; note it there."
    site.settings.batch = 1
    message = site.build_push(set(tried))
    site.settings.batch = 50
    return message, [(e.key, e.number) for e in message.work]


def test_failed_push_is_tried_again_without_another_edit():
    "Test that what did not arrive goes with the next run by itself"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    one.write(thing, name='second')
    for _ in range(3):
        # Nobody gets it
        one.build_push()
    one.synchronise()
    assert scene.values(thing) == ['second'] * 2


@easier("what cannot be applied is left out", LEAVE_OUT)
def test_one_bad_record_holds_up_nothing_else():
    "Test that all but the bad record arrive at once, and it says why"
    scene = Scene(1)
    one, = scene.satellites
    with scene.centre.unit() as unit:
        unit.create('offer', key='bad')
    for number in range(9):
        scene.centre.create('offer', key=f'{number}')
    one.create('offer', key='bad')
    one.pull()
    assert one.count('offer') == 10
    assert list(one.waiting().values()) == ['unique']
    scene.level()


def test_child_that_arrives_before_its_parent_is_not_lost():
    "Test that a child waits for its parent, at the hub, and not for ever"
    scene = Scene(1)
    one, = scene.satellites
    parent = one.create('thing', name='parent')
    child = one.create('line', name='child', thing=parent)
    first, tried = push_one(one)
    second, _ = push_one(one, tried)
    one.apply(second, one.arrive(second))
    assert one.waiting('hub') == scene.centre.waiting() == {child: 'missing'}
    one.apply(first, one.arrive(first))
    one.push()
    assert scene.centre.waiting() == {}
    assert scene.centre.value(child, 'thing') == parent[1]


def test_record_that_refers_to_itself_arrives():
    "Test that neither a self reference nor a circle has to be avoided"
    scene = Scene(1)
    one, = scene.satellites
    with one.unit() as unit:
        own = unit.create('thing', name='own')
        unit.write(own, parent=own)
        first = unit.create('thing', name='first')
        second = unit.create('thing', name='second', parent=first)
        unit.write(first, parent=second)
    own, first, second = map(one.key, [own, first, second])
    scene.level()
    assert scene.values(own, 'parent') == [own[1]] * 2
    assert scene.values(first, 'parent') == [second[1]] * 2


def test_interrupted_pull_goes_on_where_it_was():
    "Test that a cut costs a page and not all that came before"
    scene = Scene(1)
    one, = scene.satellites
    for number in range(20):
        scene.centre.create('offer', key=f'{number}')
    one.settings.batch = 5
    lanes = [KNOWN, OFFERED]
    for _ in range(2):
        lanes = one.exchange(one.ask(*lanes))
    one.arrive(one.ask(*lanes))
    came = one.count('offer')
    assert came == 10
    answer = one.arrive(one.ask())
    assert documents(answer) == 5
    one.pull()
    assert one.count('offer') == 20


def test_interrupted_attempts_leave_nothing_behind():
    "Test that neither side grows by attempts that were cut"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    one.write(thing, name='second')
    one.create('thing', name='new')
    one.push_in_vain()

    def sizes():
        return [{name: len(table) for name, table in site.store.tables.items()}
            for site in scene.sites]
    before = sizes()
    for _ in range(10):
        one.push_in_vain()
        one.arrive(one.ask())
    assert sizes() == before


def test_same_data_are_not_sent_again_and_again():
    "Test that a run after the last one sends and gets no record"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    for site in [one, two]:
        site.write(thing, name=f'of {site.number}')
        site.create('thing', name='new')
        site.create('offer', key=f'{site.number}')
    scene.level()
    for site in scene.satellites:
        assert entries(site.build_push()) == 0
        assert documents(site.arrive(site.ask())) == 0


def test_record_with_many_revisions_is_sent_once():
    "Test that what was edited a thousand times is one record on the line"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    for number in range(1000):
        scene.centre.write(thing, name=f'{number}')
    message = one.ask(KNOWN)
    answer = one.arrive(message)
    assert documents(answer) == 1
    one.apply(message, answer)
    assert one.value(thing) == '999'


def test_many_deleted_records_cost_nothing():
    "Test that nobody is told of deletions of what he never had"
    scene = Scene(1)
    one, = scene.satellites
    for number in range(100):
        scene.centre.delete(scene.centre.create('thing', name=f'{number}'))
    assert documents(one.arrive(one.ask())) == 0


@pytest.mark.parametrize('years', [-1, 1])
def test_clock_that_is_ten_years_off_wins_nothing(years):
    "Test that what is kept is the same whatever the clocks say"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', other='first')
    one.store.seconds = years * DECADE
    one.write(thing, name='by one')
    two.write(thing, name='by two')
    one.push()
    two.push()
    # It goes back while it runs
    one.pull()
    one.store.seconds = -years * DECADE
    one.write(thing, other='by one')
    scene.level()
    assert scene.values(thing) == ['by one'] * 3
    assert scene.values(thing, 'other') == ['by one'] * 3
    assert scene.conflicts() == [('name', 'by two', 'by one', 'conflict')]


@pytest.mark.parametrize('order', [(0, 1), (1, 0)])
def test_edits_of_different_fields_stay_whoever_is_first(order):
    "Test that the result does not depend on who synchronises first"
    scene = Scene()
    thing = scene.share(name='first', other='first')
    for site, name in zip(scene.satellites, ['name', 'other']):
        site.write(thing, **{name: 'second'})
    for number in order:
        scene.satellites[number].synchronise()
    scene.level()
    assert scene.values(thing) == scene.values(thing, 'other') == (
        ['second'] * 3)
    assert scene.conflicts() == []


@pytest.mark.parametrize('order', [(0, 1), (1, 0)])
def test_loser_is_seen_whoever_is_first(order):
    "Test that both values are known everywhere, whichever is kept"
    scene = Scene()
    thing = scene.share(name='first')
    for site in scene.satellites:
        site.write(thing, name=f'of {site.number}')
    for number in order:
        scene.satellites[number].synchronise()
    scene.level()
    (field, *values, why), = scene.conflicts()
    assert sorted(values) == ['of 1', 'of 2']
    assert scene.values(thing) == [values[1]] * 3


@pytest.mark.parametrize('order', [(2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_offline_chain_that_arrives_out_of_order(order):
    "Test that the last of several edits stays, however they arrive"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='')
    messages = []
    for number in range(3):
        one.write(thing, name=f'{number}')
        messages.append(one.build_push())
    for number in order:
        one.arrive(messages[number])
    assert scene.centre.value(thing) == '2'
    scene.level()
    assert scene.values(thing) == ['2'] * 2
    assert scene.conflicts() == []


def test_deleted_record_does_not_come_back_with_who_was_away():
    "Test that who slept through a deletion does not undo it"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    line = scene.centre.create('line', thing=thing)
    scene.level()
    with two.unit() as unit:
        unit.delete(line)
        unit.delete(thing)
    for number in range(20):
        two.create('offer', key=f'{number}')
        two.synchronise()
    one.create('thing', name='new')
    scene.level()
    assert not any(site.has(thing) or site.has(line) for site in scene.sites)


@easier("what cannot be applied is left out", LEAVE_OUT)
def test_satellite_that_lacks_a_model_loses_nothing():
    "Test that what a site cannot hold yet waits there, and the rest goes on"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    one.store.models = {
        name: Model for name, Model in MODELS.items() if name != 'line'}
    line = scene.centre.create('line', name='line', thing=thing)
    scene.centre.write(thing, name='second')
    one.pull()
    assert one.value(thing) == 'second'
    assert one.waiting() == {line: 'model'}
    one.store.models = MODELS
    # An update tries it at once
    one.synchronise(patience.LAST)
    assert one.value(line) == 'line'
    scene.level()


def test_lost_answers_end_with_the_first_that_arrives():
    "Test that an answer which was lost makes no endless repetition"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    one.write(thing, name='second')
    new = one.create('thing', name='new')
    for _ in range(5):
        one.push_in_vain()
    one.exchange(one.build_push())
    assert entries(one.build_push()) == 0
    assert scene.centre.value(new) == 'new'
    assert scene.centre.count('thing') == 2


def test_satellite_that_joins_while_others_write_lacks_nothing():
    "Test that a site which joins under load gets the old and the new"
    scene = Scene(1)
    one, = scene.satellites
    made = []
    for number in range(10):
        made.append(one.create('offer', key=f'before {number}'))
    one.push()
    late = scene.join()
    late.settings.batch = 2
    lanes = [KNOWN, OFFERED]
    for number in range(10):
        lanes = late.exchange(late.ask(*lanes)) or [KNOWN, OFFERED]
        one.write(made[number], name='edited')
        made.append(one.create('offer', key=f'while {number}'))
        one.push()
    late.pull()
    assert all(map(late.has, made))
    assert [late.value(offer) for offer in made[:10]] == ['edited'] * 10
