# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import json
import random
import unittest

from trytond.modules.synchronisation.protocol import (
    EPOCH, State, epoch_of, first_position, fold, link, shown_version)

ANN, BOB = [1, 1700000000], [2, 1700000001]


def held(**values):
    "Return the state of a record that the hub has"
    state = State('model', 'identity', 5)
    state.position = state.created = state.unit = state.version = 3
    state.up = state.hubplace = 100
    for name, value in values.items():
        setattr(state, name, value)
    return state


class PositionTestCase(unittest.TestCase):
    "Test the positions"

    def test_epochs(self):
        "Test any position of a later epoch is above all of an earlier one"
        last = first_position(2) - 1
        self.assertEqual(epoch_of(last), 1)
        self.assertEqual(epoch_of(first_position(2)), 2)
        self.assertEqual(first_position(2) - first_position(1), EPOCH)

    def test_fits_in_a_column(self):
        "Test a thousand lives of a database fit in 63 bits"
        self.assertLess(first_position(1000) + EPOCH, 1 << 63)

    def test_link(self):
        "Test two lives of an instance are two links"
        self.assertNotEqual(link(1, 12), link(1, 2))
        self.assertNotEqual(link(1, 12), link(11, 2))


class StateTestCase(unittest.TestCase):
    "Test what is known of a record"

    def test_pack(self):
        "Test all that has no column of its own is packed"
        rng = random.Random(1)
        for _ in range(500):
            state = random_state(rng)
            packed = State('model', 'identity')
            packed.unpack(json.loads(state.pack()))
            for name in State.PACKED:
                self.assertEqual(
                    getattr(packed, name), getattr(state, name), name)

    def test_pack_nothing(self):
        "Test a state that knows nothing costs two characters"
        self.assertEqual(State('model', 'identity').pack(), '{}')

    def test_packed_once(self):
        "Test no two parts of a state share a place"
        self.assertEqual(
            len(set(State.PACKED.values())), len(State.PACKED))

    def test_unshared(self):
        "Test two states do not share what they know"
        one, two = State('model', 'a'), State('model', 'b')
        one.seen['1.1'] = 5
        one.base['name'] = 5
        one.aliases.append('c')
        self.assertEqual((two.seen, two.base, two.aliases), ({}, {}, []))

    def test_defaults_and_exceptions(self):
        "Test what is not told of a field is that of the record"
        state = held(
            version=3, origin='1.1', fields={'name': [7, 8, '2.1']},
            up=100, ups={'name': 105}, base={'note': 90},
            author=ANN, authors={'name': BOB})
        self.assertEqual([
                state.version_of('name'), state.place_of('name'),
                state.via_of('name'), state.up_of('name'),
                state.base_of('name'), state.author_of('name')],
            [7, 8, '2.1', 105, 105, BOB])
        self.assertEqual([
                state.version_of('note'), state.place_of('note'),
                state.via_of('note'), state.up_of('note'),
                state.base_of('note'), state.author_of('note')],
            [3, 3, '1.1', 100, 90, ANN])

    def test_pending(self):
        "Test a record is pending for as long as the hub lacks any of it"
        self.assertFalse(held().pending)
        self.assertTrue(held(full=True).pending)
        self.assertTrue(held(base={'name': 0}).pending)
        self.assertTrue(held(shown={}).pending)

    def test_dirty(self):
        "Test which fields have to be sent"
        names = ['name', 'note']
        self.assertEqual(held().dirty(names), [])
        self.assertEqual(held(base={'note': 0}).dirty(names), ['note'])
        self.assertEqual(
            held(full=True, base={'note': 0}).dirty(names), names)

    def test_dirty_field_that_is_gone(self):
        "Test a field that travels no more is not sent"
        self.assertEqual(held(base={'gone': 0}).dirty(['name']), [])


class FoldTestCase(unittest.TestCase):
    "Test how a captured change gets its position"

    def test_create(self):
        "Test a creation is at one place and to be sent whole"
        state = State('model', 'identity', 5)
        fold(state, 'create', (), 7, ANN, True)
        self.assertEqual(
            (state.position, state.created, state.unit, state.version),
            (7, 7, 7, 7))
        self.assertTrue(state.full)
        self.assertEqual(state.author_of('name'), ANN)

    def test_create_without_hub(self):
        "Test nothing is pending where there is no hub"
        for operation in ['create', 'write', 'delete']:
            with self.subTest(operation=operation):
                state = held()
                fold(state, operation, ['name'], 7, ANN, False)
                self.assertFalse(state.pending)

    def test_write(self):
        "Test an edit is built on the hub's version of the field"
        state = held(ups={'name': 105})
        fold(state, 'write', ['name', 'note'], 7, BOB, True)
        self.assertEqual(state.position, 7)
        self.assertEqual(state.created, 3)
        self.assertEqual(state.version_of('name'), 7)
        self.assertEqual(state.version_of('other'), 3)
        self.assertEqual(state.base, {'name': 105, 'note': 100})
        self.assertEqual(state.author_of('name'), BOB)

    def test_write_again(self):
        "Test the base stays under the first edit that is not acknowledged"
        state = held()
        fold(state, 'write', ['name'], 7, ANN, True)
        state.up = 200
        fold(state, 'write', ['name'], 8, BOB, True)
        self.assertEqual(state.base, {'name': 100})
        self.assertEqual(state.place_of('name'), 8)
        self.assertEqual(state.author_of('name'), BOB)

    def test_write_after_create(self):
        "Test an edit of what the hub lacks stays part of the whole"
        state = State('model', 'identity', 5)
        fold(state, 'create', (), 7, ANN, True)
        fold(state, 'write', ['name'], 8, ANN, True)
        self.assertTrue(state.full)
        self.assertEqual(state.base, {})
        self.assertEqual(state.unit, 7)

    def test_write_is_ours(self):
        "Test what is edited here did not come by a link"
        state = held(
            via='1.1', origin='1.1', fields={'name': [3, 3, '1.1']})
        fold(state, 'write', ['name'], 7, ANN, False)
        self.assertIsNone(state.via)
        self.assertIsNone(state.via_of('name'))
        self.assertEqual(state.via_of('note'), '1.1')

    def test_delete(self):
        "Test a deletion tells what its author was shown"
        state = held(ups={'name': 105}, base={'note': 90})
        fold(state, 'delete', (), 7, BOB, True)
        self.assertTrue(state.dead)
        self.assertEqual(state.position, 7)
        self.assertEqual(shown_version(state.shown, 'name'), 105)
        self.assertEqual(shown_version(state.shown, 'note'), 90)
        self.assertEqual(shown_version(state.shown, 'other'), 100)
        self.assertEqual(state.changed, BOB)

    def test_delete_after_edit(self):
        "Test what was not sent is remembered, should the record stay"
        state = held(base={'note': 90}, authors={'note': ANN})
        fold(state, 'delete', (), 7, BOB, True)
        self.assertEqual(state.base, {'note': 90})
        self.assertEqual(state.author_of('note'), ANN)

    def test_delete_what_the_hub_may_lack(self):
        "Test a deletion is told also of what no answer was received for"
        state = State('model', 'identity', 5)
        fold(state, 'create', (), 7, ANN, True)
        fold(state, 'delete', (), 8, ANN, True)
        self.assertTrue(state.dead)
        self.assertFalse(state.full)
        self.assertTrue(state.pending)

    def test_create_anew(self):
        "Test a record restored under its old id is alive and whole"
        state = held(grave={'name': "x"})
        fold(state, 'delete', (), 7, ANN, True)
        fold(state, 'create', (), 8, BOB, True)
        self.assertFalse(state.dead)
        self.assertTrue(state.full)
        self.assertIsNone(state.shown)
        self.assertIsNone(state.grave)
        self.assertEqual((state.created, state.unit), (8, 3))
        self.assertEqual(state.author_of('name'), BOB)


def random_state(rng):
    state = State('model', 'identity')
    for name in State.PACKED:
        kind = type(getattr(state, name))
        if name == 'shown':
            value = rng.choice([None, {}, {'': 5, 'name': 0}])
        elif kind is int:
            value = rng.choice([0, first_position(rng.randint(1, 99)) + 1])
        elif kind is bool:
            value = rng.choice([True, False])
        elif kind is list:
            value = rng.choice([[], ['a', "ключ"]])
        elif kind is dict:
            value = rng.choice([{}, {'name': [1, 2, None]}, {"ключ": 5}])
        else:
            value = rng.choice([None, 'text', [1, 2], {'name': None}])
        setattr(state, name, value)
    return state
