# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is decided at a middle tier, and how many rounds it takes."
from unittest.mock import patch

from trytond.modules.synchronisation import (
    adoption, epoch, grave, intake, meeting)
from trytond.modules.synchronisation.caller import Caller
from trytond.modules.synchronisation.configuration import SENDS
from trytond.modules.synchronisation.message import Entry
from trytond.modules.synchronisation.protocol import State

from .memory.reading import easier, fault
from .memory.scene import KNOWN, Scene, restore

_clean, _forget = grave.clean, grave._forget
_tell_anew = Caller.tell_anew
_expect_news = epoch._expect_news


def expect_news_of_what_moves(state, names):
    _expect_news(state, [
            name for name in names
            if not state.full or name not in state.base])


_meet_by_alias = intake.Application.meet_by_alias
_unbury = intake.Application.unbury
_may_become_another = meeting.MeetingMixin.may_become_another
FINAL = intake.Application, 'pushes', lambda self, model: False


@easier("what a middle tier decided is final", FINAL)
def test_decision_of_a_middle_tier():
    "Test that the centre decides on what a middle tier took"
    scene = Scene(2, tier=True)
    middle, beside, below = scene.satellites
    offer = scene.centre.create('offer', key='a', name='first')
    scene.level()
    beside.write(offer, name='beside')
    beside.push()
    below.write(offer, name='below')
    below.push()
    assert middle.value(offer) == 'below'
    scene.level()
    assert scene.values(offer) == ['beside'] * 4
    assert scene.conflicts() == [('name', 'below', 'beside', 'conflict')]


@easier("what comes back at a middle tier is its own matter", FINAL)
def test_record_that_comes_back_at_a_middle_tier():
    "Test that what comes back at a middle tier comes back at the centre"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    offer = middle.create('offer', key='a', name='first')
    scene.level()
    middle.delete(offer)
    middle.push()
    assert not scene.centre.has(offer)
    below.write(offer, name='second')
    scene.level()
    assert scene.values(offer) == ['second'] * 3


def test_edit_below_of_what_comes_back_before_the_answer():
    "Test the same of a record that the middle tier believes to be unsent"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = below.create('thing', name='first', grave='first', key='a')
    below.push()
    middle.push_in_vain()
    below.write(thing, name='second', grave='second')
    middle.write(thing, grave='of the middle tier')
    middle.delete(thing)
    scene.centre.write(thing, key='b')
    middle.push()
    scene.level()
    assert scene.values(thing) == ['second'] * 3
    assert scene.values(thing, 'grave') == ['of the middle tier'] * 3
    assert scene.conflicts() == [
        ('grave', 'second', 'of the middle tier', 'review'),
        (None, None, None, 'deletion')]


def test_deletion_below_that_a_middle_tier_refuses():
    "Test that what is sent again for that has no new number"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = below.create('thing', other='first')
    below.push()
    middle.push_in_vain()
    middle.create('thing', parent=thing)
    below.delete(thing)
    below.push()
    scene.centre.write(thing, other='second')
    scene.level()
    assert scene.values(thing, 'other') == ['second'] * 3
    assert scene.conflicts() == [(None, None, None, 'deletion')]


def test_unit_of_which_a_middle_tier_got_a_part_later():
    "Test that it is told on in these parts, and all of it in one run"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    with scene.centre.unit() as unit:
        made = [unit.create('guide', name='guide', key='a'),
            unit.create('thing', name='thing', key='b')]
    guide, thing = map(scene.centre.key, made)
    middle.pull()
    middle.fetch('b')
    middle.pull()
    assert middle.has(guide) and middle.has(thing)
    below.fetch('b')
    message = below.ask(KNOWN)
    below.apply(message, below.arrive(message))
    assert below.has(thing) and not below.has(guide)
    below.pull()
    assert below.has(guide)


def test_rounds_of_tiers():
    "Test that two rounds for each tier are enough in the worst order"
    scene = Scene(2, tier=True)
    middle, beside, below = scene.satellites
    offer = scene.centre.create('offer', key='a', name='first')
    scene.level()
    for site in [beside, below]:
        site.write(offer, name=f'of {site.number}')
        site.create('offer', key=f'new {site.number}')
    # Who is above goes first, so that nothing passes two tiers in a round
    scene.level(rounds=4)
    assert [site.count('offer') for site in scene.sites] == [3] * 4


def test_deletion_that_waits_of_what_became_part_of_another():
    "Test that a satellite does not delete what came back and met another"
    scene = Scene(2, tier=True)
    middle, beside, below = scene.satellites
    second = scene.join(middle)
    offer = below.create('offer', key='a', name='first')
    for site in [below, second]:
        site.synchronise()
    middle.write(offer, key='b')
    middle.delete(offer)
    below.write(offer, name='below')
    below.pull()
    assert below.waiting() == {offer: 'unsent'}
    second.write(offer, name='second')
    second.push()
    other = beside.create('offer', key='b', name='beside')
    beside.push()
    middle.push()
    assert middle.value(other) == 'beside'
    scene.level(rounds=4)
    assert scene.values(other) == ['beside'] * 5


@fault("a record that comes back has nothing that it had")
def test_edit_below_of_what_comes_back():
    "Test that an edit does not conflict with the value that it replaces"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first')
    middle.delete(thing)
    scene.centre.write(thing, other='of the centre')
    below.write(thing, name='second')
    middle.push()
    scene.level()
    assert scene.values(thing) == ['second'] * 3
    assert not [conflict for conflict in scene.conflicts()
        if conflict[0] == 'name']


def test_refused_deletion_of_what_is_on_its_way():
    "Test that a record which stays at a middle tier did not change by that"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = below.create('thing', name='first', key='a')
    below.push()
    middle.push_in_vain()
    below.delete(thing)
    middle.write(thing, other='by the middle tier')
    scene.centre.write(thing, name='second')
    below.push()
    assert below.has(thing)
    scene.level()
    assert scene.values(thing) == ['second'] * 3
    assert not any(field == 'name' for field, *_ in scene.conflicts())


def revive_anew(self, entry, state, values):
    "What comes back goes up as if all of it had been edited."
    _unbury(self, entry, state, values)
    if state.full:
        state.move(list(values), state.position)


@easier("what comes back was edited", (intake.Application, 'unbury',
        revive_anew))
def test_what_comes_back_is_not_edited():
    "Test that a revived record does not undo what the centre changed"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = middle.create('thing', name='first', other='first', key='k')
    middle.give(below.number, thing)
    below.pull()
    middle.push_in_vain()
    scene.centre.write(thing, other='of the centre')
    middle.delete(thing)
    below.create('line', name='line', thing=thing)
    below.push()
    assert middle.has(thing)
    scene.level()
    assert scene.values(thing, 'other') == ['of the centre'] * 3
    assert {reason for *_, reason in scene.conflicts()} == {'revived'}


def clean_nothing_that_left(store, states, told):
    with patch.object(grave, '_forget', forget_unless_left):
        _clean(store, states, told)


def forget_unless_left(Model, state, gone):
    if not state.left:
        _forget(Model, state, gone)


@easier("what left the scope needs all that it referred to",
    (grave, 'clean', clean_nothing_that_left))
def test_edit_of_what_left_with_its_parent():
    "Test that an edit reaches the centre though nothing is kept of a parent"
    scene = Scene(1, tier=True)
    middle, laptop = scene.satellites
    thing = laptop.create('thing', name='first')
    laptop.push()
    middle.push()
    parent = scene.centre.create('thing', name='parent')
    scene.centre.write(thing, parent=parent)
    middle.take_from(laptop.number, thing)
    middle.pull()
    for key in [thing, parent]:
        scene.centre.take_from(middle.number, key)
    middle.pull()
    assert not middle.has(thing) and not middle.has(parent)
    laptop.write(thing, name='edited')
    scene.level()
    assert scene.values(thing) == ['edited', None, None]
    assert scene.centre.value(thing, 'parent') == parent[1]
    assert scene.conflicts() == []


@easier("a case is told once, by whatever name its record had",
    (adoption.Adoption, 'tell_cases_again', lambda self: None))
def test_case_of_a_record_that_waited_at_a_middle_tier():
    "Test that who made a value that lost is told, once the name is known"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    beside = scene.join(middle)
    scene.centre.create('offer', key='k', name='v2')
    offer = below.create('offer', key='k', name='v3')
    below.push()
    beside.pull()
    middle.store.rule = 2
    middle.synchronise()
    assert list(middle.waiting().values()) == ['constraint']
    for site in [beside, below]:
        site.pull()
    middle.store.rule = None
    scene.level()
    assert scene.values(offer) == ['v2'] * 4
    assert scene.conflicts() == [('name', 'v3', 'v2', 'conflict')]


@easier("who uses a former name has heard of the present one",
    (intake.Application, 'note_name', lambda *_: None),
    (adoption.Adoption, 'keep_names', lambda *_: None))
def test_restored_middle_tier_with_a_record_that_became_another():
    "Test that who made it below hears what it is by now"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    offer = scene.centre.create('offer', key='k', name='of the centre')
    middle.backup()
    middle.create('offer', key='k', name='of the middle')
    below.synchronise()
    middle.push_in_vain()
    restore(middle)
    scene.level()
    assert scene.values(offer) == ['of the centre'] * 3


def unbury_as_if_told(self, entry, state, values):
    left = state.left and not state.grave
    up, ups = state.up, state.ups
    _unbury(self, entry, state, values)
    state.full = state.full and not left
    state.up, state.ups = up, ups


@easier("the centre has what a middle tier knows only to have left",
    (intake.Application, 'unbury', unbury_as_if_told))
def test_restored_middle_tier_of_which_a_record_was_withdrawn():
    "Test that what a laptop gives back is decided at the centre"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = middle.create('thing', name='name', key='k')
    offer = middle.create('offer', key='k')
    middle.give(below.number, thing)
    middle.backup()
    tag = middle.create('tag', thing=thing, offer=offer)
    for site in [middle, below]:
        site.synchronise()
    scene.centre.take_from(middle.number, thing)
    restore(middle)
    scene.centre.delete(tag, thing)
    scene.level()
    assert len({site.has(tag) for site in scene.sites}) == 1


@easier("what a middle tier gave back it had seen at the centre",
    (intake.Application, 'unbury', unbury_as_if_told))
def test_restored_middle_tier_and_an_edit_at_the_centre():
    "Test that what a laptop gives back does not take the place of the edit"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    middle.backup()
    thing = middle.create('thing', name='first')
    middle.push()
    middle.give(below.number, thing)
    below.synchronise()
    restore(middle)
    scene.centre.take_from(middle.number, thing)
    scene.centre.write(thing, name='second')
    scene.level()
    assert scene.centre.value(thing) == 'second'


@easier("what only the centre writes is given back to a middle tier, too",
    (intake.Application, 'is_known_above', lambda self, entry: False))
def test_restored_middle_tier_and_what_only_the_centre_writes():
    "Test that a record which the centre deleted does not stay below"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    guide = scene.centre.create('guide', key='k', name='name')
    middle.backup()
    middle.pull()
    below.pull()
    restore(middle)
    scene.centre.delete(guide)
    scene.level()
    assert not any(site.has(guide) for site in scene.sites)


@easier("what a lost life of its sender pushed is known to it",
    (Entry, 'has_sent', lambda self, state: state.has_pushed(self.instance)))
def test_restored_middle_tier_that_makes_one_of_what_it_had_sent():
    "Test that the centre makes one of the two as well"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    middle.backup()
    offer = middle.create('offer', key='k', name='first')
    middle.push()
    below.pull()
    restore(middle)
    middle.create('offer', key='k', name='second')
    for _ in range(2):
        below.synchronise()
    scene.level()
    assert [site.count('offer') for site in scene.sites] == [1] * 3
    assert scene.centre.has(offer)


def meet_only_what_was_lost(self):
    for entry in self.entries:
        entry.lives = {}
    _meet_by_alias(self)


@easier("only a hub forgets what became one",
    (intake.Application, 'meet_by_alias', meet_only_what_was_lost))
def test_restored_middle_tier_that_only_sends_and_makes_one_of_two():
    "Test that the centre makes one of the two as well"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    middle.settings.direction = SENDS
    middle.backup()
    offer = middle.create('offer', key='k', name='first')
    middle.push()
    below.pull()
    restore(middle)
    middle.create('offer', key='k', name='second')
    scene.centre.write(offer, key='other')
    for _ in range(2):
        below.synchronise()
    scene.level()
    assert [site.count('offer') for site in scene.sites] == [1] * 3


def note_by_the_former_name(self, entry, state):
    if state and entry.identity != state.identity:
        self.touched.setdefault(entry.key, state)


@easier("a record is known here by what its sender calls it",
    (intake.Application, 'note_name', note_by_the_former_name))
def test_edit_by_a_former_name_of_what_was_deleted():
    "Test that what was deleted at a restored middle tier comes back by it"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    offer = scene.centre.create('offer', key='k', name='of the centre')
    middle.backup()
    mine = middle.create('offer', key='k', name='of the middle')
    below.synchronise()
    middle.push_in_vain()
    restore(middle)
    middle.synchronise()
    below.write(mine, name='of the laptop')
    scene.centre.delete(offer)
    scene.level()
    assert {site.count('offer') for site in scene.sites} == {1}


def may_become_at_once(self, entry, names):
    with patch.object(State, 'pending', False):
        return _may_become_another(self, entry, names)


@easier("what is deleted may become another before the hub hears of it",
    (meeting.MeetingMixin, 'may_become_another', may_become_at_once))
def test_deletion_that_waits_of_a_relation_that_another_takes_the_place_of():
    "Test that the hub above does not keep what was deleted and came back"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    beside = scene.join(middle)
    thing = scene.share()
    former, place = [
        scene.centre.create('offer', key=key) for key in 'ab']
    scene.level(rounds=4)
    bond = below.create('bond', thing=thing, offer=former, note='moved')
    scene.level(rounds=4)
    middle.create('bond', thing=thing, offer=place, note='made')
    beside.delete(bond)
    beside.push()
    below.write(bond, offer=place)
    below.push()
    scene.level(rounds=4)
    counts = {site.count('bond') for site in scene.sites}
    assert len(counts) == 1


@easier("the last that names a record tells its present name",
    (adoption.Adoption, 'has_former_name', lambda *_: False))
def test_late_answer_with_a_name_that_was_given_up():
    "Test that who hears late that one is the other keeps the present name"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    middle.create('offer', key='k', name='of the middle')
    offer = scene.centre.create('offer', key='k', name='of the centre')
    middle.backup()
    middle.push()
    below.pull()
    restore(middle)
    below.pull()
    pushed = below.build_push()
    answer = below.arrive(pushed)
    middle.synchronise()
    below.synchronise()
    below.apply(pushed, answer)
    scene.level()
    assert scene.values(offer) == ['of the centre'] * 3


def tell_only(self, entry, state):
    state.saw(entry)
    self.touched[state.key] = state
    self.documents.append((entry, state, True))


@easier("who brings a record back has not deleted it later",
    (intake.Application, 'stay_dead', tell_only))
def test_relation_that_a_middle_tier_deleted_too_and_brings_back():
    "Test that it gives way to the one that was made in its place"
    scene = Scene(2, tier=True)
    middle, two, below = scene.satellites
    thing = scene.share()
    offer = scene.centre.create('offer', key='offer')
    scene.level()
    former = middle.create('tag', thing=thing, offer=offer)
    scene.level()
    scene.centre.delete(former)
    scene.centre.number_changes()
    middle.delete(former)
    middle.push()
    below.write(former, thing=thing)
    two.synchronise()
    two.create('tag', thing=thing, offer=offer)
    two.synchronise()
    below.synchronise()
    scene.level()
    assert [site.count('tag') for site in scene.sites] == [1] * 4


@easier("a value that was told again is one that nobody saw before",
    (State, 'kept_version', State.told_version))
def test_edit_below_of_what_a_middle_tier_was_given_back_and_deleted():
    "Test that it takes the place of the value that its author saw"
    scene = Scene(1, tier=True)
    middle, one = scene.satellites
    two = scene.join(middle)
    offer = middle.create('offer', key='key', name='first')
    thing = middle.create('thing', name='thing')
    scene.level()
    bond = scene.centre.create('bond', thing=thing, offer=offer)
    two.delete(offer)
    two.push()
    # The centre keeps it for the relation
    middle.synchronise()
    middle.delete(bond, offer)
    middle.push()
    one.write(offer, name='second')
    scene.level()
    assert scene.values(offer) == ['second'] * 4


_may_become_another = intake.Application.may_become_another


def stay_apart(self, entry, names):
    state = self.state_of(entry)
    return not (state and state.left) and _may_become_another(
        self, entry, names)


@easier("what left a middle tier is another thing than what is there",
    (intake.Application, 'may_become_another', stay_apart))
def test_relation_that_left_a_middle_tier_and_was_made_again_there():
    "Test that it is one with the new one, whether it is dead or only left"
    for is_dead in [True, False]:
        scene = Scene(1, tier=True)
        middle, one = scene.satellites
        two = scene.join(middle)
        thing = middle.create('thing', key='thing')
        offer = middle.create('offer', key='offer')
        scene.level()
        for site in [one, two]:
            site.fetch('thing')
        scene.level()
        bond = two.create('bond', thing=thing, offer=offer, note='first')
        two.push_in_vain()
        middle.synchronise()
        scene.centre.take_from(middle.number, thing)
        if is_dead:
            scene.centre.delete(bond)
        middle.pull()
        one.create('bond', thing=thing, offer=offer, note='new')
        one.push()
        two.write(bond, note='edited')
        two.push()
        scene.level()
        assert [site.count('bond') for site in scene.sites] == [1] * 4
        assert scene.conflicts() == [('note', 'edited', 'new', 'conflict')]


def tell_anew_what_is_new(self, time, missing):
    deleted = {(row['model'], row['identity'])
        for row in self.store.quarantine.waiting('here', self.hub.number)}
    _tell_anew(self, time, missing - {
            key for key, state in self.store.records.load(
                'identity', missing & deleted).items() if not state.full})


@easier("what a hub told dropped it never needs again",
    (Caller, 'tell_anew', tell_anew_what_is_new))
def test_restored_middle_tier_and_an_edit_of_what_refers_to_what_left():
    "Test that it is given back what the edit needs"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    offer = middle.create('offer', key='offer')
    thing = middle.create('thing', name='thing')
    bond = middle.create('bond', thing=thing, offer=offer, note='first')
    scene.level()
    middle.backup()
    middle.give(below.number, thing)
    middle.write(bond, note='second')
    below.pull()
    scene.centre.take_from(middle.number, thing)
    restore(middle)
    middle.pull()
    scene.level()
    assert scene.values(bond, 'note') == ['second', None, None]


@easier("what goes whole takes no answer that a hub gave before",
    (epoch, '_expect_news', expect_news_of_what_moves))
def test_record_that_came_back_below_while_the_centre_was_lost():
    "Test that its edits end, though the centre answers with what it had"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = middle.create('thing', name='first', other='first')
    middle.push()
    middle.give(below.number, thing)
    below.pull()
    scene.centre.backup()
    scene.centre.write(thing, other='of the centre')
    middle.synchronise()
    below.pull()
    # As it is at the centre that is restored
    below.write(thing, other='first')
    middle.delete(thing)
    middle.number_changes()
    below.push()
    restore(scene.centre)
    scene.level()
    assert scene.values(thing) == ['first'] * 3
