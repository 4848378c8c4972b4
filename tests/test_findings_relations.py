# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Relations, known by their two ends, that move, meet and come back."
import copy

from trytond.modules.synchronisation import (
    conflict, intake, meeting, merge, reception, writing)

from .memory.reading import easier
from .memory.scene import Scene

_describe = conflict.describe
_is_here = intake.Application.is_here
_is_outdated = merge.is_outdated
_delete_first = writing.Writing._delete_first


def relate(satellites, offers):
    "Return a Scene where all have a thing and offers, and their keys."
    scene = Scene(satellites)
    thing = scene.share()
    made = [scene.centre.create('offer', key=f'{i}') for i in range(offers)]
    scene.level()
    return scene, thing, made


def meet_what_moves(entry, values):
    return False


@easier("what gets other ends in a message still has those it had",
    (meeting, '_moves_away', meet_what_moves))
def test_relation_that_moves_away_for_a_new_one():
    "Test that a corrected relation and the one in its place are two"
    scene, thing, offers = relate(1, 3)
    one, = scene.satellites
    former = one.create('tag', thing=thing, offer=offers[0])
    scene.level()
    one.write(former, offer=offers[1])
    new = one.create('tag', thing=thing, offer=offers[0])
    one.write(former, offer=offers[2])
    scene.level()
    assert scene.values(new, 'offer') == [offers[0][1]] * 2
    assert scene.values(former, 'offer') == [offers[2][1]] * 2
    assert scene.conflicts() == []


def test_relation_that_moves_away_in_one_transaction():
    "Test that a unit may have both"
    scene, thing, offers = relate(1, 2)
    one, = scene.satellites
    former = one.create('tag', thing=thing, offer=offers[0])
    scene.level()
    with one.unit() as unit:
        unit.write(former, offer=offers[1])
        unit.create('tag', thing=thing, offer=offers[0])
    scene.level()
    assert scene.centre.count('tag') == one.count('tag') == 2
    assert scene.values(former, 'offer') == [offers[1][1]] * 2


def last_document(documents):
    return {document.key: document for document in documents}


@easier("the last that an answer tells of a record is all that it tells",
    (reception, '_joined', last_document))
def test_whole_and_partial_record_in_one_answer():
    "Test that an answer may tell of a record beside what became it"
    scene, thing, offers = relate(1, 2)
    one, = scene.satellites
    bond = one.create('bond', thing=thing, offer=offers[0])
    scene.level()
    scene.centre.write(bond, offer=offers[1])
    one.create('bond', thing=thing, offer=offers[1], note='of another')
    one.write(bond, thing=thing)
    one.push()
    assert one.value(bond, 'note') == 'of another'
    scene.level()
    assert scene.values(bond, 'note') == ['of another'] * 2


def stay_when_moved(self):
    if self.new:
        _delete_first(self)


@easier("only a new row needs the key of one that is deleted",
    (writing.Writing, '_delete_first', stay_when_moved))
def test_relation_that_gets_the_ends_of_one_that_becomes_it():
    "Test that of two relations made one, one is moved to where the other is"
    scene, thing, offers = relate(1, 2)
    one, = scene.satellites
    tag = one.create('tag', thing=thing, offer=offers[0])
    scene.level()
    scene.centre.write(tag, offer=offers[1])
    one.create('tag', thing=thing, offer=offers[1])
    scene.level()
    assert scene.values(tag, 'offer') == [offers[1][1]] * 2
    assert scene.centre.count('tag') == one.count('tag') == 1


@easier("what is moved is written as it comes",
    (writing.Writing, '_detour', lambda self: None))
def test_relations_that_change_places():
    "Test that two relations may get the ends of each other"
    scene, thing, offers = relate(2, 3)
    one, two = scene.satellites
    first, second = [
        one.create('tag', thing=thing, offer=offer) for offer in offers[:2]]
    scene.level()
    one.write(first, offer=offers[2])
    one.write(second, offer=offers[0])
    one.write(first, offer=offers[1])
    scene.level()
    assert scene.values(first, 'offer') == [offers[1][1]] * 3
    assert scene.values(second, 'offer') == [offers[0][1]] * 3
    assert scene.conflicts() == []


def move_by_what_changes(self, model, local, names, current):
    changed = self.changed[model][local]
    self.store.detour(model, local, [n for n in names if n in changed])


def move_and_stay(self, model, local, names, current):
    self.store.detour(model, local, names[::-1])


@easier("what is moved out of the way is so by what changes",
    (writing.Writing, '_move_aside', move_by_what_changes))
@easier("what is moved out of the way comes back by itself",
    (writing.Writing, '_move_aside', move_and_stay))
def test_relations_that_change_owners():
    "Test that what does not change is as it was, also without a third owner"
    scene = Scene(2)
    one, two = scene.satellites
    things = [one.create('thing', name=name) for name in 'abc']
    offers = [one.create('offer', key=f'{i}') for i in range(3)]
    first, second = [
        one.create('tag', thing=thing, offer=offers[0])
        for thing in things[:2]]
    one.push()
    for key in [*things[:2], first, second]:
        scene.centre.give(two.number, key)
    scene.level()
    assert two.count('thing') == 2
    one.write(first, thing=things[2])
    one.write(second, thing=things[0])
    one.write(first, thing=things[1])
    scene.level()
    assert scene.values(first, 'offer') == [offers[0][1]] * 3
    assert scene.values(second, 'offer') == [offers[0][1]] * 3
    assert scene.values(first, 'thing') == [things[1][1]] * 3
    assert scene.values(second, 'thing') == [things[0][1]] * 3


@easier("nothing is where another one of the message moves to",
    (intake.Application, 'is_made', lambda *_: False))
def test_relation_that_both_ends_move_to_where_another_is_made():
    "Test that it stays where one of them moved it, as a case"
    scene, thing, offers = relate(1, 2)
    one, = scene.satellites
    other = scene.share(key='other')
    bond = scene.centre.create('bond', thing=thing, offer=offers[0], note='a')
    scene.level()
    scene.centre.write(bond, thing=other)
    with one.unit() as unit:
        unit.write(bond, offer=offers[1])
        unit.create('bond', thing=other, offer=offers[0], note='b')
        unit.create('bond', thing=other, offer=offers[1], note='c')
    scene.level()
    assert scene.centre.count('bond') == 2
    assert ('offer', offers[1][1], offers[0][1], 'key') in scene.conflicts()


@easier("a relation may always be moved",
    (intake.Application, 'taken_ends', lambda *_: set()))
def test_relations_that_two_move_to_one_place():
    "Test that one of them stays where it was, as a case"
    scene, thing, offers = relate(2, 3)
    one, two = scene.satellites
    mine = one.create('tag', thing=thing, offer=offers[0])
    scene.level()
    theirs = two.create('tag', thing=thing, offer=offers[1])
    scene.level()
    one.write(mine, offer=offers[2])
    two.write(theirs, offer=offers[2])
    scene.level()
    assert scene.values(mine, 'offer') == [offers[2][1]] * 3
    assert scene.values(theirs, 'offer') == [offers[1][1]] * 3
    assert [why for *_, why in scene.conflicts()] == ['key']


def test_relation_that_moves_to_where_another_is_made():
    "Test that a moved relation stays where it was if the place is taken"
    scene, thing, offers = relate(2, 2)
    one, two = scene.satellites
    moved = one.create('tag', thing=thing, offer=offers[0])
    scene.level()
    one.write(moved, offer=offers[1])
    made = two.create('tag', thing=thing, offer=offers[1])
    two.push()
    scene.level()
    assert scene.values(made, 'offer') == [offers[1][1]] * 3
    assert scene.values(moved, 'offer') == [offers[0][1]] * 3


def test_relation_that_is_made_where_another_moves_to():
    "Test the same, if the moved one comes first"
    scene, thing, offers = relate(2, 2)
    one, two = scene.satellites
    moved = one.create('tag', thing=thing, offer=offers[0])
    scene.level()
    one.write(moved, offer=offers[1])
    two.create('tag', thing=thing, offer=offers[1])
    one.push()
    scene.level()
    assert scene.values(moved, 'offer') == [offers[1][1]] * 3
    assert scene.centre.count('tag') == 1


def describe_by_link(key, found, number, link, version):
    link = link and link.partition('/')[0]
    return _describe(key, found, number, link, version)


@easier("of one transaction a record has one value for a field",
    (conflict, 'describe', describe_by_link))
def test_two_values_of_one_transaction_for_one_record():
    "Test that both are kept if two records of it turn out to be one"
    scene, thing, offers = relate(1, 2)
    one, = scene.satellites
    bond = one.create('bond', thing=thing, offer=offers[0])
    scene.level()
    scene.centre.write(bond, offer=offers[1], note='of the centre')
    with one.unit() as unit:
        unit.write(bond, note='of one')
        unit.create('bond', thing=thing, offer=offers[1], note='of another')
    scene.level()
    assert {loser for name, loser, *_ in scene.conflicts()
        if name == 'note'} == {'of one', 'of another'}


def is_made_whole(self, entry):
    return entry.full and _is_here(self, entry)


@easier("only a relation that comes whole may be there already",
    (intake.Application, 'is_here', is_made_whole))
def test_deleted_relation_that_moves_to_where_another_is_made():
    "Test that an edit which would only say what lives brings nothing back"
    scene, thing, offers = relate(2, 2)
    one, two = scene.satellites
    tag = scene.centre.create('tag', thing=thing, offer=offers[0])
    scene.level()
    scene.centre.delete(tag)
    two.create('tag', thing=thing, offer=offers[1])
    two.push()
    one.write(tag, offer=offers[1])
    scene.level()
    assert [site.count('tag') for site in scene.sites] == [1] * 3
    assert scene.values(tag, 'offer') == [None] * 3


@easier("what comes back has the ends that it had last",
    (intake.Application, 'other_ends', lambda *_: {}))
def test_deleted_relation_whose_last_place_is_taken():
    "Test that it comes back where who edited it has it"
    scene, thing, offers = relate(2, 3)
    one, two = scene.satellites
    tag = scene.centre.create('tag', thing=thing, offer=offers[0])
    scene.level()
    scene.centre.write(tag, offer=offers[1])
    scene.centre.number_changes()
    scene.centre.delete(tag)
    scene.centre.create('tag', thing=thing, offer=offers[1])
    one.write(tag, offer=offers[2])
    scene.level()
    assert scene.values(tag, 'offer') == [offers[2][1]] * 3
    assert [site.count('tag') for site in scene.sites] == [2] * 3
    # That somebody had moved it is not forgotten
    assert ('offer', offers[1][1], offers[2][1], 'key') in scene.conflicts()


@easier("what comes back has the ends that it had last",
    (intake.Application, 'other_ends', lambda *_: {}))
def test_deleted_relation_whose_last_place_is_taken_with_it():
    "Test the same if who edited it makes the other one"
    scene, thing, offers = relate(1, 3)
    one, = scene.satellites
    tag = scene.centre.create('tag', thing=thing, offer=offers[0])
    scene.level()
    scene.centre.write(tag, offer=offers[1])
    scene.centre.number_changes()
    scene.centre.delete(tag)
    one.write(tag, offer=offers[2])
    other = one.create('tag', thing=thing, offer=offers[1])
    scene.level()
    assert scene.values(tag, 'offer') == [offers[2][1]] * 2
    assert scene.values(other, 'offer') == [offers[1][1]] * 2
    # That somebody had moved it is not forgotten
    assert ('offer', offers[1][1], offers[2][1], 'key') in scene.conflicts()


def is_outdated_as_the_other(state, document):
    other = copy.copy(document)
    other.identity = state.identity
    return _is_outdated(state, other)


@easier("what was deleted is so under every name",
    (merge, 'is_outdated', is_outdated_as_the_other))
def test_relation_that_takes_the_place_of_one_deleted_with_it():
    "Test that it arrives though the other, which became it, was deleted"
    scene, thing, offers = relate(2, 1)
    one, two = scene.satellites
    other = scene.centre.create('thing', key='other')
    two.fetch('other')
    former = scene.centre.create('bond', thing=thing, offer=offers[0])
    two.pull()
    with scene.centre.unit() as unit:
        unit.create('bond', thing=other, offer=offers[0], note='new')
        unit.delete(former)
    one.pull()
    two.write(former, thing=other)
    scene.level()
    assert [site.count('bond') for site in scene.sites] == [1] * 3


@easier("a relation is moved as a whole",
    (merge, 'wins', lambda *_: True))
def test_relation_of_which_one_end_is_moved():
    "Test that it stays if what is left of a move is where another is"
    scene, thing, offers = relate(1, 3)
    one, = scene.satellites
    other = scene.share(key='other')
    moved = one.create('bond', thing=other, offer=offers[0], note='first')
    one.create('bond', thing=thing, offer=offers[1])
    scene.level()
    scene.centre.write(moved, offer=offers[1])
    with one.unit() as unit:
        unit.write(moved, thing=thing, offer=offers[2], note='edited')
        unit.create('line', thing=thing, name='of the same transaction')
    scene.level()
    assert scene.values(moved, 'note') == ['edited'] * 2
    assert scene.values(moved, 'thing') == [other[1]] * 2
    assert scene.values(moved, 'offer') == [offers[1][1]] * 2
    assert scene.centre.count('line') == 1
    assert {(name, why) for name, *_, why in scene.conflicts()} == {
        ('thing', 'key'), ('offer', 'conflict')}


def join_only(self, entry, state, former):
    state.join(former)


def revived_as_another():
    """Return a Scene where a dead relation came back as what lives.

    The third satellite has both and has not heard of it; the relation that
    lives and the dead one.
    """
    scene, thing, offers = relate(3, 2)
    one, two, three = scene.satellites
    bond = two.create('bond', thing=thing, offer=offers[1], note='first')
    two.push()
    former = one.create('bond', thing=thing, offer=offers[0], note='second')
    one.push()
    three.pull()
    scene.centre.delete(former)
    one.write(former, offer=offers[1])
    one.push()
    return scene, three, bond, former


@easier("nobody has to hear that a dead record is another one now",
    (intake.Application, 'absorb', join_only))
def test_relation_that_came_back_as_another():
    "Test that who has both is told that they are one"
    scene, _, bond, _ = revived_as_another()
    scene.level()
    assert [site.count('bond') for site in scene.sites] == [1] * 4
    assert scene.values(bond, 'note') == ['first'] * 4


@easier("who saw a dead record saw what it became",
    (intake.Application, 'absorb', join_only))
def test_edit_of_a_relation_that_came_back_as_another():
    "Test that it does not take the place of what its author had not edited"
    scene, three, bond, former = revived_as_another()
    three.write(former, note='edited')
    three.push()
    scene.level()
    assert scene.values(bond, 'note') == ['first'] * 4
    assert scene.conflicts() == [('note', 'edited', 'first', 'conflict')]


@easier("who deletes a dead record deletes what it became",
    (intake.Application, 'absorb', join_only))
def test_deletion_of_a_relation_that_came_back_as_another():
    "Test that what its author did not delete lives"
    scene, three, bond, former = revived_as_another()
    three.delete(former)
    three.push()
    scene.level()
    assert scene.values(bond, 'note') == ['first'] * 4
    assert scene.conflicts() == [(None, None, None, 'deletion')]


@easier("what waits to come back is not there yet",
    (intake.Application, 'coming_back', lambda *_: None))
def test_relation_made_where_a_deleted_one_comes_back():
    """Test that the two become one, as they do if it is not deleted

    It was moved there before it was deleted, which their author did not know.
    """
    scene, thing, offers = relate(2, 2)
    one, _ = scene.satellites
    former = one.create('bond', thing=thing, offer=offers[0])
    scene.level()
    with one.unit() as unit:
        unit.write(former, note='edited')
        unit.create('bond', thing=thing, offer=offers[1], note='new')
    scene.centre.write(former, offer=offers[1])
    scene.centre.delete(former)
    scene.level()
    assert scene.values(former, 'note') == ['edited'] * 3
    assert [site.count('bond') for site in scene.sites] == [1] * 3
    assert ('note', 'new', 'edited', 'conflict') in scene.conflicts()
