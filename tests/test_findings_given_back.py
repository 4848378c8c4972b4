# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a restored hub is given back, and what it lost that it had told."
from types import SimpleNamespace
from unittest.mock import patch

from trytond.modules.synchronisation import (
    adoption, decision, document, epoch, guest, intake, loss, merge, message,
    reception)

from .memory.reading import NOT_TOLD_AGAIN, easier
from .memory.scene import Scene, restore

settle_full = merge.settle_full
is_own = intake.Application.is_own
_answers = document.answers
_check_epoch = guest.Guest.check_epoch
_dropped = epoch.dropped
_keep, _clear = loss.Leftovers.keep, loss.Leftovers.clear
_take_told = decision.take_told
_load = intake.Application.load
_obstacle = intake.Application.obstacle


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
    (message.Entry, 'on_nothing', lambda self: self),
    NOT_TOLD_AGAIN)
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


def known_by_its_own_name(self, *args):
    _load(self, *args)
    self.again = {entry.key for entry in self.entries} & self.again


@easier("what is given back is still known by the name that it had",
    (intake.Application, 'load', known_by_its_own_name))
def test_record_that_refers_to_itself_and_becomes_another():
    "Test that what became another record at a restored hub refers to that"
    scene = Scene()
    one, two = scene.satellites
    scene.centre.backup()
    thing = one.create('thing', key='k')
    one.push()
    two.create('thing', key='k')
    two.push()
    two.pull()
    restore(scene.centre)
    other = scene.centre.create('thing', key='k')
    one.synchronise()
    one.synchronise()
    two.write(thing, parent=thing)
    scene.level()
    assert ('parent', other[1], None, 'conflict') in scene.conflicts()


@easier("only who sent a record knows by which names it was known",
    (adoption.Adoption, 'keep_names', lambda *_: None))
def test_meeting_that_a_hub_and_the_sender_lost():
    "Test that who was only told that two are one says so"
    scene = Scene()
    one, two = scene.satellites
    scene.centre.backup()
    offer = one.create('offer', name='of one', key='k')
    one.backup()
    scene.centre.create('offer', name='of the centre', key='k')
    one.push()
    one.write(offer, key='other')
    one.push()
    two.pull()
    one.restore(False)
    scene.centre.restore(True, 1)
    scene.level()
    assert {site.count('offer') for site in scene.sites} == {1}


@easier("what was one to a hub is one to it after it lost that",
    (epoch, 'forget_names', lambda *_: None))
def test_meeting_that_all_but_a_third_lost():
    "Test that who was told that two are one gets the other again"
    scene = Scene(3)
    one, two, three = scene.satellites
    scene.centre.backup()
    one.create('offer', name='of one', key='k')
    offer = two.create('offer', name='of two', key='other')
    two.backup()
    two.write(offer, key='k')
    two.push()
    one.push_in_vain()
    three.pull()
    two.restore(False)
    scene.centre.restore(True, 1)
    scene.level()
    assert {site.count('offer') for site in scene.sites} == {2}


def take_by_the_first_name(store, rows, place):
    known = store.conflicts.load([row['name'] for row in rows])
    _take_told(store, [
            {**row, 'identity': known.get(row['name'], row)['identity']}
            for row in rows], place)


@easier("a case is always told under the name that it had first",
    (decision, 'take_told', take_by_the_first_name),
    NOT_TOLD_AGAIN)
def test_case_of_what_became_another_at_a_restored_hub():
    "Test that a case from before goes to all that have the record"
    scene = Scene(2, tier=True)
    middle, beside, below = scene.satellites
    scene.centre.backup()
    beside.create('offer', key='k', name='beside')
    scene.centre.create('offer', key='k', name='of the centre')
    beside.push()
    below.create('offer', key='k', name='below')
    below.push()
    middle.pull()
    scene.centre.restore(True, 1)
    scene.level(rounds=4)
    cases = scene.conflicts()
    assert ('name', 'beside', 'of the centre', 'conflict') in cases
