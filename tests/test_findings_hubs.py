# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Hubs that are restored from backups, and what they had said before."
from types import SimpleNamespace
from unittest.mock import patch

from trytond.modules.synchronisation import (
    desk, document, epoch, guest, intake, loss, merge, message, reception)

from .memory.reading import easier, fault
from .memory.scene import KNOWN, OFFERED, Scene

settle_full = merge.settle_full
is_own = intake.Application.is_own
_answers = document.answers
_check_epoch = guest.Guest.check_epoch
_dropped = epoch.dropped
_keep, _clear = loss.Leftovers.keep, loss.Leftovers.clear
_obstacle = intake.Application.obstacle
_held = desk.Desk.held
_held_here = epoch.held
_offer, _offer_dead = epoch._offer, epoch._offer_dead


def offer_the_living(state, names, loss, time):
    return not state.dead and _offer(state, names, loss, time)


def begin_nothing(store, time, common, above=0):
    return 0


def restore(site):
    "Restore a site, and say so."
    site.restore(True, max(
            below.store.instances.of_hub().epoch for below in site.below))


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


def answers_without_place(store, items, instance):
    documents = _answers(store, items, instance)
    for told in documents:
        told.place = told.position
    return documents


@easier("an answer to a push tells no place",
    (document, 'answers', answers_without_place))
def test_meeting_that_a_hub_lost():
    "Test that a restored hub hears who has what was made at two places"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.centre.create('thing', name='thing', key='k')
    scene.level()
    scene.centre.backup()
    one.create('thing', name='thing', key='k')
    one.push()
    restore(scene.centre)
    scene.level()
    scene.centre.write(thing, name='edited')
    scene.level()
    assert one.value(thing) == 'edited'


def settle_on_nothing(state, names, seen):
    "What was offered again is a later edit of what nobody had."
    settle_full(state, names, seen)
    state.base = {
        name: 0 if state.place_of(name) > seen else base
        for name, base in state.base.items()}


@easier("what was given back in a lost life is a later edit",
    (merge, 'settle_full', settle_on_nothing))
def test_what_only_the_hub_writes_given_back_in_a_lost_life():
    "Test that nothing waits if the satellite was restored as well"
    scene = Scene(1)
    one, = scene.satellites
    with scene.centre.unit() as unit:
        made = unit.create('guide', name='guide', key='g')
    scene.centre.backup()
    one.pull()
    one.create('offer', key='o')
    one.push()
    one.backup()
    restore(scene.centre)
    one.pull()
    one.push()
    one.restore(False)
    one.pull()
    guide = scene.centre.key(made)
    scene.level()
    assert scene.centre.waiting() == {}
    assert scene.values(guide) == ['guide'] * 2


@easier("only who pushes a record whole is believed to have made it",
    (intake.Application, 'is_own',
        lambda self, entry: entry.full and is_own(self, entry)))
def test_deletion_of_what_was_made_before_the_hub_lost_it():
    "Test that its author may delete what another gave back, unacknowledged"
    scene = Scene()
    one, two = scene.satellites
    made = one.create('thing', name='made', key='a')
    scene.centre.backup()
    one.push_in_vain()
    scene.centre.give(2, made)
    two.pull()
    one.delete(made)
    scene.centre.restore(True, two.store.instances.of_hub().epoch)
    two.synchronise()
    two.push()
    one.push()
    assert one.waiting('hub') == scene.centre.waiting('hub') == {}
    scene.level()
    # Who gave it back had seen what its deleter had not
    assert scene.values(made) == ['made'] * 3
    assert ('deletion',) in {found[-1:] for found in scene.conflicts()}


def drop_what_was_edited_below():
    "Let a middle tier drop a record whose last edit its hub is to lose"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = below.create('thing', name='first', key='a')
    below.push()
    middle.push()
    scene.centre.take_from(1, thing)
    below.write(thing, name='second')
    below.push()
    scene.centre.backup()
    middle.synchronise()
    return scene, middle, below, thing


@easier("what left the scope has nothing that a restored hub lacks",
    (epoch, 'keep_lost', lambda *_: False))
def test_edit_that_a_hub_lost_of_what_it_had_withdrawn():
    "Test that what left a middle tier, and comes back, has its last edit"
    scene, middle, below, thing = drop_what_was_edited_below()
    assert not middle.has(thing)
    below.create('line', name='line', thing=thing)
    restore(scene.centre)
    middle.synchronise()
    below.push()
    scene.level()
    assert scene.values(thing) == ['second'] * 3


def test_edit_that_a_hub_lost_of_what_it_grants_again():
    "Test that what left, and is granted again, has the edit that was lost"
    scene, middle, below, thing = drop_what_was_edited_below()
    restore(scene.centre)
    middle.synchronise()
    scene.centre.give(1, thing)
    scene.level()
    assert scene.values(thing)[:2] == ['second'] * 2


@easier("only what was built on what a hub lost is on what it lost",
    (epoch, 'doubt', lambda *_: False))
def test_later_edit_of_what_a_hub_lost_and_becomes_another():
    "Test that an edit is decided that was made before the lost answer"
    scene = Scene(1)
    one, = scene.satellites
    other = scene.centre.create('thing', name='other', key='b')
    thing = one.create('thing', name='first', key='a')
    message = one.build_push()
    one.write(thing, name='second')
    one.number_changes()
    scene.centre.backup()
    answer = one.arrive(message)
    scene.centre.restore(True, 1)
    one.write(thing, key='b')
    one.apply(message, answer)
    one.synchronise()
    scene.level()
    assert scene.values(other) == ['other'] * 2
    assert ('name', 'second', 'other', 'conflict') in scene.conflicts()


def dropped_once(store, loss):
    return {model: names for model, names in _dropped(store, loss).items()
        if any(loss.is_lost(state.hubplace) for state in store.records.load(
                'identity', [(model, name) for name in names]).values())}


@easier("what a lost life was told need not be told again",
    (epoch, 'dropped', dropped_once))
def test_withdrawal_of_a_hub_that_is_restored_again():
    "Test that a record comes back whose withdrawal a hub lost, twice restored"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    scene.centre.backup()
    scene.centre.take_from(one.number, thing)
    one.pull()
    assert not one.has(thing)
    restore(scene.centre)
    one.exchange(one.ask())
    restore(scene.centre)
    scene.level()
    assert scene.values(thing) == ['first'] * 2


def take_from_strangers(self, time):
    if self.message.get('hub'):
        _check_epoch(self, time)


@easier("who does not know a hub may have sent it nothing before",
    (guest.Guest, 'check_epoch', take_from_strangers))
def test_first_message_that_comes_late_to_a_restored_hub():
    "Test that what became another record is not taken as one of its own"
    scene = Scene()
    one, two = scene.satellites
    offer = two.create('offer', key='k', name='two')
    scene.centre.backup()
    two.push()
    one.create('offer', key='k', name='one')
    message = one.build_push()
    one.apply(message, one.arrive(message))
    one.pull()
    two.write(offer, key='other')
    restore(scene.centre)
    one.arrive(message)
    two.synchronise()
    scene.level()
    assert scene.values(offer, 'key') == ['other'] * 3
    assert scene.centre.count('offer') == 1


@easier("who lost what it had given meets another record on those versions",
    (message.Entry, 'on_nothing', lambda self: self))
def test_meeting_of_what_a_hub_lost_with_another():
    "Test that what a hub lost and is given back overwrites nothing of another"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.centre.create('thing', name='of the centre')
    scene.centre.backup()
    one.create('thing', name='of one', key='k')
    one.push()
    restore(scene.centre)
    scene.centre.write(thing, key='k')
    scene.level()
    assert scene.values(thing) == ['of the centre'] * 2
    assert ('name', 'of one', 'of the centre', 'conflict') in scene.conflicts()


def obstacle_by_values(self, entry, state):
    if self.hidden_needs(entry):
        return 'scope', "It refers to what its sender may not see."
    return _obstacle(self, entry, state)


@easier("a deletion needs all that the record referred to",
    (intake.Application, 'obstacle', obstacle_by_values))
def test_deletion_given_back_of_what_belonged_to_what_left():
    "Test that who may not see a record any more tells that a part is deleted"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.centre.create('thing', key='t')
    offer = scene.centre.create('offer', key='o')
    with scene.centre.unit() as unit:
        tag = unit.create('tag', thing=thing, offer=offer)
    # It has no number there yet
    scene.centre.backup()
    tag = scene.centre.key(tag)
    one.fetch('t')
    one.pull()
    scene.centre.delete(tag)
    one.pull()
    scene.centre.take_from(one.number, thing)
    one.pull()
    restore(scene.centre)
    scene.level()
    assert one.pending() == set() and scene.centre.waiting() == {}


def keep_by_creation(self, document, state):
    document.unit = document.created
    _keep(self, document, state)


@easier("what was brought back in a lost life is of that life",
    (loss.Leftovers, 'keep', keep_by_creation))
def test_refused_record_that_came_back_in_a_lost_life():
    "Test that who refused a record gets it as the restored hub still has it"
    scene = Scene()
    one, two = scene.satellites
    thing = one.create('thing', name='v1')
    one.push()
    scene.centre.give(two.number, thing)
    scene.centre.backup()
    two.store.rule = 1
    scene.centre.delete(thing)
    one.create('thing', parent=thing)
    one.push()
    two.pull()
    assert two.waiting() == {thing: 'constraint'}
    restore(scene.centre)
    two.store.rule = None
    scene.level()
    assert scene.values(thing) == ['v1'] * 3


def clear_by_position(self):
    documents = reception.remembered

    def remembered(store, rows):
        found = documents(store, rows)
        for told in found:
            told.place = told.position
        return found
    with patch.object(reception, 'remembered', remembered):
        _clear(self)


@easier("what waits is lost only if it changed since",
    (loss.Leftovers, 'clear', clear_by_position))
def test_refused_record_that_became_another_in_a_lost_life():
    "Test that what was made one in a lost life is two if the hub has two"
    scene = Scene()
    one, two = scene.satellites
    two.create('offer', key='k', name='v1')
    two.push()
    scene.centre.backup()
    one.store.rule = 1
    own = one.create('offer', key='k', name='own')
    one.push()
    one.pull()
    assert one.waiting()
    one.write(own, key='other')
    restore(scene.centre)
    one.store.rule = None
    scene.level()
    assert scene.centre.count('offer') == one.count('offer') == 2


@easier("what waited in a lost life is all that was missed",
    (loss.Leftovers, 'again', lambda self, place: None))
def test_edit_before_a_refused_one_of_a_lost_life():
    "Test that an edit comes that went only with one that the hub lost"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    scene.centre.write(thing, name='kept')
    scene.centre.number_changes()
    scene.centre.backup()
    one.store.rule = 1
    scene.centre.write(thing, name='v1')
    one.pull()
    assert one.waiting() == {thing: 'constraint'}
    restore(scene.centre)
    one.store.rule = None
    scene.level()
    assert scene.values(thing) == ['kept'] * 2


def test_the_farthest_of_what_has_to_be_told_again():
    "Test that what is needed from the beginning is not forgotten for another"
    leftovers = loss.Leftovers(None, None, SimpleNamespace(number=0), None)
    for place in [1, 1000]:
        leftovers.again(place)
    assert leftovers.place == 0
