# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Records of one instance that its hub knows to be one."
import copy
from unittest.mock import patch

from trytond.modules.synchronisation import (
    adoption, conflict, intake, meeting, merge, reception, union, wire,
    writing)
from trytond.modules.synchronisation.message import Document
from trytond.modules.synchronisation.protocol import State

from .memory.reading import easier
from .memory.scene import KNOWN, OFFERED, Scene

_describe = conflict.describe
_absorb, _take = adoption.Adoption.absorb, adoption.Adoption.take
_is_outdated = merge.is_outdated
_is_here = intake.Application.is_here
_waiting = reception.waiting
_delete_first = writing.Writing._delete_first


def make_twice(scene):
    """Let a satellite have a thing and the same one made by its user.

    Return their keys, and the message and the answer that tell of it.  The
    answer to a pull that was asked before came late.
    """
    one, = scene.satellites
    first = scene.centre.create('thing', name='first', key='k')
    one.fetch('k')
    second = one.create('thing', name='first', key='k')
    pushed, asked = one.build_push(), one.ask()
    told = one.arrive(asked)
    answer = one.arrive(pushed)
    one.write(second, key='k2')
    one.apply(asked, told)
    assert one.count('thing') == 2
    return first, second, pushed, answer


def kept(scene, thing):
    "Return the name of a thing, the same everywhere, and those in conflicts."
    name, = set(scene.values(thing, 'name'))
    return {name}.union(*(
            {loser, winner} for field, loser, winner, _ in scene.conflicts()
            if field == 'name'))


def wait_for_the_hub(self, document, other):
    return other.pending and document.seen < other.position


@easier("what the hub knows to be one waits for what it has to decide",
    (union.UnionMixin, 'must_wait', wait_for_the_hub))
def test_one_of_two_that_are_edited():
    "Test that edits of what turns out to be another record are edits of it"
    scene = Scene(1)
    one, = scene.satellites
    first, second, pushed, answer = make_twice(scene)
    one.write(second, other='of the second')
    one.write(first, name='of the first')
    one.apply(pushed, answer)
    assert one.count('thing') == 1
    scene.level()
    assert scene.values(first, 'name') == ['of the first'] * 2
    assert scene.values(first, 'other') == ['of the second'] * 2


def test_one_of_two_with_the_same_field_edited():
    "Test that of a field edited in both the other value is kept as a case"
    scene = Scene(1)
    one, = scene.satellites
    first, second, pushed, answer = make_twice(scene)
    one.write(first, name='of the first')
    one.write(second, name='of the second')
    one.apply(pushed, answer)
    scene.level()
    assert kept(scene, first) >= {'of the first', 'of the second'}


@easier("what is one at the hub is one at the sender",
    (State, 'line', lambda self, entry, link: link))
def test_one_of_two_sent_before_it_is_known():
    "Test that both are taken of what the sender does not know to be one"
    scene = Scene(1)
    one, = scene.satellites
    first, second, pushed, answer = make_twice(scene)
    one.write(first, name='of the first')
    one.write(second, name='of the second', other='of the second')
    one.push()
    scene.level()
    assert kept(scene, first) >= {'of the first', 'of the second'}
    assert scene.values(first, 'other') == ['of the second'] * 2


def test_one_made_again_while_the_former_one_comes_back():
    "Test that what is made again becomes part of what was granted again"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    offer = one.create('offer', name='offer', key='o')
    # Two that refer to it keep it here
    one.create('line', name='line', thing=thing)
    one.create('thing', name='child', parent=thing)
    tag = one.create('tag', offer=offer, thing=thing)
    one.synchronise()
    scene.centre.take_from(one.number, tag)
    one.pull()
    assert not one.has(tag)
    one.create('tag', offer=offer, thing=thing)
    scene.centre.give(one.number, tag)
    one.pull()
    assert one.waiting() == {tag: 'unique'}
    scene.level()
    assert one.has(tag) and one.count('tag') == 1


def test_one_that_left_for_some_becomes_another():
    "Test that who had to drop what becomes another record drops it"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    first = scene.centre.create('thing', name='first', key='k')
    scene.centre.give(middle.number, first)
    scene.centre.take_from(middle.number, first)
    middle.pull()
    second = middle.create('thing', name='second', key='k')
    middle.give(below.number, second)
    below.pull()
    middle.take_from(below.number, second)
    scene.level()
    assert middle.count('thing') == 1 and below.count('thing') == 0


def test_one_that_comes_back_for_another():
    "Test that who has the other takes the values of what came back"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    other = scene.join(middle)
    first = scene.centre.create('thing', name='first', key='k')
    scene.centre.give(middle.number, first)
    middle.pull()
    middle.give(other.number, first)
    below.create('thing', name='second', key='k')
    scene.centre.take_from(middle.number, first)
    scene.level()
    assert middle.value(first) == below.value(first) == 'first'


def test_relation_made_again_before_its_deletion_arrives():
    "Test that the deletion of the former one does not take the new one"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    offer = one.create('offer', name='offer', key='o')
    tag = one.create('tag', offer=offer, thing=thing)
    one.synchronise()
    one.delete(tag)
    one.number_changes()
    deletion, = one.store.records.load('identity', [tag]).values()
    one.create('tag', offer=offer, thing=thing)
    one.exchange(one.build_push({(tag, deletion.position)}))
    scene.level()
    assert one.count('tag') == scene.centre.count('tag') == 1


def forget(self, document):
    "What a document tells of former names is not remembered."


@easier("only the names that were used here are remembered",
    (adoption.Adoption, 'note_former', forget))
def test_late_answer_with_a_former_name():
    "Test that what is told late by a name of before is not another record"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    offer = scene.centre.create('offer', key='k', name='of the centre')
    middle.create('offer', key='k', name='of the middle tier')
    below.settings.batch = 1
    late = below.ask(OFFERED)
    told = below.arrive(late)
    middle.push()
    middle.create('offer', key='more', name='more')
    soon = below.ask(OFFERED)
    below.apply(soon, below.arrive(soon))
    below.apply(late, told)
    assert below.waiting() == {}
    scene.level()
    assert scene.values(offer) == ['of the centre'] * 3
    assert below.count('offer') == 2


@easier("what left the scope is not what an answer is about",
    (reception, 'waiting', lambda store, hub, documents, whole: _waiting(
            store, hub, [], whole)))
def test_relation_that_left_and_was_made_again():
    "Test that a full push tells that what waits is what was made here"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    offer = one.create('offer', name='offer', key='o')
    one.push()
    tag = scene.centre.create('tag', offer=offer, thing=thing)
    one.create('tag', offer=offer, thing=thing)
    scene.centre.take_from(one.number, thing)
    one.pull()
    assert one.waiting() == {thing: 'children'}
    scene.centre.give(one.number, thing)
    one.pull()
    assert one.waiting() == {tag: 'unique'}
    one.settings.batch = 1
    one.push()
    assert one.waiting() == {}
    scene.level()
    assert one.count('tag') == scene.centre.count('tag') == 1


def line_of_the_name(self, entry, link):
    "What became part of a record at the sender is not looked at."
    name = self.line(entry, link)
    if name != link:
        return [name]
    return [name, *(f'{link}/{alias}' for alias in entry.aliases)]


@easier("a name tells of nothing that became part of it",
    (State, 'lines', line_of_the_name))
def test_edit_of_what_became_another_twice():
    "Test that an edit does not conflict with the value that it replaces"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.centre.create('thing', name='centre', key='k')
    middle.create('thing', name='middle', key='k')
    mine = below.create('thing', name='below', other='first', key='k')
    message = below.push_in_vain()
    answer = below.arrive(message)
    below.write(mine, other='second')
    below.apply(message, answer)
    middle.push()
    below.push()
    scene.level()
    assert scene.values(thing, 'other') == ['second'] * 3
    assert not any(
        (field, loser) == ('other', 'first')
        for field, loser, _, _ in scene.conflicts())


@easier("what a record is taken over with was brought by nobody",
    (adoption.Adoption, 'keep_lines', lambda *_: None))
def test_edit_of_what_became_another_that_had_left():
    "Test that who brought a value may build on it, under whatever name"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    there = scene.centre.create('thing', name='there', other='a', key='same')
    scene.centre.give(middle.number, there)
    scene.centre.take_from(middle.number, there)
    middle.pull()
    here = below.create('thing', name='here', other='b', key='same')
    below.push_in_vain()
    below.write(here, other='c')
    scene.level()
    assert scene.values(there, 'other') == ['c'] * 3
    assert ('other', 'b', 'c', 'conflict') not in scene.conflicts()


@easier("what is no more was one record only",
    (adoption.Adoption, 'dead_parts', lambda *_: {}))
def test_deletion_of_what_two_are_here():
    "Test that who knows a record as two drops both when it is deleted"
    for is_edited in [False, True]:
        scene = Scene(1)
        one, = scene.satellites
        first, second, _, _ = make_twice(scene)
        one.push_in_vain()
        scene.centre.delete(first)
        if is_edited:
            one.write(second, other='of the second')
        one.pull()
        scene.level()
        assert [s.count('thing') for s in scene.sites] == [is_edited] * 2


@easier("who makes a relation again brings the former one back",
    (intake.Application, 'is_here', lambda self, entry: False))
def test_relation_that_a_restored_satellite_makes_again():
    "Test that a deleted relation does not come back beside the same one"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='first')
    offer = scene.centre.create('offer', name='offer', key='o')
    scene.level()
    tag = below.create('tag', offer=offer, thing=thing)
    below.backup()
    below.push()
    scene.centre.create('tag', offer=offer, thing=thing)
    middle.delete(tag)
    middle.synchronise()
    below.restore(False)
    scene.level()
    assert [site.count('tag') for site in scene.sites] == [1] * 3


def tell(site, kind, key, *aliases):
    "Let the hub tell of a record that is not alive, by several names."
    message = site.ask(KNOWN)
    answer = wire.loads(site.arrive(message))
    told = Document(*key, kind, answer['now'])
    told.aliases = list(aliases)
    answer['documents'] = wire.pack_documents(
        [told], answer['epoch'], answer['hub'], wire.Authors())
    site.apply(message, wire.dumps(answer))


def test_record_that_leaves_under_two_names():
    "Test that what is here under another name leaves, too"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='name')
    other = 'thing', 'never-here'
    tell(one, Document.DEAD, other)
    tell(one, Document.FORGET, other, thing[1])
    assert one.waiting() == {}
    assert not one.has(thing)


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


def is_current_as_another(state, document):
    return (_is_outdated(state, document)
        and state.identity == document.identity)


@easier("what another record became part of was never deleted",
    (merge, 'is_outdated', is_current_as_another))
def test_deletion_of_what_became_another_meanwhile():
    "Test that the hub decides on it, whatever comes first"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share()
    offer = scene.centre.create('offer', key='o')
    scene.level()
    former = middle.create('bond', thing=thing, offer=offer, note='second')
    below.pull()
    bond = scene.centre.create('bond', thing=thing, offer=offer, note='first')
    middle.synchronise()
    below.delete(former)
    below.pull()
    scene.level()
    assert all(site.has(bond) for site in scene.sites)
    assert (None, None, None, 'deletion') in scene.conflicts()


def only_what_left(self, document):
    with patch.object(self, 'absorb', lambda document, other: (
            document.kind != Document.DEAD and _absorb(
                self, document, other))):
        _take(self, document)


@easier("who deletes one of two waits until only that is gone",
    (adoption.Adoption, 'take', only_what_left))
def test_deletion_of_both_of_what_became_one():
    "Test that a deletion is settled whose record was deleted as another"
    scene = Scene(1)
    one, = scene.satellites
    there = scene.centre.create('offer', key='k', name='there')
    asked = one.ask(OFFERED)
    told = one.arrive(asked)
    here = one.create('offer', key='k', name='here')
    one.push_in_vain()
    one.delete(here)
    one.apply(asked, told)
    scene.centre.delete(there)
    one.push_in_vain()
    scene.level()
    assert not one.pending() and one.count('offer') == 0
