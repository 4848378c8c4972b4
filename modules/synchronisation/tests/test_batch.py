# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import random
import unittest

from trytond.modules.synchronisation import batch

MANY = 10000


class GroupsTestCase(unittest.TestCase):
    "Test which entries travel together"

    def groups(self, items, units=None, needs=None):
        return batch.groups(
            items, units or {item: set() for item in items}, needs or {})

    def test_nothing(self):
        "Test no entry makes no group"
        self.assertEqual(self.groups([]), [])

    def test_alone(self):
        "Test entries that share nothing keep their order, each alone"
        self.assertEqual(self.groups('abc'), [['a'], ['b'], ['c']])

    def test_unit(self):
        "Test what one transaction changed is one group"
        groups = self.groups('abcd', {'a': {1}, 'b': {2}, 'c': {1}, 'd': {2}})
        self.assertEqual(groups, [['a', 'c'], ['b', 'd']])

    def test_units_that_overlap(self):
        "Test two units that share an entry are one group"
        groups = self.groups(
            'abcd', {'a': {1}, 'b': {1, 2}, 'c': {2}, 'd': {3}})
        self.assertEqual(groups, [['a', 'b', 'c'], ['d']])

    def test_needed_first(self):
        "Test a group comes after those it needs"
        self.assertEqual(
            self.groups('abc', needs={'a': {'b'}, 'b': {'c'}}),
            [['c'], ['b'], ['a']])

    def test_needed_unit_first(self):
        "Test a unit comes after each that one of its entries needs"
        groups = self.groups(
            'abcd', {'a': {1}, 'b': {2}, 'c': {1}, 'd': {2}}, {'c': {'d'}})
        self.assertEqual(groups, [['b', 'd'], ['a', 'c']])

    def test_needs_of_others(self):
        "Test what is needed but not among the entries is no matter"
        self.assertEqual(
            self.groups('ab', needs={'a': {'x'}, 'y': {'a'}}), [['a'], ['b']])

    def test_circle(self):
        "Test entries that need each other are one group"
        groups = self.groups(
            'abcd', needs={'a': {'b'}, 'b': {'c'}, 'c': {'b'}, 'd': {'d'}})
        self.assertEqual(list(map(sorted, groups)), [['b', 'c'], ['a'], ['d']])

    def test_circle_of_units(self):
        "Test units that need each other are one group"
        groups = self.groups(
            'abcd', {'a': {1}, 'b': {1}, 'c': {2}, 'd': {2}},
            {'a': {'c'}, 'd': {'b'}})
        self.assertEqual(list(map(sorted, groups)), [['a', 'b', 'c', 'd']])

    def test_long_chain(self):
        "Test a chain of ten thousand entries, each needing the next"
        needs = {i: {i + 1} for i in range(MANY)}
        self.assertEqual(
            self.groups(range(MANY), needs=needs),
            [[i] for i in reversed(range(MANY))])

    def test_long_circle(self):
        "Test a circle of ten thousand entries"
        needs = {i: {(i + 1) % MANY} for i in range(MANY)}
        group, = self.groups(range(MANY), needs=needs)
        self.assertEqual(sorted(group), list(range(MANY)))

    def test_long_unit(self):
        "Test ten thousand units of which each shares an entry with the next"
        units = {i: {i, i + 1} for i in range(MANY)}
        self.assertEqual(
            self.groups(range(MANY), units), [list(range(MANY))])

    def test_random(self):
        "Test random entries keep together and in order"
        rng = random.Random(1)
        for _ in range(300):
            items = list(range(rng.randint(1, 30)))
            units = {
                item: {rng.randint(0, 40) for _ in range(rng.randint(0, 2))}
                for item in items}
            needs = {
                item: set(rng.sample(items, min(len(items), 2)))
                for item in items if rng.random() < 0.3}
            groups = self.groups(items, units, needs)
            self.assertEqual(sorted(sum(groups, [])), items)
            place = {
                item: number for number, group in enumerate(groups)
                for item in group}
            for item in items:
                for need in needs.get(item, ()):
                    self.assertLessEqual(place[need], place[item])
                for mate in items:
                    if units[item] & units[mate]:
                        self.assertEqual(place[item], place[mate])
            self.assertTight(groups, units, needs)

    def assertTight(self, groups, units, needs):
        "Assert no group could go in two parts"
        for group in groups:
            for start in group:
                reached, frontier = set(), {start}
                while frontier:
                    reached |= frontier
                    frontier = {
                        other for other in group for item in frontier
                        if other in needs.get(item, ())
                        or units[other] & units[item]} - reached
                self.assertEqual(reached, set(group))


SMALL = dict.fromkeys('abcde', 0)


class TakeTestCase(unittest.TestCase):
    "Test how many groups one message takes"

    def test_limit(self):
        "Test a message takes what fits and never part of a group"
        groups = [['a'], ['b', 'c'], ['d'], ['e']]
        for limit, count in [(1, 1), (2, 1), (3, 2), (4, 3), (9, 4)]:
            with self.subTest(limit=limit):
                self.assertEqual(
                    batch.take(groups, limit, SMALL), groups[:count])

    def test_too_large(self):
        "Test a group that is too large goes alone"
        groups = [['a', 'b', 'c'], ['d']]
        self.assertEqual(batch.take(groups, 2, SMALL), groups[:1])

    def test_large_items(self):
        "Test no more is taken than a message may hold, but for one group"
        groups = [['a'], ['b', 'c'], ['d']]
        half = batch.MOST // 2
        for sizes, count in [
                ({}, 3), ({'a': half, 'c': half}, 3),
                ({'a': half, 'c': half + 1}, 1), ({'a': 9 * half}, 1)]:
            with self.subTest(sizes=sizes):
                self.assertEqual(
                    batch.take(groups, 9, {**SMALL, **sizes}),
                    groups[:count])

    def test_size(self):
        "Test what is long in values is counted"
        self.assertEqual(batch.size(["four", None, 5, True, ""]), 4)

    def test_nothing(self):
        "Test nothing is taken of nothing"
        self.assertEqual(batch.take([], 5, {}), [])
