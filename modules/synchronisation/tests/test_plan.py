# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import random
import unittest

from trytond.modules.synchronisation import plan

MANY = 10000


def always(item, need):
    return True


def never(item, need):
    return False


class AdmitTestCase(unittest.TestCase):
    "Test which groups can be written"

    def admit(self, groups, needs, present='', creates=None):
        every = {item for group in groups for item in group}
        return plan.admit(
            groups, needs, set(present),
            {i: i for i in (every if creates is None else creates)})

    def test_present(self):
        "Test what refers to what is here can be written"
        self.assertEqual(
            self.admit([['a'], ['b']], {'a': {'x'}}, 'x'),
            ([['a'], ['b']], []))

    def test_missing(self):
        "Test what refers to what is nowhere is refused, and names it"
        self.assertEqual(
            self.admit([['a'], ['b']], {'a': {'x', 'y'}}, 'y'),
            ([['b']], [(['a'], {'x'})]))

    def test_whole_group(self):
        "Test a group with one reference missing is refused as a whole"
        self.assertEqual(
            self.admit([['a', 'b']], {'a': {'x'}, 'b': {'a'}}),
            ([], [(['a', 'b'], {'x'})]))

    def test_created_before(self):
        "Test a group may refer to what an earlier one creates"
        self.assertEqual(
            self.admit([['a'], ['b']], {'b': {'a'}}), ([['a'], ['b']], []))

    def test_created_together(self):
        "Test the members of a group may refer to each other"
        self.assertEqual(
            self.admit([['a', 'b']], {'a': {'b'}, 'b': {'a'}}),
            ([['a', 'b']], []))

    def test_refused_before(self):
        "Test what refers to a refused group is refused, too"
        self.assertEqual(
            self.admit([['a'], ['b'], ['c']], {'a': {'x'}, 'b': {'a'}}),
            ([['c']], [(['a'], {'x'}), (['b'], {'a'})]))

    def test_edit_creates_nothing(self):
        "Test an edit of what is not here does not bring it"
        self.assertEqual(
            self.admit([['a'], ['b']], {'b': {'a'}}, creates={'b'}),
            ([['a']], [(['b'], {'a'})]))


class LevelsTestCase(unittest.TestCase):
    "Test in which order records are created"

    def levels(self, items, needs, optional=never):
        return plan.levels(dict.fromkeys(items), needs, optional)

    def test_levels(self):
        "Test what is needed is created before"
        levels, deferred = self.levels(
            'abcd', {'a': {'b', 'c'}, 'b': {'c'}, 'd': set()})
        self.assertEqual(list(map(sorted, levels)), [['c', 'd'], ['b'], ['a']])
        self.assertEqual(deferred, {})

    def test_present(self):
        "Test what is not among the records is there already"
        self.assertEqual(
            self.levels('a', {'a': {'x'}}), ([['a']], {}))

    def test_itself(self):
        "Test a record that refers to itself is completed at the end"
        self.assertEqual(
            self.levels('a', {'a': {'a'}}), ([['a']], {'a': {'a'}}))

    def test_circle_of_optional_links(self):
        "Test a circle is broken where a link may be empty meanwhile"
        needs = {'a': {'b'}, 'b': {'a'}}
        levels, deferred = self.levels(
            'ab', needs, lambda item, need: item == 'b')
        self.assertEqual(levels, [['b'], ['a']])
        self.assertEqual(deferred, {'b': {'a'}})

    def test_circle_behind_another(self):
        "Test a circle that needs another circle comes after it"
        needs = {
            'a': {'b'}, 'b': {'a'},
            'c': {'d', 'a'}, 'd': {'c'}}
        levels, deferred = self.levels(
            'cdab', needs, lambda item, need: item in 'ad')
        self.assertPossible(levels, deferred, needs)
        self.assertEqual(deferred, {'a': {'b'}, 'd': {'c'}})

    def test_circle_of_required_links(self):
        "Test a circle of required references is refused"
        with self.assertRaises(ValueError):
            self.levels('abc', {'a': {'b'}, 'b': {'c'}, 'c': {'a'}})

    def test_long_chain(self):
        "Test a chain of ten thousand records, each needing the next"
        needs = {i: {i + 1} for i in range(MANY)}
        levels, deferred = self.levels(range(MANY), needs)
        self.assertEqual(levels, [[i] for i in reversed(range(MANY))])
        self.assertEqual(deferred, {})

    def test_long_circle(self):
        "Test a circle of ten thousand records with one optional link"
        needs = {i: {(i + 1) % MANY} for i in range(MANY)}
        levels, deferred = self.levels(
            range(MANY), needs, lambda item, need: item == 5)
        self.assertPossible(levels, deferred, needs)
        self.assertEqual(deferred, {5: {6}})

    def test_many_circles(self):
        "Test thousands of circles, all of optional links"
        needs = {i: {i ^ 1} for i in range(MANY)}
        levels, deferred = self.levels(range(MANY), needs, always)
        self.assertPossible(levels, deferred, needs)

    def test_random(self):
        "Test random records are created in an order that is possible"
        rng = random.Random(1)
        refused = 0
        for _ in range(500):
            items = list(range(rng.randint(1, 12)))
            needs = {
                item: set(rng.sample(items, min(len(items), 2)))
                for item in items if rng.random() < 0.5}
            links = {(i, n) for i in needs for n in needs[i]
                if rng.random() < 0.7 or i == n}
            try:
                levels, deferred = self.levels(
                    items, needs, lambda item, need: (item, need) in links)
            except ValueError:
                refused += 1
                self.assertFalse(possible(items, needs, links))
                continue
            self.assertPossible(levels, deferred, needs)
            self.assertEqual(sorted(sum(levels, [])), items)
            self.assertLessEqual(
                {(i, n) for i in deferred for n in deferred[i]}, links)
        self.assertTrue(0 < refused < 250, refused)

    def assertPossible(self, levels, deferred, needs):
        done = set()
        for level in levels:
            for item in level:
                self.assertLessEqual(
                    needs.get(item, set()) - deferred.get(item, set()), done)
            done.update(level)


def possible(items, needs, links):
    "Whether records can be created when these links are empty at first"
    done = set()
    while True:
        ready = {
            item for item in items if item not in done
            and all(need in done or (item, need) in links
                for need in needs.get(item, ()))}
        if not ready:
            return len(done) == len(items)
        done |= ready
