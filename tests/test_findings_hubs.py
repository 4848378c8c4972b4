# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Hubs that are restored from backups, and what they had said before."
from types import SimpleNamespace

from trytond.modules.synchronisation import desk, epoch, reception

from .memory.reading import NOT_TOLD_AGAIN, easier, fault
from .memory.scene import KNOWN, OFFERED, Scene, restore

_held = desk.Desk.held
_held_here = epoch.held
_offer, _offer_dead = epoch._offer, epoch._offer_dead


def offer_the_living(state, names, loss, time):
    return not state.dead and _offer(state, names, loss, time)


def begin_nothing(store, time, common, above=0, told=0):
    return 0


@easier("a restored hub goes on in the same life",
    (epoch, 'begin', begin_nothing))
def test_versions_of_a_hub_that_was_restored():
    "Test that a version of a lost life does not hide who wrote since"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    scene.centre.backup()
    scene.centre.write(thing, name='lost')
    one.pull()
    restore(scene.centre)
    two.pull()
    two.write(thing, name='by two')
    two.push()
    for number in range(9):
        scene.centre.create('offer', key=f'{number}')
    one.write(thing, name='by one')
    one.push()
    one.push()
    kept = {value for _, *values, _ in scene.centre.conflicts()
        for value in values} | {scene.centre.value(thing)}
    assert kept >= {'by one', 'by two'}


@fault("what a hub lost is not offered again")
def test_edit_that_a_hub_lost():
    "Test that a restored hub gets back what its satellites have"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    scene.centre.backup()
    one.write(thing, name='by one')
    new = one.create('thing', name='new')
    one.push()
    restore(scene.centre)
    assert scene.centre.value(thing) == 'first'
    scene.level()
    assert scene.values(thing) == ['by one'] * 3
    assert scene.centre.value(new) == 'new'


@easier("a tombstone is not offered again",
    (epoch, '_offer', offer_the_living))
def test_deletion_that_a_hub_lost():
    "Test that a restored hub does not bring back what was deleted"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    scene.centre.backup()
    one.delete(thing)
    one.push()
    two.pull()
    restore(scene.centre)
    assert scene.centre.has(thing)
    scene.level()
    assert not any(site.has(thing) for site in scene.sites)


def test_record_that_a_hub_moved_back_before_the_page():
    "Test that a page of the lost life does not hide what moved behind it"
    scene = Scene(1)
    one, = scene.satellites
    first, second = (
        scene.share(name=name, key=name) for name in ['first', 'second'])
    scene.centre.write(first, name='later')
    scene.centre.write(second, name='later')
    scene.centre.number_changes()
    scene.centre.backup()
    scene.centre.write(first, other='lost')
    one.settings.batch = 1
    message = one.ask(KNOWN)
    one.apply(message, one.arrive(message))
    assert [one.value(first), one.value(second)] == ['first', 'later']
    restore(scene.centre)
    one.pull()
    scene.level()
    assert scene.values(first) == ['later'] * 2


def test_offer_that_a_hub_moved_back_before_the_page():
    "Test the same of what is offered to all and was taken before the page"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='thing')
    scene.level()
    offer = scene.centre.create('offer', name='first', key='o')
    message = one.ask(OFFERED)
    one.apply(message, one.arrive(message))
    scene.centre.write(offer, name='later')
    scene.centre.write(thing, name='later')
    scene.centre.number_changes()
    scene.centre.backup()
    scene.centre.write(offer, key='lost')
    one.settings.batch = 1
    for lane in [KNOWN, OFFERED]:
        message = one.ask(lane)
        one.apply(message, one.arrive(message))
    assert [one.value(offer), one.value(thing)] == ['first', 'later']
    restore(scene.centre)
    one.pull()
    scene.level()
    assert scene.values(offer) == ['later'] * 2


@fault("an answer of a life that the hub lost is taken")
def test_answer_of_a_life_that_a_hub_lost():
    "Test that a hub which is restored cannot be held to what it had said"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    scene.centre.backup()
    one.write(thing, name='by one')
    message = one.build_push()
    answer = one.arrive(message)
    restore(scene.centre)
    one.pull()
    one.apply(message, answer)
    scene.level()
    assert scene.values(thing) == ['by one'] * 2


@fault("the scope of what was held is not asked for again")
def test_scope_that_a_hub_lost():
    "Test that who asked for a record since the backup is told of its edits"
    scene = Scene()
    one, two = scene.satellites
    thing = one.create('thing', name='first', key='a')
    one.push()
    scene.centre.backup()
    two.fetch('a')
    two.pull()
    restore(scene.centre)
    two.pull()
    one.write(thing, name='second')
    scene.level()
    assert two.value(thing) == 'second'


def test_deletion_of_what_was_asked_for_since_the_backup():
    "Test that who asked for a record since the backup may delete it"
    scene = Scene()
    one, two = scene.satellites
    thing = one.create('thing', name='first', key='a')
    one.push()
    scene.centre.backup()
    two.fetch('a')
    two.pull()
    restore(scene.centre)
    two.delete(thing)
    scene.level()
    assert scene.values(thing) == [None] * 3
    assert scene.conflicts() == []


@fault("who had what the hub lost may not write it")
def test_later_edit_that_a_hub_lost():
    "Test that an edit which is offered after what it replaced is kept"
    scene = Scene()
    one, two = scene.satellites
    scene.centre.backup()
    thing = one.create('thing', name='first', key='a')
    one.push()
    two.fetch('a')
    two.pull()
    two.write(thing, name='second')
    restore(scene.centre)
    # When it hears of the restore the hub does not have the record
    two.pull()
    scene.level()
    assert scene.values(thing) == ['first'] * 3
    assert scene.conflicts() == [('name', 'second', 'first', 'conflict')]


def test_what_only_a_restored_hub_had():
    "Test what nobody can give back: it is lost, and the rest is not"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first', other='first')
    scene.centre.backup()
    scene.centre.write(thing, name='read by one')
    one.pull()
    scene.centre.write(thing, other='read by nobody')
    restore(scene.centre)
    scene.level()
    assert scene.values(thing) == ['read by one'] * 2
    assert scene.values(thing, 'other') == ['first'] * 2


def test_what_a_restored_hub_had_withdrawn():
    "Test that who dropped a record with what belongs to it gives none back"
    scene = Scene(1)
    one, = scene.satellites
    scene.centre.backup()
    thing = one.create('thing', name='thing')
    line = one.create('line', name='line', thing=thing)
    one.push()
    scene.centre.take_from(one.number, thing)
    one.pull()
    restore(scene.centre)
    scene.level()
    assert scene.values(thing) == scene.values(line) == [None] * 2


def test_restored_hub_of_which_nobody_told():
    "Test that who had read further is refused until somebody says it"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    scene.centre.backup()
    scene.centre.write(thing, name='second')
    one.pull()
    scene.centre.restore(False)
    one.write(thing, name='third')
    one.push()
    assert scene.centre.value(thing) == 'first'
    assert one.pending() == {thing}
    restore(scene.centre)
    scene.level()
    assert scene.values(thing) == ['third'] * 2


@fault("who had what the hub lost may not write it")
def test_record_that_two_give_back():
    "Test that both of those who had it may, though the hub forgot it"
    scene = Scene()
    one, two = scene.satellites
    scene.centre.backup()
    thing = one.create('thing', name='first', key='a')
    one.push()
    two.fetch('a')
    two.pull()
    restore(scene.centre)
    # Both ask for what they had before either gives it back
    for site in scene.satellites:
        site.pull()
    scene.level()
    assert scene.values(thing) == ['first'] * 3


def test_late_message_of_what_was_merged():
    "Test that a hub which lost that two records are one makes them one again"
    scene = Scene()
    one, two = scene.satellites
    scene.centre.backup()
    one.create('thing', name='one', key='a')
    late = one.build_push()
    thing = two.create('thing', name='two', key='a')
    two.push()
    one.synchronise()
    assert one.has(thing)
    restore(scene.centre)
    one.arrive(late)
    scene.level()
    assert [site.count('thing') for site in scene.sites] == [1] * 3
    assert ('name', 'one', 'two', 'conflict') in scene.conflicts()


@fault("a database is known by the marks alone, without their places")
def test_hub_and_satellite_that_were_both_restored():
    "Test that a satellite notices though the hub lost what they had in common"
    scene = Scene(1)
    one, = scene.satellites
    scene.centre.backup()
    one.backup()
    thing = one.create('thing', name='first')
    one.synchronise()
    restore(scene.centre)
    for _ in range(2):
        one.synchronise()
    one.restore(False)
    scene.level()
    assert scene.values(thing) == ['first'] * 2


@fault("what waits of a life that the hub lost waits on")
def test_value_that_waits_from_a_lost_life():
    "Test that a value that cannot be applied any more is put to people"
    scene = Scene(1)
    one, = scene.satellites
    offer = scene.centre.create('offer', name='offer', key='old')
    scene.level()
    scene.centre.backup()
    scene.centre.write(offer, key='new')
    one.create('offer', name='another', key='new')
    one.pull()
    assert one.waiting() == {offer: 'unique'}
    restore(scene.centre)
    scene.level()
    assert one.waiting() == {}
    assert ('key', 'new', 'old', 'lost') in scene.conflicts()


def test_revived_record_that_a_hub_lost():
    "Test that a record which came back is told whole to a restored hub"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first')
    scene.level()
    scene.centre.backup()
    middle.write(thing, name='second')
    scene.level()
    below.write(thing, other='below')
    middle.delete(thing)
    below.push()
    restore(scene.centre)
    scene.level()
    assert scene.values(thing) == ['second'] * 3
    assert scene.values(thing, 'other') == ['below'] * 3


@fault("an answer of a life that the hub lost is taken")
def test_acknowledgement_of_a_life_that_a_hub_lost():
    "Test that an edit is not taken for sent that the restored hub lacks"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    scene.centre.backup()
    one.write(thing, name='second')
    push = one.build_push()
    answer = one.arrive(push)
    restore(scene.centre)
    one.pull()
    one.apply(push, answer)
    scene.level()
    assert scene.values(thing) == ['second'] * 2


def only_what_left(self, model):
    "What a satellite holds is told again if it has no scope."
    return [state for state in _held(self, model) if not state.dead]


@easier("a deletion is told once", (desk.Desk, 'held', only_what_left))
def test_deletion_whose_undoing_the_hub_lost():
    "Test that a record is not left where an edit that was lost kept it"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    scene.centre.delete(thing)
    one.write(thing, name='first')
    one.pull()
    assert one.waiting() == {thing: 'unsent'}
    scene.centre.backup()
    one.push()
    assert scene.centre.has(thing)
    restore(scene.centre)
    scene.level()
    assert not scene.centre.has(thing)


def held_but_not_what_waits(store, loss):
    store = SimpleNamespace(
        records=store.records, models=store.models, instances=store.instances,
        quarantine=SimpleNamespace(waiting=lambda place, peer: [],
            messages=lambda ids: {}))
    return _held_here(store, loss)


@easier("what waits is not here, and nobody asks for it again",
    (epoch, 'held', held_but_not_what_waits))
def test_what_was_granted_and_waits_when_the_hub_is_restored():
    "Test that what waits stays in the scope of a restored hub"
    scene = Scene()
    one, two = scene.satellites
    thing = one.create('thing', name='v1')
    one.push()
    scene.centre.backup()
    scene.centre.give(two.number, thing)
    two.store.rule = 1
    two.pull()
    assert two.waiting() == {thing: 'constraint'}
    scene.centre.restore(True)
    two.store.rule = None
    scene.level()
    one.write(thing, name='v2')
    scene.level()
    assert scene.values(thing) == ['v2'] * 3


def offer_the_deletion(state, lost, loss, time):
    return _offer_dead(state, [], loss, time)


@easier("a deletion is all that is told of what was deleted",
    (epoch, '_offer_dead', offer_the_deletion))
def test_last_edit_of_what_was_deleted_that_a_hub_lost():
    "Test that what comes back at a restored hub has what it lost"
    for is_told in [False, True]:
        scene = Scene()
        one, two = scene.satellites
        thing = scene.share(name='name', other='first')
        scene.centre.backup()
        one.write(thing, other='edited')
        one.push()
        if not is_told:
            restore(scene.centre)
        one.delete(thing)
        one.push()
        if is_told:
            restore(scene.centre)
            one.push()
        two.write(thing, name='edited')
        scene.level()
        assert scene.values(thing) == ['edited'] * 3
        assert scene.values(thing, 'other') == ['edited'] * 3


@easier("a deletion is all that is told of what was deleted",
    (epoch, '_offer_dead', offer_the_deletion))
def test_what_was_deleted_comes_back_below_a_restored_hub():
    "Test that a laptop brings back all that its hub had"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='name', other='first')
    scene.centre.backup()
    middle.write(thing, other='edited')
    middle.push()
    restore(scene.centre)
    middle.delete(thing)
    middle.push()
    below.write(thing, name='edited')
    scene.level()
    assert scene.values(thing) == ['edited'] * 3
    assert scene.values(thing, 'other') == ['edited'] * 3


@easier("who deletes a record deletes what it is one with by now",
    NOT_TOLD_AGAIN)
def test_deletion_of_what_the_hub_lost_and_is_another_there():
    "Test that it does not take what its author has as another one"
    scene = Scene()
    one, two = scene.satellites
    scene.centre.backup()
    lost = scene.centre.create('offer', key='key', name='first')
    scene.level()
    restore(scene.centre)
    offer = scene.centre.create('offer', key='key', name='second')
    scene.centre.backup()
    two.delete(lost)
    two.synchronise()
    restore(scene.centre)
    one.synchronise()
    scene.level()
    assert scene.values(offer) == ['second'] * 3
    assert (None, None, None, 'deletion') in scene.conflicts()


@easier("what the hub took for a deleted record is told again as that",
    (reception.Reception, 'note_place', lambda self, document, state: None))
def test_record_that_was_one_with_a_deleted_one_in_a_lost_life():
    "Test that who waited with it, and had it as that only, is told again"
    scene = Scene()
    one, two = scene.satellites
    offer = two.create('offer', key='k', name='first')
    two.push()
    scene.centre.backup()
    mine = one.create('offer', key='k', name='mine')
    one.pull()
    assert one.waiting() == {offer: 'unique'}
    message = one.build_push()
    answer = one.arrive(message)
    one.delete(mine)
    one.number_changes()
    one.apply(message, answer)
    restore(scene.centre)
    scene.level()
    assert scene.values(offer) == ['first'] * 3
