# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import unittest

from trytond.modules.synchronisation import merge
from trytond.modules.synchronisation.merge import HUB, REVIEW, SATELLITE
from trytond.modules.synchronisation.message import Document, Entry
from trytond.modules.synchronisation.protocol import (
    State, first_position, fold)

ANN, BOB, EVE = [1, 1700000000], [2, 1700000001], [3, 1700000002]
# The links in which the small numbers of these tests are
ONE, TWO = '1.0', '2.0'


def at_hub(**fields):
    "Return a state of the hub; fields are {name: (version, via)}"
    state = State('model', 'identity', 5)
    state.position = state.created = state.unit = state.version = 100
    state.author = EVE
    for name, (version, via) in fields.items():
        state.fields[name] = [version, version, via]
        state.position = max(state.position, version)
    return state


def at_satellite(**base):
    "Return a state of a satellite; base are the versions under its edits"
    state = State('model', 'identity', 5)
    state.position = state.created = state.version = 3
    state.up = state.hubplace = 100
    for number, (name, version) in enumerate(base.items(), 7):
        fold(state, 'write', [name], number, ANN, True)
        state.base[name] = version
    return state


def pushed(number=9, at=100, author=BOB, life=0, **fields):
    "Return an entry of instance 1; fields are {name: (base, value)}"
    number += life
    entry = Entry('model', 'identity', number)
    entry.instance = 1
    entry.author = author
    entry.at = at
    for name, (base, value) in fields.items():
        entry.fields[name] = number, base, value
    return entry


def told(version=110, seen=0, versions=None, kind=Document.WHOLE, **values):
    document = Document('model', 'identity', kind, version)
    document.seen = seen
    document.versions = versions or {}
    document.values = values
    return document


def take(state, entry, current, position=120, policy=HUB):
    return merge.take_pushed(
        state, entry, current, position, lambda name: policy)


class HubTestCase(unittest.TestCase):
    "Test what the hub takes of what is pushed"

    def test_edit(self):
        "Test an edit of what the sender knew is taken"
        state = at_hub()
        writes, conflicts, exact = take(
            state, pushed(name=(100, "new")), {'name': "old"})
        self.assertEqual(writes, {'name': "new"})
        self.assertEqual(conflicts, [])
        self.assertTrue(exact)
        self.assertEqual(state.version_of('name'), 120)
        self.assertEqual(state.via_of('name'), ONE)
        self.assertEqual(state.author_of('name'), BOB)
        self.assertEqual(state.version_of('note'), 100)
        self.assertEqual(state.position, 120)
        self.assertEqual(state.seen, {ONE: 9})

    def test_different_fields(self):
        "Test edits of different fields both stay"
        state = at_hub(note=(110, TWO))
        writes, conflicts, exact = take(
            state, pushed(name=(100, "Ann")), {'name': "", 'note': "theirs"})
        self.assertEqual(writes, {'name': "Ann"})
        self.assertEqual(conflicts, [])
        self.assertTrue(exact)
        self.assertEqual(state.version_of('note'), 110)
        self.assertEqual(state.via_of('note'), TWO)

    def test_same_field(self):
        "Test of two edits of one field the first to arrive stays"
        for policy, why in [(HUB, 'conflict'), (REVIEW, REVIEW)]:
            with self.subTest(policy=policy):
                state = at_hub(name=(110, TWO))
                state.authors['name'] = ANN
                writes, (conflict,), exact = take(
                    state, pushed(name=(100, "second")), {'name': "first"},
                    policy=policy)
                self.assertEqual(writes, {})
                self.assertEqual(conflict, (
                        'name', "second", "first", BOB, ANN, why))
                self.assertFalse(exact)
                self.assertEqual(state.version_of('name'), 110)
                self.assertEqual(state.position, 110)
                self.assertEqual(state.seen, {ONE: 9})

    def test_same_field_satellite_wins(self):
        "Test of two edits of one field the last stays where so decided"
        state = at_hub(name=(110, TWO))
        state.authors['name'] = ANN
        writes, (conflict,), exact = take(
            state, pushed(name=(100, "second")), {'name': "first"},
            policy=SATELLITE)
        self.assertEqual(writes, {'name': "second"})
        self.assertEqual(conflict, (
                'name', "first", "second", ANN, BOB, 'conflict'))
        self.assertFalse(exact)
        self.assertEqual(state.version_of('name'), 120)
        self.assertEqual(state.via_of('name'), ONE)

    def test_policy_by_field(self):
        "Test the policy of each field is its own"
        state = at_hub(name=(110, TWO), note=(110, TWO))
        policies = {'name': HUB, 'note': SATELLITE}
        writes, conflicts, _ = merge.take_pushed(
            state, pushed(name=(100, "b"), note=(100, "b")),
            {'name': "a", 'note': "a"}, 120, policies.get)
        self.assertEqual(writes, {'note': "b"})
        self.assertEqual(
            {c.name: c.winner for c in conflicts}, {'name': "a", 'note': "b"})

    def test_conflict_and_edit(self):
        "Test a conflict of one field does not stop the other"
        state = at_hub(name=(110, TWO))
        writes, conflicts, exact = take(
            state, pushed(name=(100, "b"), note=(100, "b")),
            {'name': "a", 'note': "a"})
        self.assertEqual(writes, {'note': "b"})
        self.assertEqual([c.name for c in conflicts], ['name'])
        self.assertFalse(exact)

    def test_equal_value(self):
        "Test two who enter the same value do not disagree"
        state = at_hub(name=(110, TWO))
        writes, conflicts, exact = take(
            state, pushed(name=(100, "same")), {'name': "same"})
        self.assertEqual((writes, conflicts, exact), ({}, [], False))
        self.assertEqual(state.version_of('name'), 110)
        self.assertEqual(state.position, 110)

    def test_equal_but_for_the_type(self):
        "Test False is not zero"
        writes, _, _ = take(at_hub(), pushed(name=(100, False)), {'name': 0})
        self.assertIs(writes['name'], False)

    def test_own_edit_on_an_old_base(self):
        "Test an edit of what the same database brought is no conflict"
        state = at_hub(name=(110, ONE))
        writes, conflicts, exact = take(
            state, pushed(name=(100, "new")), {'name': "old"})
        self.assertEqual((writes, conflicts, exact), (
                {'name': "new"}, [], True))

    def test_other_life_of_the_sender(self):
        "Test what an earlier life of a restored satellite brought may clash"
        state = at_hub(name=(110, '1.1'))
        _, conflicts, _ = take(
            state, pushed(life=first_position(2), name=(100, "new")),
            {'name': "old"})
        self.assertEqual(len(conflicts), 1)

    def test_what_both_lives_of_the_sender_have(self):
        "Test what an earlier life brought before the backup is no conflict"
        for last, expected in [(8, 1), (9, 0)]:
            with self.subTest(last=last):
                state = at_hub(name=(110, '1.1'))
                state.seen['1.1'] = 9
                entry = pushed(life=first_position(2), name=(100, "new"))
                entry.lives = {'1.1': last}
                _, conflicts, _ = take(state, entry, {'name': "old"})
                self.assertEqual(len(conflicts), expected)

    def test_hub_edit_since(self):
        "Test an edit made at the hub itself is one of another"
        state = at_hub(name=(110, None))
        writes, conflicts, _ = take(
            state, pushed(name=(100, "new")), {'name': "old"})
        self.assertEqual(writes, {})
        self.assertEqual(len(conflicts), 1)

    def test_newer_base(self):
        "Test what was edited after reading the present value is no conflict"
        for base in [110, 115]:
            with self.subTest(base=base):
                _, conflicts, exact = take(
                    at_hub(name=(110, TWO)), pushed(name=(base, "new")),
                    {'name': "old"})
                self.assertEqual((conflicts, exact), ([], True))

    def test_repeat(self):
        "Test a repeated field is not taken again, even over newer values"
        state = at_hub(name=(115, ONE))
        state.seen[ONE] = 9
        writes, conflicts, exact = take(
            state, pushed(number=9, name=(100, "old")), {'name': "new"})
        self.assertEqual((writes, conflicts, exact), ({}, [], False))
        self.assertEqual(state.seen, {ONE: 9})

    def test_repeat_in_part(self):
        "Test a message with something new has only the new taken"
        state = at_hub(name=(115, ONE))
        state.seen[ONE] = 9
        entry = pushed(number=12, name=(100, "old"), note=(100, "new"))
        entry.fields['name'] = 9, 100, "old"
        writes, conflicts, _ = take(
            state, entry, {'name': "other", 'note': ""})
        self.assertEqual(writes, {'note': "new"})
        self.assertEqual(conflicts, [])
        self.assertEqual(state.seen, {ONE: 12})

    def test_seen_is_by_link(self):
        "Test the numbers of another database are others"
        state = at_hub()
        state.seen[TWO] = 99
        writes, _, _ = take(
            state, pushed(number=9, name=(100, "new")), {'name': "old"})
        self.assertEqual(writes, {'name': "new"})
        self.assertEqual(state.seen, {ONE: 9, TWO: 99})

    def test_told_to_the_sender(self):
        "Test the sender is told what it has not read, and nothing else"
        for position, via, at, expected in [
                (100, None, 100, ONE), (110, TWO, 110, ONE),
                (110, TWO, 105, None), (110, ONE, 105, ONE)]:
            with self.subTest(position=position, via=via, at=at):
                state = at_hub()
                state.position, state.via = position, via
                take(state, pushed(at=at, name=(120, "x")), {'name': ""})
                self.assertEqual(state.via, expected)


class AcknowledgeTestCase(unittest.TestCase):
    "Test what a satellite makes of an acknowledgement"

    def test_edit(self):
        "Test what was taken waits no more"
        state = at_satellite(name=100)
        merge.acknowledge(state, pushed(number=7, name=(100, "x")), 120)
        self.assertFalse(state.pending)
        self.assertEqual(state.up_of('name'), 120)
        self.assertEqual(state.up_of('note'), 100)
        self.assertEqual(state.hubplace, 120)

    def test_later_edit(self):
        "Test what was edited meanwhile still waits, on the base it had"
        state = at_satellite(name=100)
        entry = pushed(number=7, name=(100, "x"))
        fold(state, 'write', ['name'], 8, ANN, True)
        merge.acknowledge(state, entry, 120)
        self.assertEqual(state.base, {'name': 100})
        self.assertEqual(state.author_of('name'), ANN)

    def test_later_edit_of_another_field(self):
        "Test an edit of another field waits for the next push"
        state = at_satellite(name=100)
        entry = pushed(number=7, name=(100, "x"))
        fold(state, 'write', ['note'], 8, ANN, True)
        merge.acknowledge(state, entry, 120)
        self.assertEqual(state.base, {'note': 100})

    def test_whole(self):
        "Test a record the hub took whole waits no more"
        state = State('model', 'identity', 5)
        fold(state, 'create', (), 7, ANN, True)
        entry = pushed(number=7, name=(0, "x"), note=(0, "y"))
        entry.full = True
        merge.acknowledge(state, entry, 120)
        self.assertFalse(state.pending)
        self.assertEqual(state.up_of('name'), 120)

    def test_whole_edited_meanwhile(self):
        "Test only what was edited meanwhile waits after a whole record"
        state = State('model', 'identity', 5)
        fold(state, 'create', (), 7, ANN, True)
        entry = pushed(number=7, name=(0, "x"), note=(0, "y"))
        entry.full = True
        fold(state, 'write', ['note'], 8, ANN, True)
        merge.acknowledge(state, entry, 120)
        self.assertFalse(state.full)
        self.assertEqual(list(state.base), ['note'])

    def test_field_that_does_not_travel(self):
        "Test an edit of what is never sent does not wait for ever"
        state = at_satellite(name=100, local=100)
        merge.acknowledge(state, pushed(number=8, name=(100, "x")), 120)
        self.assertFalse(state.pending)

    def test_deletion(self):
        "Test a deletion that was taken waits no more"
        state = at_satellite()
        fold(state, 'delete', (), 7, ANN, True)
        entry = pushed(number=7)
        entry.shown = dict(state.shown)
        merge.acknowledge(state, entry, 120)
        self.assertFalse(state.pending)
        self.assertEqual(state.hubplace, 120)

    def test_late(self):
        "Test an old answer takes back nothing"
        state = at_satellite()
        state.hubplace = 200
        merge.acknowledge(state, pushed(number=2, name=(90, "x")), 120)
        self.assertEqual(state.hubplace, 200)


class SatelliteTestCase(unittest.TestCase):
    "Test what a satellite takes of what it is told"

    def test_newer(self):
        "Test a newer value is taken"
        state = at_satellite()
        writes = merge.take_document(
            state, told(110, name="new"), {'name': "old"})
        self.assertEqual(writes, {'name': "new"})
        self.assertEqual(state.up_of('name'), 110)
        self.assertEqual(state.hubplace, 110)

    def test_equal(self):
        "Test an equal value is not written, but is known to be newer"
        state = at_satellite()
        writes = merge.take_document(
            state, told(110, name="same"), {'name': "same"})
        self.assertEqual(writes, {})
        self.assertEqual(state.up_of('name'), 110)

    def test_older(self):
        "Test an old document, come late, changes nothing"
        state = at_satellite()
        state.ups['name'] = 110
        state.hubplace = 110
        document = told(105, kind=Document.PARTIAL, name="old")
        self.assertEqual(
            merge.take_document(state, document, {'name': "new"}), {})
        self.assertEqual(state.up_of('name'), 110)
        self.assertEqual(state.hubplace, 110)

    def test_unsent(self):
        "Test a value the hub has not decided on is kept"
        state = at_satellite(name=100)
        writes = merge.take_document(
            state, told(110, name="theirs", note="theirs"),
            {'name': "mine", 'note': ""})
        self.assertEqual(writes, {'note': "theirs"})
        self.assertEqual(state.base, {'name': 100})
        self.assertEqual(state.up_of('note'), 110)

    def test_unsent_base(self):
        "Test no document moves the base of an edit that was not sent"
        state = at_satellite(name=100)
        for version in [110, 120]:
            merge.take_document(
                state, told(version, name="theirs"), {'name': "mine"})
        self.assertEqual(state.base_of('name'), 100)

    def test_decided(self):
        "Test the hub's decision on what was sent is taken"
        state = at_satellite(name=100)
        writes = merge.take_document(
            state, told(110, seen=7, name="theirs"), {'name': "mine"})
        self.assertEqual(writes, {'name': "theirs"})
        self.assertFalse(state.pending)

    def test_edited_after_the_decision(self):
        "Test what was edited after the push stays to be decided on"
        state = at_satellite(name=100)
        fold(state, 'write', ['name'], 8, ANN, True)
        writes = merge.take_document(
            state, told(110, seen=7, name="theirs"), {'name': "mine again"})
        self.assertEqual(writes, {})
        self.assertEqual(state.base, {'name': 100})

    def test_whole_seen(self):
        "Test the hub has what it tells whole, though its answer was lost"
        state = State('model', 'identity', 5)
        fold(state, 'create', (), 7, ANN, True)
        writes = merge.take_document(
            state, told(120, seen=7, name="x"), {'name': "x"})
        self.assertEqual(writes, {})
        self.assertFalse(state.pending)
        self.assertEqual(state.up_of('name'), 120)

    def test_whole_unseen(self):
        "Test a record of the same key from elsewhere ends nothing"
        state = State('model', 'identity', 5)
        fold(state, 'create', (), 7, ANN, True)
        merge.take_document(
            state, told(120, seen=0, name="theirs"), {'name': "mine"})
        self.assertTrue(state.full)

    def test_versions(self):
        "Test the version of each field is kept"
        state = at_satellite()
        merge.take_document(
            state, told(120, versions={'name': 110}, name="x", note="y"), {})
        self.assertEqual(state.up_of('name'), 110)
        self.assertEqual(state.up_of('note'), 120)

    def test_twice(self):
        "Test a document that comes twice changes nothing more"
        state = at_satellite(note=100)
        document = told(110, name="new", note="theirs")
        current = {'name': "old", 'note': "mine"}
        current.update(merge.take_document(state, document, current))
        before = state.pack()
        self.assertEqual(merge.take_document(state, document, current), {})
        self.assertEqual(state.pack(), before)


class ExchangeTestCase(unittest.TestCase):
    "Test both sides of the merge together"

    def test_conflict_converges(self):
        "Test after a conflict both sides have the hub's value"
        hub = at_hub(name=(110, TWO))
        satellite = at_satellite(name=100)
        entry = pushed(number=7, name=(satellite.base_of('name'), "mine"))
        take(hub, entry, {'name': "theirs"})
        document = told(
            hub.version, seen=hub.seen[ONE], kind=Document.PARTIAL,
            versions={'name': hub.version_of('name')}, name="theirs")
        writes = merge.take_document(satellite, document, {'name': "mine"})
        self.assertEqual(writes, {'name': "theirs"})
        self.assertFalse(satellite.pending)
        fold(satellite, 'write', ['name'], 9, ANN, True)
        entry = pushed(number=9, name=(satellite.base_of('name'), "again"))
        writes, conflicts, _ = take(hub, entry, {'name': "theirs"})
        self.assertEqual((writes, conflicts), ({'name': "again"}, []))

    def test_lost_answer(self):
        "Test an edit after a push whose answer was lost is no conflict"
        hub = at_hub()
        satellite = at_satellite(name=100)
        take(hub, pushed(number=7, name=(100, "one")), {'name': ""})
        fold(satellite, 'write', ['name'], 8, ANN, True)
        entry = pushed(number=8, name=(satellite.base_of('name'), "two"))
        writes, conflicts, exact = take(
            hub, entry, {'name': "one"}, position=130)
        self.assertEqual((writes, conflicts, exact), (
                {'name': "two"}, [], True))
        merge.acknowledge(satellite, entry, 130)
        self.assertFalse(satellite.pending)
