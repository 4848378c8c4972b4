# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Two records with one natural key, and one record with two."
from trytond.modules.synchronisation import caller, former, intake

from .memory.reading import easier, fault
from .memory.scene import Scene
from .memory.store import MemoryStore


def known_by_key(self, model, ids):
    column = self.models[model].unique_id_column
    return {i: self.tables[model][i][column]
        for i in ids if i in self.tables[model]}


def resolve_present_names(store, needs):
    return store.records.load('identity', needs), {}


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
