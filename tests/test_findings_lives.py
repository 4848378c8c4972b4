# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Satellites that are restored from backups, and what they had said before."
from trytond.modules.synchronisation import (
    caller, clock, life, merge, patience)
from trytond.modules.synchronisation.message import Entry
from trytond.modules.synchronisation.protocol import State, first_position

from .memory.mutants import FAULTS
from .memory.reading import easier, fault
from .memory.scene import KNOWN, Scene, restore

_is_late = caller.Caller.is_late
_is_outdated = merge.is_outdated
_last_common = clock.Time.last_common
_on_nothing = Entry.on_nothing
_seen_of = State.seen_of


def is_late_by_place(self, time, reply):
    return _is_late(self, time, {**reply, 'mark': time.told()[-1][1]})


@easier("a restored database goes on with the same numbers",
    FAULTS["numbers are used twice after a restore"],
    FAULTS["another life of a database is not noticed"])
def test_numbers_of_a_satellite_that_was_restored():
    "Test that what is written after a restore is not taken for a repeat"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', other='first')
    one.backup()
    one.write(thing, name='in the lost life')
    one.push()
    one.restore(True)
    one.write(thing, other='in the new life')
    scene.level()
    assert scene.values(thing) == ['in the lost life'] * 3
    assert scene.values(thing, 'other') == ['in the new life'] * 3
    assert scene.conflicts() == []


@fault("another life of a database is not noticed")
def test_restore_of_which_nobody_told():
    "Test that the hub notices a satellite that was restored, or copied"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first', other='first')
    one.backup()
    one.write(thing, name='in the lost life')
    one.push()
    one.restore(False)
    one.write(thing, other='in the new life')
    scene.level()
    assert scene.values(thing) == ['in the lost life'] * 3
    assert scene.values(thing, 'other') == ['in the new life'] * 3


def answer_to_a_lost_life(*between):
    """Check that it decides nothing about the new life.

    Records that are shared in between move the place where it begins.
    """
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    one.backup()
    for key in between:
        scene.share(key=key)
    one.write(thing, name='in the lost life')
    one.push()
    scene.centre.write(thing, name='by the centre')
    message = one.ask(KNOWN)
    answer = one.arrive(message)
    one.restore(False)
    one.write(thing, name='in the new life')
    one.apply(message, answer)
    assert one.value(thing) == 'in the new life'
    scene.level()
    assert ('name', 'in the new life', 'by the centre', 'conflict') in (
        scene.conflicts())


@fault("an answer that comes late is taken")
def test_answer_to_a_life_that_a_satellite_lost():
    "Test that an answer to the lost life decides nothing about the new one"
    answer_to_a_lost_life('between')


@easier("with nothing in it no answer comes late",
    (caller.Caller, 'pass_by', lambda self, reply: self.move(reply)))
def test_empty_answer_to_a_life_that_a_satellite_lost():
    "Test that an answer without a record moves no place of another life"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    one.backup()
    made = one.create('thing', name='in the lost life')
    one.push()
    message = one.ask()
    answer = one.arrive(message)
    one.restore(True)
    one.apply(message, answer)
    scene.level()
    assert scene.values(made) == ['in the lost life'] * 2
    assert scene.values(thing) == ['first'] * 2


@easier("all that a backup has was so in the life that is lost",
    (clock.Time, 'last_common', lambda self, has_hub: self.position))
def test_edit_between_two_restores():
    "Test that what was written after a restore of which nobody told is new"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first', other='first')
    one.backup()
    one.write(thing, name='in the lost life')
    one.push()
    one.restore(False)
    one.write(thing, other='between')
    one.number_changes()
    one.backup()
    one.restore(True)
    scene.level()
    assert scene.values(thing, 'other') == ['between'] * 2
    assert scene.values(thing) == ['in the lost life'] * 2


@easier("what the hub deleted is nothing that it can lack",
    (caller.Caller, 'tell_anew', lambda self, time, missing: None))
def test_parent_of_a_lost_life_in_another_message():
    "Test that a restored satellite gives again what others of it need"
    scene = Scene(1)
    one, = scene.satellites
    parent = one.create('thing', name='parent')
    child = one.create('thing', name='child', parent=parent)
    # It is lost on its way
    one.build_push()
    one.backup()
    one.delete(child, parent)
    one.push()
    one.restore(False)
    one.write(child, name='edited')
    one.settings.batch = 1
    scene.level()
    assert scene.values(parent) == ['parent'] * 2
    assert scene.values(child) == ['edited'] * 2


def test_answer_to_a_later_life():
    "Test that an answer to a life that is gone does not stop anything"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='first')
    one.backup()
    one.push_in_vain()
    for _ in range(2):
        one.restore(True)
    message = one.ask()
    answer = one.arrive(message)
    # The same backup, and nobody says so
    one.restore(False)
    one.apply(message, answer)
    scene.level()
    assert scene.values(thing) == ['first'] * 2


@fault("another life of a database is not noticed")
def test_copy_that_is_used_as_well():
    "Test that two copies of one database do not take each other's numbers"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first', other='first')
    one.write(thing, name='second')
    one.push()
    twin = scene.clone(one)
    one.write(thing, name='by one')
    made = [one.create('thing', name='new', key='one')]
    twin.write(thing, other='by the twin')
    made.append(twin.create('thing', name='new', key='twin'))
    scene.level()
    assert scene.values(thing) == ['by one'] * 3
    assert scene.values(thing, 'other') == ['by the twin'] * 3
    assert all(site.has(new) for site in scene.sites for new in made)
    assert scene.conflicts() == []


@easier("an answer is known by the place that it begins at",
    (caller.Caller, 'is_late', is_late_by_place))
def test_answer_to_the_lost_life_at_the_same_place():
    "Test that an answer to the lost life is known although nothing moved"
    answer_to_a_lost_life()


def test_deletion_of_the_lost_life_of_what_the_hub_never_had():
    "Test that what a restored satellite still has comes with what needs it"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='first')
    with one.unit() as unit:
        line = unit.create('line', name='line', thing=thing)
    one.backup()
    with one.unit() as unit:
        unit.delete(line)
        unit.delete(thing)
    one.push()
    one.restore(True)
    scene.level()
    assert scene.values(thing) == ['first'] * 2
    assert scene.centre.count('line') == one.count('line') == 1


def last_told(self, has_hub):
    return self.marks[-1][0] if self.marks else _last_common(self, has_hub)


@easier("what was told is in common, though nobody answered",
    (clock.Time, 'last_common', last_told))
def test_message_without_an_answer_between_two_restores():
    "Test that what was said in vain after a restore is not taken for a repeat"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='first')
    one.backup()
    one.write(thing, name='in the lost life')
    one.push_in_vain()
    one.restore(False)
    one.write(thing, other='between')
    one.build_push()
    one.backup()
    one.restore(True)
    scene.level()
    assert scene.values(thing, 'other') == ['between'] * 2


def on_versions_of_former_lives(self):
    entry, lives = _on_nothing(self), self.lives
    entry.lives = lives
    return entry


@easier("what a former life brought was seen by who makes the same again",
    (Entry, 'on_nothing', on_versions_of_former_lives))
def test_relation_made_again_after_a_restore():
    "Test that its value does not take the place of what left the scope"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share()
    offer = scene.centre.create('offer', key='o')
    scene.level()
    bond = one.create('bond', thing=thing, offer=offer, note='precious')
    one.create('thing', parent=thing)
    one.synchronise()
    one.backup()
    one.create('offer', key='lost')
    one.push()
    one.restore(True)
    one.synchronise()
    scene.centre.take_from(one.number, bond)
    one.pull()
    one.create('bond', thing=thing, offer=offer, note='another')
    scene.level()
    assert scene.values(bond, 'note') == ['precious'] * 2
    assert scene.conflicts() == [('note', 'another', 'precious', 'conflict')]


def has_told(self, reply):
    return any(name == reply.get('mark') for _, name in self.marks)


@easier("a life that told no mark yet is every life",
    (clock.Time, 'has_asked', has_told))
def test_answer_to_a_life_that_told_nothing():
    "Test that it settles nothing that another life wrote"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='first')
    first = one.build_push()
    one.backup()
    one.restore(True)
    second = one.build_push()
    for message in [first, second]:
        one.arrive(message)
    one.restore(False)
    message = one.build_push()
    one.apply(message, one.arrive(message))
    # In the life that the hub let begin
    message = one.build_push()
    answer = one.arrive(message)
    one.restore(False)
    one.write(thing, name='second')
    one.apply(message, answer)
    scene.level()
    assert scene.values(thing) == ['second'] * 2


def is_older(state, document):
    return (document.place < state.hubplace if not document.alive
        else _is_outdated(state, document))


@easier("a deletion that is older than what is known of the record is over",
    (merge, 'is_outdated', is_older))
def test_deletion_that_a_restored_hub_knows():
    "Test that it is answered though a life that was lost decided later"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share()
    one.delete(thing)
    one.number_changes()
    one.backup()
    one.push()
    scene.centre.backup()
    one.restore(True)
    restore(scene.centre)
    one.exchange(one.ask())
    one.push()
    restore(scene.centre)
    one.exchange(one.ask())
    one.push_in_vain()
    scene.level()
    assert scene.values(thing) == [None] * 2


def seen_in_latest_life(self, instance):
    number, names = _seen_of(self, instance)
    latest = max((line for line in self.seen
            if line.startswith(f'{instance}.')),
        key=self.seen.get, default='').partition('/')[0]
    return number, {
        name: found for name, found in names.items()
        if self.seen.get(f'{latest}/{name}') == found}


@easier("only the latest life of a satellite is told what was taken of it",
    (State, 'seen_of', seen_in_latest_life))
def test_record_that_became_another_in_a_life_that_was_lost():
    "Test that who has it again, unsent, hears that it was deleted"
    scene = Scene()
    one, two = scene.satellites
    two.create('offer', key='key', name='first')
    two.push()
    offer = one.create('offer', key='key', name='second')
    message = one.build_push()
    one.backup()
    one.restore(True)
    one.arrive(message)
    one.synchronise()
    known, = one.store.records.all()
    one.delete(known.key)
    one.synchronise()
    one.restore(False)
    scene.level()
    assert scene.values(offer) == [None] * 3
    assert scene.values(known.key) == [None] * 3


def has_sent_since(self, state):
    return any(
        line.partition('/')[0] not in {
            f'{self.instance}.{life}' for life in range(1, self.epoch)}
        or number <= self.lives.get(line.partition('/')[0], 0)
        for line, number in state.seen.items())


@easier("what a lost life edited last it had made",
    (Entry, 'has_sent', has_sent_since))
def test_person_who_is_not_the_one_that_a_clinic_had_sent():
    "Test that a restored clinic that has one of two makes no one of them"
    for is_key in [True, False]:
        scene = Scene(1)
        one, = scene.satellites
        ann = one.create('thing', key='a', name='ann')
        one.push()
        one.backup()
        one.write(ann, **{'key': 'k'} if is_key else {'name': 'anna'})
        one.push()
        if not is_key:
            scene.centre.write(ann, key='k')
        one.restore(True)
        bob = one.create('thing', key='k', name='bob')
        scene.level()
        assert scene.values(bob) == ['bob'] * 2
        assert scene.centre.count('thing') == 2


@easier("a hub that was restored learns the marks of what is new",
    (life.Told, 'news', life.Told.steps))
def test_restore_of_which_nobody_told_after_one_of_the_hub():
    "Test that it is noticed by the mark that the hub was told before"
    scene = Scene(1)
    one, = scene.satellites
    one.backup()
    offer = one.create('offer', key='k', name='v1')
    scene.centre.backup()
    # Refused, and sent again to the new life of the hub
    scene.centre.store.rule = 1
    one.synchronise()
    restore(scene.centre)
    scene.centre.store.rule = None
    one.synchronise()
    one.synchronise(patience.LAST)
    assert scene.centre.has(offer)
    one.restore(False)
    scene.level()
    assert scene.values(offer) == ['v1'] * 2


def test_numbers_of_two_lives_under_two_names():
    "Test that a satellite is told what was taken by each of its names"
    thing = State('thing', '0.1.1')
    second = first_position(2) + 1
    thing.seen = {'2.1': 5, '2.2/2.6.1': second, '3.1': 7}
    assert thing.seen_of(2) == (5, {'2.6.1': second})
    thing.seen['2.2'] = second + 1
    assert thing.seen_of(2) == (second + 1, {'2.6.1': second})
