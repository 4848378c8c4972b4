# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Two records with one natural key or code, and one record with two."
from unittest.mock import patch

from trytond.modules.synchronisation import (
    application, caller, former, intake, keys, merge, writing)

from .memory.model import Line, Thing
from .memory.reading import easier, fault
from .memory.scene import Scene
from .memory.store import MemoryStore

_admitted = application.Application.admitted
is_kept = merge.is_kept
unbury = intake.Application.unbury


def known_by_key(self, model, ids):
    column = self.models[model].unique_id_column
    return {i: self.tables[model][i][column]
        for i in ids if i in self.tables[model]}


def resolve_present_names(store, needs):
    return store.records.load('identity', needs), {}


def take_away(self, model, name, values):
    self.store.write(model, [
            (local, {name: None}) for local, _ in self.store.find_by_key(
                model, values, name)], self.ids)


@fault("a key makes two things one that the sender told apart")
def test_key_given_to_another_by_who_knows_the_first():
    "Test that a corrected key does not make a living person another one"
    scene = Scene(1)
    one, = scene.satellites
    first = one.create('thing', name='first', key='old')
    one.push()
    scene.centre.write(first, key='new')
    second = one.create('thing', name='second', key='new')
    scene.level()
    assert scene.values(first) == ['first'] * 2
    assert scene.values(second) == ['second'] * 2
    assert scene.values(first, 'key') == ['new'] * 2
    assert scene.values(second, 'key') == ['new~1'] * 2
    assert scene.conflicts() == [('key', 'new', 'new~1', 'key')]


@easier("who is to drop a record does not have it",
    (intake.Application, 'may_hold', lambda *_: False))
def test_key_given_to_another_by_who_is_to_drop_the_first():
    "Test that who has not heard yet that a record is withdrawn has it"
    scene = Scene(1)
    one, = scene.satellites
    first = scene.share(name='first', key='old')
    scene.centre.take_from(1, first)
    scene.centre.write(first, key='new')
    second = one.create('thing', name='second', key='new')
    scene.level()
    assert scene.values(first) == ['first', None]
    assert scene.values(second) == ['second'] * 2
    assert scene.conflicts() == [('key', 'new', 'new~1', 'key')]


def test_key_given_to_another_by_who_edits_the_first():
    "Test that a record which is to be dropped, but has an edit, is here still"
    scene = Scene(1)
    one, = scene.satellites
    first = scene.share(name='first', key='old')
    scene.centre.take_from(1, first)
    scene.centre.write(first, key='new')
    second = one.create('thing', name='second', key='new')
    one.write(first, name='edited')
    one.pull()
    assert one.waiting() == {first: 'unsent'}
    scene.level()
    assert scene.values(first) == ['edited', None]
    assert scene.values(second) == ['second'] * 2


@easier("a record is known by its natural key",
    (MemoryStore, 'uuids', known_by_key))
def test_mistyped_key():
    "Test that a key which was mistyped once does not belong to the record"
    scene = Scene()
    one, two = scene.satellites
    eight = one.create('thing', name='eight', key='7')
    one.push()
    one.write(eight, key='8')
    one.push()
    two.create('thing', name='seven', key='7')
    two.push()
    assert sorted(row['name'] for row in
        scene.centre.store.tables['thing'].values()) == ['eight', 'seven']


@easier("equal keys are always two records",
    (intake.Application, 'has', lambda self, entry, state: True))
def test_key_given_at_two_places():
    "Test that one person who is registered twice is one"
    scene = Scene()
    one, two = scene.satellites
    first = one.create('thing', name='of 1', key='same')
    second = two.create('thing', name='of 2', key='same')
    line = two.create('line', name='line', thing=second)
    scene.level()
    assert [site.count('thing') for site in scene.sites] == [1] * 3
    assert scene.values(first) == ['of 1'] * 3
    assert two.value(line, 'thing') == first[1]
    assert scene.conflicts() == [('name', 'of 2', 'of 1', 'conflict')]


@easier("what waits at a satellite counts as known there",
    (caller.Caller, 'held', lambda self: []))
def test_key_of_what_waits():
    "Test that what came, but waits for its key, is one with the one here"
    scene = Scene(1)
    one, = scene.satellites
    there = scene.centre.create('offer', name='there', key='same')
    one.create('offer', name='here', key='same')
    one.pull()
    assert one.waiting() == {there: 'unique'}
    scene.level()
    assert [site.count('offer') for site in scene.sites] == [1, 1]
    assert scene.conflicts() == [('name', 'here', 'there', 'conflict')]


def test_key_given_below_a_middle_tier_to_what_waits_there():
    "Test that the laptop's record becomes that of the middle tier"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    theirs = middle.create('thing', name='of the middle', key='k')
    below.create('thing', name='of the laptop', key='k')
    below.fetch('k')
    below.pull()
    assert below.waiting() == {theirs: 'unique'}
    scene.level()
    assert [site.count('thing') for site in scene.sites] == [1] * 3
    assert ('name', 'of the laptop', 'of the middle', 'conflict') in (
        scene.conflicts())


@easier("a reference is by the name that a record has now",
    (former, 'resolve', resolve_present_names))
def test_child_of_what_was_merged_and_deleted():
    "Test that a child brings back what its author knows by a former name"
    scene = Scene(1)
    one, = scene.satellites
    there = scene.centre.create('thing', name='there', key='same')
    here = one.create('thing', name='here', key='same')
    one.push_in_vain()
    scene.centre.delete(there)
    child = one.create('line', name='child', thing=here)
    scene.level()
    assert scene.values(there) == ['there'] * 2
    assert scene.values(child, 'thing') == [there[1]] * 2


def test_edit_of_what_was_merged_and_deleted_and_refers_to_itself():
    "Test that an edit brings back what refers to itself by a former name"
    scene = Scene(1)
    one, = scene.satellites
    there = scene.centre.create('thing', name='there', key='same')
    with one.unit() as unit:
        made = unit.create('thing', name='here', key='same')
        unit.write(made, parent=made)
    here = one.key(made)
    one.push_in_vain()
    scene.centre.delete(there)
    one.write(here, other='later')
    scene.level()
    assert scene.values(there, 'other') == ['later'] * 2
    assert scene.values(there, 'parent') == [there[1]] * 2


def test_edit_of_what_referred_to_what_was_merged_and_deleted():
    "Test that what comes back may refer to a record by a former name"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    there = scene.centre.create('thing', name='there', key='same')
    here = middle.create('thing', name='here', key='same')
    child = middle.create('line', name='child', thing=here)
    below.fetch('same')
    below.pull()
    middle.delete(child)
    middle.push()
    scene.centre.delete(there)
    middle.pull()
    assert not middle.has(there)
    below.write(child, name='by the laptop')
    scene.level()
    assert scene.values(child) == ['by the laptop'] * 3
    assert scene.values(child, 'thing') == [there[1]] * 3


def test_reference_to_what_was_merged():
    "Test that two who refer to one record by two names agree"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='thing')
    there = scene.centre.create('thing', name='there', key='same')
    here = one.create('thing', name='here', key='same')
    one.push_in_vain()
    scene.centre.write(thing, parent=there)
    one.write(thing, parent=here)
    scene.level()
    assert scene.values(thing, 'parent') == [there[1]] * 2
    assert {name for name, *_ in scene.conflicts()} == {'name'}


def test_relation_that_was_made_anew_before_it_met_another():
    "Test that a relation which two made stays if one of them made it again"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='thing')
    offer = scene.centre.create('offer', name='offer', key='o')
    scene.level()
    theirs = scene.centre.create('tag', thing=thing, offer=offer)
    mine = one.create('tag', thing=thing, offer=offer)
    one.push_in_vain()
    with one.unit() as unit:
        unit.delete(mine)
        unit.create('tag', thing=thing, offer=offer)
    one.push()
    assert one.waiting('hub') == {}
    scene.level()
    assert scene.values(theirs, 'thing') == [thing[1]] * 3
    assert [site.count('tag') for site in scene.sites] == [1] * 3


def test_what_waits_for_its_key_becomes_another():
    "Test that what waits under a name does not wait on under the next"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='thing')
    below.create('offer', name='of the laptop', key='same')
    with middle.unit() as unit:
        made = unit.create('offer', name='of the middle', key='same')
        line = unit.create('line', name='line', thing=thing)
    offer, line = middle.key(made), middle.key(line)
    with middle.unit() as unit:
        made = unit.create('tag', thing=thing, offer=offer)
    tag = middle.key(made)
    below.pull()
    assert below.waiting() == {offer: 'unique', line: 'unique', tag: 'missing'}
    there = scene.centre.create('offer', name='of the centre', key='same')
    middle.push()
    scene.level()
    assert [site.count('offer') for site in scene.sites] == [1] * 3
    assert scene.values(line) == ['line'] * 3
    assert scene.values(tag, 'offer') == [there[1]] * 3


@fault("a second unique text that clashes is not looked for")
def test_code_given_at_two_places():
    "Test that two things with one code, which is no key, stay two"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='thing')
    first = one.create('line', name='first', code='E7', thing=thing)
    with two.unit() as unit:
        made = unit.create('line', name='second', code='E7', thing=thing)
        mate = unit.create('line', name='mate', thing=thing)
    second, mate = two.key(made), two.key(mate)
    one.push()
    two.push()
    assert two.waiting('hub') == {}
    scene.level()
    assert scene.values(first, 'code') == ['E7'] * 3
    assert scene.values(second, 'code') == ['E7~2'] * 3
    assert scene.values(mate) == ['mate'] * 3
    assert [site.count('line') for site in scene.sites] == [3] * 3
    assert scene.conflicts() == [('code', 'E7', 'E7~2', 'key')]


@easier("what comes takes the code from who has it",
    (writing.Writing, '_release', take_away))
def test_code_of_what_comes():
    "Test that who comes for a code that is taken here waits for the hub"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='thing')
    there = scene.centre.create('line', name='there', code='E7', thing=thing)
    here = one.create('line', name='here', code='E7', thing=thing)
    one.pull()
    assert one.waiting() == {there: 'unique'}
    assert one.value(here, 'code') == 'E7'
    scene.level()
    assert scene.values(there, 'code') == ['E7'] * 2
    assert scene.values(here, 'code') == ['E7~1'] * 2
    assert scene.conflicts() == [('code', 'E7', 'E7~1', 'key')]


@easier("a code is given to who asks for it last",
    (intake.Application, 'taken_keys', lambda *_: set()))
def test_code_corrected_to_that_of_another():
    "Test that a corrected code which another one has stays as it was"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='thing')
    lines = [scene.centre.create('line', name='line', code=code, thing=thing)
        for code in 'AB']
    scene.level()
    for site, line in zip([one, two], lines):
        site.write(line, code='C', name=f'of {site.number}')
        site.push()
    assert two.waiting('hub') == {}
    scene.level()
    assert scene.values(lines[0], 'code') == ['C'] * 3
    assert scene.values(lines[1], 'code') == ['B'] * 3
    assert scene.values(lines[1]) == ['of 2'] * 3
    assert scene.conflicts() == [('code', 'C', 'B', 'key')]


@easier("who gives a code up has it still",
    (keys.Keys, 'gives', lambda *_: False))
def test_code_given_up_in_the_same_message():
    "Test that codes can be swapped, and be used again at once"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='thing')
    lines = [one.create('line', name='line', code=code, thing=thing)
        for code in 'ABC']
    scene.level()
    with one.unit() as unit:
        unit.delete(lines[2])
        unit.write(lines[0], code='x')
        unit.write(lines[1], code='A')
        unit.write(lines[0], code='B')
        made = unit.create('line', name='new', code='C', thing=thing)
    new = one.key(made)
    one.push()
    assert one.waiting('hub') == {}
    scene.level()
    assert [scene.centre.value(line, 'code')
        for line in [*lines[:2], new]] == ['B', 'A', 'C']
    assert scene.conflicts() == []


@easier("rows are written one by one",
    (writing.Writing, '_release_keys', lambda self: None))
def test_codes_that_circulate():
    "Test that a satellite takes codes that went around"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='thing')
    lines = [one.create('line', name='line', code=code, thing=thing)
        for code in 'ABC']
    scene.level()
    with scene.centre.unit() as unit:
        for line, code in zip([*lines, lines[0]], ['x', 'A', 'B', 'C']):
            unit.write(line, code=code)
    one.pull()
    assert one.waiting() == {}
    assert [one.value(line, 'code') for line in lines] == ['C', 'A', 'B']
    scene.level()


def test_required_codes_that_circulate():
    "Test the same with codes that cannot be empty in the meantime"
    with patch.object(Line._fields['code'], 'required', True):
        test_codes_that_circulate()


def keep_the_settled(state, name, version, seen, settled=False):
    return is_kept(state, name, version, seen)


@easier("what the hub has as it was was not decided on",
    (merge, 'is_kept', keep_the_settled))
def test_key_of_what_came_back():
    "Test that a key that the hub refuses is taken back with a whole record"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='thing', key='k')
    scene.level()
    middle.delete(thing)
    below.write(thing, name='edited')
    below.push()
    middle.write(thing, key='k2')
    scene.centre.create('thing', name='another', key='k2')
    scene.level()
    assert scene.values(thing, 'key') == ['k'] * 3


@easier("what has the key of another is the other",
    (intake.Application, 'differ', lambda self, model, entries: set()))
def test_key_of_what_is_another():
    "Test that two persons who cannot be one stay two under a mistyped key"
    with patch.object(Thing, 'sync_alike', ('name', 'other')):
        scene = Scene()
        one, two = scene.satellites
        first = one.create('thing', name='Ann', other='1980', key='k')
        second = two.create('thing', name='Bob', other='1980', key='k')
        one.push()
        two.push()
        scene.level()
        assert scene.values(first) == ['Ann', 'Ann', None]
        assert scene.values(second) == ['Bob', None, 'Bob']
        assert {scene.centre.value(first, 'key'),
            two.value(second, 'key')} == {'k', 'k~2'}
        assert ('key', 'k', 'k~2', 'key') in scene.centre.conflicts()


def test_key_of_what_may_be_the_same():
    "Test that what is not known of one of two does not part them"
    with patch.object(Thing, 'sync_alike', ('name', 'other')):
        scene = Scene()
        one, two = scene.satellites
        thing = one.create('thing', name='Ann', key='k')
        two.create('thing', name='Ann', other='1980', key='k')
        one.push()
        two.push()
        scene.level()
        assert [site.count('thing') for site in scene.sites] == [1] * 3
        assert scene.centre.value(thing, 'other') == '1980'


@easier("a thing that is one with another brings its code",
    (intake.Application, 'taken_keys', lambda *_: set()))
def test_code_of_what_was_registered_twice():
    "Test that one with the key of one and the code of another is the one"
    scene = Scene(1)
    one, = scene.satellites
    first = scene.centre.create('thing', name='first', key='k', code='A')
    scene.centre.create('thing', name='another', code='B')
    one.create('thing', name='again', key='k', code='B')
    one.push()
    assert one.waiting('hub') == {}
    scene.level()
    assert scene.values(first, 'code') == ['A'] * 2
    assert ('code', 'B', 'A', 'key') in scene.conflicts()


@easier("what comes back has all that it had",
    (intake.Application, 'free_keys', lambda *_: {}))
def test_code_of_what_comes_back():
    "Test that a deleted record comes back though its code is another's"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='thing')
    line = one.create('line', name='line', code='E7', thing=thing)
    scene.level()
    scene.centre.delete(line)
    two.write(line, name='edited')
    another = scene.centre.create(
        'line', name='another', code='E7', thing=thing)
    two.push()
    assert two.waiting('hub') == {}
    scene.level()
    assert scene.values(line) == ['edited'] * 3
    assert scene.values(line, 'code') == ['E7~2'] * 3
    assert scene.values(another, 'code') == ['E7'] * 3
    assert ('code', 'E7', 'E7~2', 'key') in scene.conflicts()


def give_keys_at_once(self, entry, state, values):
    unbury(self, entry, state, values)
    self.give_keys(state)


@easier("a key is made up for what comes back before its edit is looked at",
    (intake.Application, 'unbury', give_keys_at_once))
def test_code_corrected_of_what_comes_back():
    "Test that who brings a record back may correct its code, now another's"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='thing')
    line = one.create('line', name='line', code='E7', thing=thing)
    scene.level()
    scene.centre.delete(line)
    two.write(line, code='E8')
    scene.centre.create('line', name='another', code='E7', thing=thing)
    scene.level()
    assert scene.values(line, 'code') == ['E8'] * 3
    assert scene.conflicts() == [(None, None, None, 'revived')]


def test_codes_of_what_comes_back_are_both_taken():
    "Test that both of its codes are told if others have either"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='thing')
    line = one.create('line', name='line', code='E7', thing=thing)
    scene.level()
    scene.centre.delete(line)
    two.write(line, code='E8')
    for code in ['E7', 'E8']:
        scene.centre.create('line', name=code, code=code, thing=thing)
    scene.level()
    assert scene.values(line, 'code') == ['E7~2'] * 3
    assert scene.conflicts() == [
        ('code', 'E7', 'E7~2', 'key'), ('code', 'E8', 'E7', 'key'),
        (None, None, None, 'revived')]


@easier("what comes back for another has a code made up before its own edit",
    (intake.Application, 'unbury', give_keys_at_once))
def test_code_corrected_of_what_comes_back_for_its_child():
    "Test that a code may be corrected of what a child brings back first"
    scene = Scene()
    one, two = scene.satellites
    parent = scene.share(name='parent', key='p', code='E7')
    scene.centre.delete(parent)
    with two.unit() as unit:
        unit.create('thing', name='child', key='c', parent=parent)
        unit.write(parent, code='E8')
    scene.centre.create('thing', name='another', key='a', code='E7')
    scene.level()
    assert scene.values(parent, 'code') == ['E8'] * 3
    assert scene.conflicts() == [(None, None, None, 'revived')]


def test_code_given_below_a_middle_tier():
    "Test that a code which each of three tiers gave is told apart at each"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='thing')
    lines = [site.create('line', name=f'of {site.number}', code='E7',
            thing=thing) for site in scene.sites]
    scene.level()
    assert [scene.values(line, 'code') for line in lines] == [
        ['E7'] * 3, ['E7~1'] * 3, ['E7~2'] * 3]
    assert [scene.values(line) for line in lines] == [
        [f'of {number}'] * 3 for number in range(3)]
    assert scene.conflicts() == [
        ('code', 'E7', 'E7~1', 'key'), ('code', 'E7', 'E7~2', 'key')]


def test_code_that_a_restored_hub_gave_again():
    "Test that what a hub lost comes back beside who has its code now"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='thing')
    scene.centre.backup()
    lost = one.create('line', name='lost', code='E7', thing=thing)
    one.push()
    two.pull()
    scene.centre.restore(True, 0)
    new = scene.centre.create('line', name='new', code='E7', thing=thing)
    scene.level()
    assert scene.values(new, 'code') == ['E7'] * 3
    assert scene.values(lost, 'code') == ['E7~1'] * 3
    assert scene.values(lost) == ['lost'] * 3
    assert ('code', 'E7', 'E7~1', 'key') in scene.centre.conflicts()


def test_code_that_is_taken_after_all():
    "Test that the value of a case can be taken once it is free"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='thing')
    first = one.create('line', name='first', code='E7', thing=thing)
    second = two.create('line', name='second', code='E7', thing=thing)
    scene.level()
    two.write(first, code='E8')
    two.write(second, code='E7')
    scene.level()
    assert scene.values(first, 'code') == ['E8'] * 3
    assert scene.values(second, 'code') == ['E7'] * 3
    assert scene.conflicts() == [('code', 'E7', 'E7~2', 'key')]


@easier("the hub above is not asked for a code that is only taken here",
    (intake.Application, 'ask', lambda *_: None))
def test_code_that_a_middle_tier_gave_again():
    "Test that what left the middle comes back, for an edit, with its code"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share(name='thing', key='a', code='E7')
    scene.centre.take_from(middle.number, thing)
    middle.synchronise()
    another = middle.create('thing', name='another', code='E7')
    below.write(thing, name='edited')
    below.push()
    assert middle.value(thing, 'code') == 'E7~2'
    scene.centre.give(middle.number, thing)
    scene.level()
    assert scene.values(thing) == ['edited'] * 3
    assert scene.values(thing, 'code') == ['E7'] * 3
    assert scene.values(another, 'code') == ['E7~1'] * 2 + [None]


def admit_what_met(self):
    "What met another record is here, taken or not."
    fresh, self.fresh = self.fresh, []
    try:
        return _admitted(self)
    finally:
        self.fresh = fresh


@easier("what refers to a record that would become another refers to that",
    (application.Application, 'admitted', admit_what_met))
def test_part_of_what_waits_and_would_be_another():
    "Test that nothing is recorded of the wrong one while the right one waits"
    scene = Scene(1)
    one, = scene.satellites
    other = scene.centre.create('thing', key='k', name='other')
    scene.centre.store.rule = 0
    offer = one.create('offer', key='o', name='v3')
    with one.unit() as unit:
        made = unit.create('thing', key='k', name='mine')
        unit.create('tag', thing=made[1], offer=offer)
    thing = one.key(made)
    visit = one.create('visit', name='first', thing=thing)
    one.push()
    assert not scene.centre.has(visit)
    scene.centre.write(other, key='corrected')
    scene.centre.store.rule = None
    scene.level()
    assert scene.values(visit, 'thing') == [thing[1]] * 2
    assert scene.values(thing) == ['mine'] * 2
