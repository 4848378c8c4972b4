# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Which version an edit was built on, when two records became one."
from trytond.modules.synchronisation import protocol, union
from trytond.modules.synchronisation.protocol import State

from .memory.reading import NOT_TOLD_AGAIN, easier
from .memory.scene import KNOWN, Scene, restore

_rename = union.UnionMixin.rename


def two_relations(first, second, beside=False):
    """Return a Scene with a middle tier that has two relations.

    The first was made at the centre and moves to where the second one is,
    which was made at the middle tier, with a later version.
    """
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    if beside:
        scene.join(middle)
    thing = scene.share()
    offers = [scene.centre.create('offer', key=f'{i}') for i in range(2)]
    scene.level()
    one = scene.centre.create(
        'bond', thing=thing, offer=offers[0], note=first)
    middle.pull()
    two = middle.create('bond', thing=thing, offer=offers[1], note=second)
    return scene, one, two, offers[1]


def touch_all(self, names, position):
    self.position, self.via = position, None
    for name in names:
        self.touch(name, position)


@easier("what another record became part of is edited by that",
    (State, 'move', touch_all))
def test_edit_of_what_another_became_part_of():
    "Test that who has the record that stays may build on its value"
    scene, bond, _, offer = two_relations('first', 'second')
    middle, below = scene.satellites
    below.pull()
    scene.centre.write(bond, offer=offer)
    middle.synchronise()
    below.write(bond, note='edited')
    scene.level()
    assert scene.values(bond, 'note') == ['edited'] * 3
    assert scene.conflicts() == [('note', 'second', 'first', 'conflict')]


@easier("who knew a record by another name saw what it is now",
    (State, 'version_under', lambda self, _, name: self.version_of(name)))
def test_edit_by_a_former_name():
    "Test that an edit of what became part of a record does not overwrite it"
    scene, bond, former, offer = two_relations('first', 'second')
    middle, below = scene.satellites
    below.pull()
    below.write(former, note='edited')
    message = below.build_push()
    scene.centre.write(bond, offer=offer)
    middle.synchronise()
    below.arrive(message)
    scene.level()
    assert scene.values(bond, 'note') == ['first'] * 3
    assert ('note', 'edited', 'first', 'conflict') in scene.conflicts()


@easier("the versions of a record hold for what it became part of",
    (union, 'base_under', lambda document, name, base: base))
def test_edit_of_what_gets_another_name():
    "Test the same of an edit that is sent once the name is known"
    scene, bond, former, offer = two_relations('first', 'second')
    middle, below = scene.satellites
    below.pull()
    below.write(former, note='edited')
    scene.centre.write(bond, offer=offer)
    middle.synchronise()
    below.exchange(below.ask(KNOWN))
    assert below.value(bond, 'note') == 'edited'
    scene.level()
    assert scene.values(bond, 'note') == ['first'] * 3
    assert ('note', 'edited', 'first', 'conflict') in scene.conflicts()


def keep_versions(self, document, state):
    up, ups = state.up, state.ups
    _rename(self, document, state)
    state.up, state.ups = up, ups


@easier("a record keeps its versions when it gets another name",
    (union.UnionMixin, 'rename', keep_versions),
    NOT_TOLD_AGAIN)
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


def edits_since_it_was_placed(state):
    for name, (_, place, _) in state.fields.items():
        if place > state.created:
            state.base.setdefault(name, state.up_of(name))


@easier("what was edited before a deletion that was refused is with the hub",
    (protocol, '_keep_edits', edits_since_it_was_placed))
def test_edit_between_two_refused_deletions():
    "Test that a record that stays has the last value, whoever deletes it"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share()
    scene.level()
    line = middle.create('line', thing=thing, name='first')
    below.pull()
    message = middle.build_push()
    middle.write(line, name='second')
    below.delete(line)
    below.push()
    assert middle.has(line)
    middle.arrive(message)
    scene.centre.write(line, code='a')
    middle.delete(line)
    scene.level()
    assert scene.values(line) == ['second'] * 3


@easier("what only the hub writes is given back by whatever name",
    (union.UnionMixin, 'give_up', lambda *_: None))
def test_what_a_hub_lost_and_made_again():
    "Test that who hears that it is another record has nothing to give back"
    scene = Scene()
    one, two = scene.satellites
    scene.centre.backup()
    scene.centre.create('guide', key='k', name='lost')
    scene.level()
    restore(scene.centre)
    guide = scene.centre.create('guide', key='k', name='new')
    for _ in range(2):
        one.synchronise()
    two.pull()
    scene.level()
    assert scene.values(guide) == ['new'] * 3
    assert 'lost' in {loser for _, loser, _, _ in scene.conflicts()}


def place_under(self, identity, name):
    return (self.version_of if identity == self.identity
        else self.place_of)(name)


@easier("what came back is known to whoever knew another record",
    (State, 'version_under', place_under))
def test_edit_by_a_former_name_of_what_came_back():
    "Test that an edit does not overwrite what its author never saw"
    scene, bond, former, offer = two_relations('first', 'second', True)
    middle, below, beside = scene.satellites
    third = scene.centre.create('offer', key='third')
    middle.pull()
    for site in [below, beside]:
        site.pull()
    below.write(former, note='edited')
    message = below.build_push()
    scene.centre.write(bond, offer=offer)
    middle.synchronise()
    beside.pull()
    middle.delete(bond)
    beside.write(bond, offer=third)
    beside.push()
    below.arrive(message)
    scene.level()
    assert scene.values(bond, 'note') == ['first'] * 4
    assert ('note', 'edited', 'first', 'conflict') in scene.conflicts()
