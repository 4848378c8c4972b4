# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"How much goes in one message, as the line is."
import json
import random

import pytest

from trytond.modules.synchronisation.pace import (
    AIM, CUTS, FIRST, MOST, PART, Pace)

RECORD = 130
# 64 kbit/s, and the way there and back
RATE, TRIP = 8000, 2
# Bytes of the headers of each message, and of the question what arrived
HEADERS = 700
ANSWER = 800


class Sky:
    "A line as in tests/line.py, by a clock of its own."

    def __init__(self, seed, cuts=(5, 60), rate=RATE):
        self.random = random.Random(seed)
        self.cuts = cuts
        self.rate = rate
        self.now = self.carried = 0
        self.draw()

    def draw(self):
        self.end = self.now + self.random.uniform(*self.cuts)

    def send(self, size):
        """Return (whether it arrived, whether it was answered, seconds).

        The line breaks in between, or does not.
        """
        arrives = self.now + size / self.rate + TRIP / 2
        seconds = arrives + TRIP / 2 - self.now
        if arrives + TRIP / 2 <= self.end:
            self.now += seconds
            self.carried += size
            return True, True, seconds
        seconds = self.end - self.now
        self.carried += min(size, int(seconds * self.rate))
        arrived = arrives <= self.end
        self.now = self.end
        self.draw()
        return arrived, False, seconds


def ask(sky, pace):
    "Ask what arrived"
    answered = False
    while not answered:
        _, answered, seconds = sky.send(ANSWER)
        if answered:
            pace.passed(ANSWER / 2, ANSWER / 2, seconds)
        else:
            pace.cut(seconds)


def push(sky, pace, records):
    "Push records; what arrived is asked for and never sent again."
    left = records
    while left:
        count = min(left, pace.up.records)
        size = count * RECORD + HEADERS
        arrived, answered, seconds = sky.send(size)
        if answered:
            pace.passed(size, 200, seconds)
            pace.up.count(count, size)
        else:
            pace.cut(seconds)
            ask(sky, pace)
        if arrived:
            left -= count


@pytest.mark.parametrize('seed', range(20))
def test_foul_line(seed):
    "Test that a line which is cut each minute carries hardly more"
    foul, fair = Sky(seed), Sky(seed, cuts=(1e9, 1e9))
    for sky in [foul, fair]:
        push(sky, Pace(500), 10_000_000 // RECORD)
    assert foul.carried <= 1.12 * fair.carried
    # The line does not idle either
    assert foul.now <= 1.5 * fair.now


def test_slow_line():
    "Test that a message takes some seconds, the way there and back aside"
    sky, pace = Sky(0, cuts=(1e9, 1e9)), Pace(500)
    pace.passed(300, 200, TRIP)
    push(sky, pace, 20_000)
    assert pace.up.records * RECORD / RATE == pytest.approx(AIM, rel=.2)


def test_fast_line():
    "Test that a good line carries the largest messages, after a while"
    sky, pace = Sky(0, cuts=(1e9, 1e9), rate=1e8), Pace(10 ** 6)
    push(sky, pace, 2_000_000)
    assert pace.up.bytes == MOST


def test_limit():
    "Test that no message has more records than it may, and each has one"
    pace = Pace(500)
    assert pace.up.records == 500
    for _ in range(40):
        pace.cut(.001)
    assert pace.up.records == 1


def test_cut_halves():
    "Test that a cut halves, and three successes double"
    pace = Pace(10 ** 6)
    pace.passed(500, 200, .1)
    pace.passed(FIRST, 200, .2)
    pace.cut(1e6)
    assert pace.up.bytes == FIRST / 2
    for _ in range(3):
        pace.passed(FIRST / 2, 200, .15)
    assert pace.up.bytes == FIRST


def test_cut_halves_what_the_aim_allows():
    "Test that messages which are short for the cuts stay as they are"
    pace = Pace(10 ** 6)
    pace.passed(500, 200, 0)
    for _ in range(6):
        pace.passed(RATE, 200, 1)
    for _ in range(CUTS):
        pace.cut(PART ** -1)
        for _ in range(9):
            pace.passed(RATE, 200, 1)
    before = pace.up.bytes
    pace.cut(PART ** -1)
    assert pace.up.bytes == pytest.approx(before, rel=.1)
    for _ in range(3):
        pace.cut(PART ** -1)
    assert pace.up.bytes <= before / 2


def test_line_that_carried_nothing_yet():
    "Test that a run need not break often to learn that it sends too much"
    pace = Pace(500)
    for _ in range(3):
        pace.cut(1)
    assert pace.up.bytes < 1000


def test_part_of_the_time_between_cuts():
    "Test that a message is short beside the time that the line holds"
    pace = Pace(500)
    for _ in range(CUTS):
        pace.cut(20)
    assert pace.goal == PART * 20
    assert pace.goal <= 20 / 14.99


def test_line_that_holds_again():
    "Test that cuts of long ago do not count for ever"
    pace = Pace(500)
    for _ in range(CUTS):
        pace.cut(.1)
    assert pace.goal < .01
    for _ in range(1000):
        pace.passed(10_000, 10_000, 1)
    assert pace.goal == AIM


def test_line_that_is_better_again():
    "Test that a line which hardly carried anything is not slow for ever"
    pace = Pace(500)
    for rate in [120, 1_000_000]:
        push(Sky(1, cuts=(1e9, 1e9), rate=rate), pace, 3000)
    assert pace.up.records == 500


@pytest.mark.parametrize('kept', [
        None, [], {'up': 5, 'cuts': 'x'}, {'cuts': [None, -1, 'a', 1e300]},
        {'up': {'size': -1, 'rate': True, 'record': []}, 'latency': {}}])
def test_damaged_memory(kept):
    "Test that what was kept wrong is as nothing"
    assert Pace(500, kept).as_dict() == Pace(500).as_dict()


def test_memory():
    "Test that the next run begins where the last one ended"
    pace = Pace(500)
    push(Sky(1), pace, 5000)
    again = Pace(500, json.loads(json.dumps(pace.as_dict())))
    assert again.as_dict() == pace.as_dict()
    assert again.up.records == pace.up.records


def test_slow_line_on_which_all_is_alike():
    "Test that a message takes some seconds, though none was small"
    sky, pace = Sky(0, cuts=(1e9, 1e9)), Pace(500)
    push(sky, pace, 20_000)
    assert AIM / 2 < pace.up.bytes / RATE + TRIP <= 1.2 * AIM + TRIP
