# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Restored middle tiers that have not read yet what their own hub has."
from unittest.mock import patch

from trytond.modules.synchronisation import intake, registry
from trytond.modules.synchronisation.caller import Caller

from .memory.reading import easier
from .memory.scene import KNOWN, Scene, restore

_is_unread = intake.Intake.is_unread
_meet_or_wait = intake.Application.meet_or_wait
_move = Caller.move


def meet_what_was_read(between):
    """Restore a middle tier that enters again what it is given back.

    between is what happens meanwhile; then what is given back arrives late
    at the centre, which knows the two apart.
    """
    scene = Scene(1, tier=True)
    middle, one = scene.satellites
    middle.backup()
    offer = scene.centre.create('offer', key='key', name='first')
    scene.level()
    restore(middle)
    one.synchronise()
    other = middle.create('offer', key='key', name='second')
    between(scene, middle, offer)
    message = middle.build_push()
    one.push()
    middle.apply(message, middle.arrive(message))
    scene.level()
    assert scene.values(offer) == ['first'] * 3
    assert scene.values(offer, 'key') == ['other'] * 3
    assert scene.values(other) == ['second'] * 3
    assert scene.values(other, 'key') == ['key'] * 3


@easier("what a restored middle tier is given back is one with what is there",
    (intake.Intake, 'is_unread', lambda self, entry: False))
def test_nothing_read():
    "Test that it does not become what was made there meanwhile"
    def between(scene, middle, offer):
        scene.centre.write(offer, key='other')
    meet_what_was_read(between)


def move_all(self, reply):
    epoch = reply['epoch']
    _move(self, {'at': [0, 0, False, 0], 'known': [0, 0, False], **reply})
    self.store.instances.note(
        self.hub, {'at_life': epoch, 'known_life': epoch})


@easier("who read what is his read what is meant for all",
    (Caller, 'move', move_all))
def test_one_lane_read():
    "Test that it waits for what is meant for all, too"
    def between(scene, middle, offer):
        scene.centre.write(offer, key='other')
        middle.exchange(middle.ask(KNOWN))
    meet_what_was_read(between)


def is_unread_if_nothing_came(self, entry):
    self.store.quarantine.waiting, waiting = (
        lambda *_: []), self.store.quarantine.waiting
    try:
        return _is_unread(self, entry)
    finally:
        self.store.quarantine.waiting = waiting


@easier("what waits at a restored middle tier has been read",
    (intake.Intake, 'is_unread', is_unread_if_nothing_came))
def test_what_waits():
    "Test that it is not what was made there meanwhile either"
    def between(scene, middle, offer):
        middle.pull()
        assert middle.waiting() == {offer: 'unique'}
        scene.centre.write(offer, key='other')
    meet_what_was_read(between)


def test_lanes_that_end_in_two_pages():
    "Test that a middle tier that read all knows it"
    scene = Scene(1, tier=True)
    middle, one = scene.satellites
    middle.backup()
    offer = scene.centre.create('offer', key='key', name='first')
    scene.level()
    restore(middle)
    for number in range(7):
        scene.centre.create('offer', key=str(number))
    middle.settings.batch = 2
    middle.pull()
    one.synchronise()
    one.synchronise()
    assert scene.values(offer) == ['first'] * 3
    assert one.pending() == set()


def meet_relations(self, entry, state):
    if registry.key_fields(self.store.models[entry.model]):
        self.meet_another(entry, state)
    else:
        _meet_or_wait(self, entry, state)


@easier("only what has a natural key may be another thing above",
    (intake.Application, 'meet_or_wait', meet_relations))
def test_relation_given_back():
    "Test that it is not one that was made there meanwhile"
    scene = Scene(1, tier=True)
    middle, one = scene.satellites
    offers = [scene.centre.create('offer', key=key) for key in 'ab']
    thing = scene.centre.create('thing', key='thing')
    for site in [middle, one]:
        site.fetch('thing')
        site.pull()
    scene.level()
    middle.backup()
    bond = scene.centre.create(
        'bond', thing=thing, offer=offers[0], note='first')
    scene.level()
    restore(middle)
    one.synchronise()
    middle.create('bond', thing=thing, offer=offers[0], note='second')
    scene.centre.write(bond, offer=offers[1])
    message = middle.build_push()
    one.push()
    middle.apply(message, middle.arrive(message))
    scene.level()
    assert [site.count('bond') for site in scene.sites] == [2] * 3
    assert scene.values(bond, 'note') == ['first'] * 3


@easier("a restored middle tier knows at once what may be deleted",
    (intake.Intake, 'is_unread', lambda self, entry: (
            not entry.deletion and _is_unread(self, entry))))
def test_deletion_of_what_a_middle_tier_lost():
    "Test that it is not forgotten there"
    scene = Scene(1, tier=True)
    middle, one = scene.satellites
    middle.backup()
    thing = scene.centre.create('thing', key='key', name='first')
    for site in [middle, one]:
        site.fetch('key')
        site.pull()
    scene.level()
    restore(middle)
    one.synchronise()
    one.delete(thing)
    one.push()
    scene.level()
    assert scene.values(thing) == ['first'] * 3
    assert [why for *_, why in scene.conflicts()] == ['deletion']


def is_unread_by_identity(self, entry):
    real = intake.reception.remembered

    def remembered(store, rows):
        documents = real(store, rows)
        for document in documents:
            document.aliases = []
        return documents
    with patch.object(intake.reception, 'remembered', remembered):
        return _is_unread(self, entry)


@easier("what waits has the name that it has",
    (intake.Intake, 'is_unread', is_unread_by_identity))
def test_what_waits_by_another_name():
    "Test that what is given back by a former name is not another one either"
    scene = Scene(1, tier=True)
    middle, one = scene.satellites
    middle.backup()
    known = scene.centre.create('offer', key='key', name='first')
    mine = one.create('offer', key='key', name='first')
    one.push()
    # At the centre it is the one that is known
    middle.push()
    restore(middle)
    one.exchange(one.ask())
    middle.create('offer', key='key', name='second')
    middle.pull()
    scene.centre.write(known, key='other')
    message = middle.build_push()
    one.push()
    middle.apply(message, middle.arrive(message))
    scene.level()
    assert scene.values(mine) == scene.values(known) == ['first'] * 3


_update = intake.Application.update


def update_by_all_names(self, entry, state, dropped=frozenset()):
    self.names = {key: self.aliases[key] for key in self.fresh}
    return _update(self, entry, state, dropped)


@easier("who refers to what may become another refers to that",
    (intake.Application, 'update', update_by_all_names))
def test_edit_that_refers_to_what_waits():
    "Test that it waits as well, and is no edit about the other one"
    scene = Scene(1, tier=True)
    middle, one = scene.satellites
    share = one.create('thing', key='x', name='x')
    scene.level()
    middle.backup()
    gone = scene.centre.create('thing', key='gone', name='first')
    for site in [middle, one]:
        site.fetch('gone')
        site.pull()
    scene.level()
    restore(middle)
    one.synchronise()
    other = middle.create('thing', key='k', name='other')
    with one.unit() as unit:
        made = unit.create('thing', key='k', name='mine')
        unit.delete(gone)
    mine = one.key(made)
    one.write(share, parent=mine)
    one.push()
    middle.write(other, key='corrected')
    scene.level()
    assert scene.values(share, 'parent') == [mine[1]] * 3
