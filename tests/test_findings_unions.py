# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Records of one instance that its hub knows to be one."
from unittest.mock import patch

from trytond.modules.synchronisation import (
    adoption, intake, merge, reception, union, wire)
from trytond.modules.synchronisation.message import Document
from trytond.modules.synchronisation.protocol import State

from .memory.reading import easier
from .memory.scene import KNOWN, OFFERED, Scene

_absorb, _take = adoption.Adoption.absorb, adoption.Adoption.take
_is_outdated = merge.is_outdated
_waiting = reception.waiting


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
