# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The hub works on few messages at a time and tells the others when to come."
import heapq
import random
from collections import Counter
from contextlib import ExitStack

import pytest

from trytond.modules.synchronisation import (
    admission, configuration, cycle, hub)
from trytond.modules.synchronisation.admission import Admission
from trytond.modules.synchronisation.errors import LaterError

SATELLITES, MESSAGES = 511, 3
KEYED = 'test_synchronisation.keyed'


class Rush:
    """All satellites come at once, each with some messages.

    A simulation: time is that of the events, each of which is (when, its
    number, what happens, the satellite).
    """

    def __init__(self, limit, rng, left=None):
        self.limit = limit
        self.rng = rng
        self.time = 0
        self.admission = Admission(lambda: self.time)
        self.events, self.count = [], 0
        # {satellite: how many messages it has}
        self.left = left or dict.fromkeys(range(SATELLITES), MESSAGES)
        self.refused, self.most, self.work = Counter(), 0, 0
        self.turns, self.lines = {}, {}
        for satellite in self.left:
            self.at(rng.random(), self.come, satellite)

    def at(self, seconds, what, satellite):
        self.count += 1
        heapq.heappush(
            self.events, (self.time + seconds, self.count, what, satellite))

    def run(self):
        while self.events:
            self.time, _, what, satellite = heapq.heappop(self.events)
            what(satellite)

    def come(self, satellite):
        try:
            turn = self.admission.arrive(satellite, 'push', self.limit)
        except LaterError as error:
            self.refused[satellite] += 1
            # The line takes some time, too
            line = self.lines.get(satellite, self.rng.uniform(.02, .2))
            self.at(error.details['after'] + line, self.come, satellite)
            return
        self.turns[turn] = satellite
        if turn.is_set():
            self.begin(turn)

    def begin(self, turn):
        self.most = max(self.most, self.admission.running)
        seconds = self.rng.uniform(.2, 1.8)
        self.work += seconds
        self.at(seconds, lambda satellite: self.end(satellite, seconds),
            self.turns[turn])

    def end(self, satellite, seconds):
        if turn := self.admission.leave(seconds):
            self.begin(turn)
        self.left[satellite] -= 1
        if self.left[satellite]:
            self.at(self.rng.uniform(.2, 2), self.come, satellite)


@pytest.mark.parametrize('limit', [1, 2, 8])
def test_all_at_once(limit):
    "Test that all have their turn in little more than the time of the work"
    rush = Rush(limit, random.Random(limit))
    rush.run()
    assert not any(rush.left.values())
    assert rush.most == limit
    assert rush.time <= 1.3 * rush.work / limit
    # Nobody comes in vain more often than eight times for a message
    assert max(rush.refused.values()) <= 8 * MESSAGES
    assert rush.refused.total() <= 4 * SATELLITES * MESSAGES


def test_slow_line():
    "Test that who takes long to come has its turn all the same"
    slow = 20
    rush = Rush(2, random.Random(1), {
            **dict.fromkeys(range(slow), 50), slow: MESSAGES})
    rush.lines = {slow: 20}
    rush.run()
    assert rush.refused[slow] <= 2 * MESSAGES


def test_who_does_not_come():
    "Test that nobody waits long for who was told when to come"
    time = 0
    admission = Admission(lambda: time)
    first, second = [admission.arrive(n, 'push', 1) for n in 'ab']
    for guest in 'cd':
        with pytest.raises(LaterError) as refused:
            admission.arrive(guest, 'push', 1)
    assert admission.leave(1) is second
    assert admission.leave(1) is None
    time += refused.value.details['after']
    assert admission.arrive('d', 'push', 1).is_set()


def test_who_is_expected_goes_first():
    "Test that who comes for the first time does not go before who waits"
    admission = Admission(lambda: 0)
    for guest in 'ab':
        admission.arrive(guest, 'push', 1)
    with pytest.raises(LaterError):
        admission.arrive('c', 'push', 1)
    admission.leave(1)
    with pytest.raises(LaterError):
        admission.arrive('d', 'push', 1)
    admission.arrive('c', 'push', 1)


def test_a_user_waits():
    "Test that what a user asks for goes before what others push"
    admission = Admission(lambda: 0)
    _, push = [admission.arrive(guest, 'push', 1) for guest in 'ab']
    fetch = admission.arrive('c', 'fetch', 1)
    assert admission.leave(1) is fetch and not push.is_set()
    assert admission.leave(1) is push


def test_too_long(monkeypatch):
    "Test that who waits in vain is told to come again"
    monkeypatch.setattr(admission, 'PATIENCE', .01)
    turns = Admission()
    turns.arrive('a', 'push', 1)
    with pytest.raises(LaterError), turns.admitted('b', 'push', 1):
        pass
    assert turns.leave(1) is None
    assert turns.arrive('c', 'push', 1).is_set()


def full():
    "Let the hub work on as many messages as it may, and as many wait"
    for guest in 'abcd':
        hub.admission.arrive(guest, 'push', 2)


def empty():
    for _ in 'abcd':
        hub.admission.leave(1)
    hub.admission.expected.clear()


def test_failure(local):
    "Test that a message that fails leaves, too"
    net = local(1)
    clinic, = net.satellites
    line = net.dial(configuration.load(clinic.name))
    for _ in range(5):
        assert '"error":"message"' in line.call('push', '{}')
    assert hub.admission.running == 0


def test_run(local, monkeypatch):
    "Test that a run waits for its turn, and then does all it has to"
    clinic, = local(1).satellites
    clinic.create(KEYED, code='A', name="first")
    full()
    waits = []

    def sleep(seconds):
        if not waits:
            empty()
        waits.append(seconds)
    monkeypatch.setattr(cycle.clock, 'sleep', sleep)
    outcome = clinic.synchronise()
    assert waits
    assert outcome.complete


def test_one_who_floods_the_hub():
    "Test that one satellite cannot have all turns of the others"
    turns = Admission()
    with ExitStack() as mine:
        for _ in range(admission.AT_ONCE):
            mine.enter_context(turns.admitted('a', 'push', 9))
        with pytest.raises(LaterError), turns.admitted('a', 'fetch', 9):
            pass
        with turns.admitted('b', 'push', 9):
            assert turns.running == admission.AT_ONCE + 1
    assert not turns.present
    with turns.admitted('a', 'push', 9):
        pass
