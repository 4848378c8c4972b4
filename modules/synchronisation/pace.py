# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""How much goes in one message, as the line is.

A message should take some seconds: less and the line idles while each is
answered, more and much is lost with each cut.  The time of the way there and
back is not counted, as a smaller message does not save it.  It is known by the
smallest messages, of which each run and each cut has some.
"""
from collections import deque

# Seconds that a message may take, and which part of the time between cuts
AIM = 5
PART = 1 / 15
# Bytes of a message: the first, and the most
FIRST, MOST = 1 << 17, 1 << 22
# Bytes of a record until it is known
RECORD = 150
# Messages below so many bytes tell how long the way is
SMALL = 1 << 10
# What a slow line carries at once, as long as it holds
LEAST = 3 * SMALL
# How many successes let a message double, and how many cuts are remembered
STREAK, CUTS = 3, 8
# How much the last message counts for what is usual
WEIGHT = .3
# How much longer the quickest message is taken to need with each other one
SLOWER = 1.003


class Pace:
    """What is known of a line, for messages in both directions.

    aim is how many seconds a message may take, limit how many records it may
    have; kept is what as_dict() returned at the end of another run.
    """

    def __init__(self, limit, kept=None, aim=None):
        kept = kept if isinstance(kept, dict) else {}
        self.aim = AIM if aim is None else aim
        self.cuts = deque(
            filter(None, map(_number, _list(kept.get('cuts')))), CUTS)
        # Seconds on the line since the last cut
        self.since = _number(kept.get('since')) or 0
        # Whether there is something new to keep
        self.learnt = False
        self.up, self.down = (
            Way(self, limit, kept.get(name)) for name in ['up', 'down'])

    def as_dict(self):
        return {
            'cuts': list(self.cuts), 'since': self.since,
            'up': self.up.as_dict(), 'down': self.down.as_dict()}

    @property
    def goal(self):
        "How many seconds of a message are on the line at most."
        if not self.cuts:
            return self.aim
        # As long as it holds the line may be a better one than it was
        times = list(self.cuts)
        if self.since > times[0]:
            times = [*times[1:], self.since]
        return min(self.aim, PART * sum(times) / len(times))

    def passed(self, up, down, seconds):
        "Note that a message of up bytes had an answer of down bytes."
        self.since += seconds
        size = up + down
        if size <= SMALL:
            self.up.passed(size, seconds)
            self.down.passed(size, seconds)
        else:
            (self.up if up > down else self.down).passed(size, seconds)
            self.learnt = True

    def cut(self, seconds):
        "Note that the line broke, after so many seconds of waiting."
        self.cuts.append(self.since + seconds)
        self.since, self.learnt = 0, True
        self.up.cut()
        self.down.cut()


class Way:
    "One direction of a line: how many bytes, or records, go at once."

    def __init__(self, pace, limit, kept=None):
        kept = kept if isinstance(kept, dict) else {}
        self.pace = pace
        self.limit = limit
        self.size = _number(kept.get('size')) or FIRST
        self.rate = _number(kept.get('rate'))
        self.record = _number(kept.get('record')) or RECORD
        # The bytes and the seconds of the message that was the quickest
        self.quickest = None
        # What a slow line carried in a second of the last message, the way
        # included
        self.carried = None
        self.streak = 0

    def as_dict(self):
        return {'size': self.size, 'rate': self.rate, 'record': self.record}

    @property
    def bytes(self):
        "How many bytes the next message should have."
        # As long as all messages are alike nobody knows how long the way is
        rate = self.carried if self.rate is None else self.rate
        if rate is None:
            return min(self.size, MOST)
        # From less one would not learn that the line is better by now
        return min(self.size, MOST, max(rate * self.pace.goal, LEAST))

    @property
    def records(self):
        "How many records the next message should have."
        return max(1, min(self.limit, int(self.bytes / self.record)))

    def count(self, records, size):
        "Note how many bytes so many records took."
        if records:
            self.record = usual(self.record, max(1, size / records))

    def passed(self, size, seconds):
        "Note that so many bytes took so many seconds."
        self.measure(size, seconds)
        if size > SMALL and seconds and (
                self.carried or seconds > self.pace.aim):
            self.carried = size / seconds
        self.streak += 1
        if self.streak == STREAK:
            self.size, self.streak = min(MOST, 2 * self.size), 0

    def measure(self, size, seconds):
        """Learn the rate from what more bytes took than fewer.

        So the way there and back is left out, however long it is.
        """
        if not self.quickest or seconds <= self.quickest[1]:
            self.quickest = size, seconds
            return
        least, quickest = self.quickest
        if size > least + SMALL:
            self.rate = usual(self.rate, (size - least) / (seconds - quickest))
        # A line that became slower is learnt, too
        self.quickest = least, quickest * SLOWER

    def cut(self):
        # On a line that has carried nothing yet it may be far too much
        part = 8 if self.rate is None else 2
        # Half of what it takes the aim to send, which may still be more than
        # the part of the time between the cuts
        size = self.size if self.rate is None else min(
            self.size, self.rate * self.pace.aim)
        self.size, self.streak = max(1, min(size, MOST) / part), 0


def usual(before, now):
    "Return what is usual, given what was so before, None if nothing was."
    return now if before is None else before + WEIGHT * (now - before)


def _number(value):
    "Return what may be kept as a number, None for anything else."
    if isinstance(value, (int, float)) and not isinstance(value, bool) and (
            0 <= value < 1e12):
        return value


def _list(value):
    return value if isinstance(value, list) else []
