# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""How many messages a process of the hub works on at a time.

The rest of its threads are for users.  As many more messages may wait for
their turn; whoever comes then is told when to come again and is expected, and
goes before who comes for the first time.  So all have their turn however many
come at once, the hub is never idle meanwhile, and none has to ask often.
"""
import threading
import time
from collections import Counter
from contextlib import contextmanager
from itertools import takewhile

from .errors import LaterError

# What a message takes until that is known, and how much the last one counts
SECONDS, WEIGHT = 1, 1 / 8
# Those who are expected come a little closer together than one can be
# answered, so that somebody is always waiting
CLOSER = .9
# Nobody comes again sooner, who is late is not waited for longer, and keeps
# its turn so long
LEAST, GRACE, FORGET = .5, 5, 600
# So many of those who are expected may go before each other
FRONT = 4
# Seconds that a message waits at most
PATIENCE = 30
# A user waits for it
URGENT = 'fetch'
# How many messages one guest may have here: one and the next, what is
# repeated as its answer was cut, and that of a user
AT_ONCE = 4


class Turn(threading.Event):
    "That of a message; it is set when it has come."


class Admission:
    "The messages of one process; guests are named by their users."

    def __init__(self, now=time.monotonic):
        self.now = now
        self.lock = threading.Lock()
        self.running = 0
        self.seconds = SECONDS
        # The Turns of those who wait
        self.waiting = []
        # {guest: when it is expected}, in the order in which they came first
        self.expected = {}
        # {guest: how many of its messages run or wait}
        self.present = Counter()

    @contextmanager
    def admitted(self, guest, method, limit):
        "Work on a message; raise LaterError if its turn comes later."
        with self.counted(guest):
            self.wait(self.arrive(guest, method, limit))
            began = self.now()
            try:
                yield
            finally:
                self.leave(self.now() - began)

    @contextmanager
    def counted(self, guest):
        "Let no guest have more messages here than one can need."
        with self.lock:
            if self.present[guest] >= AT_ONCE:
                raise later(self.seconds)
            self.present[guest] += 1
        try:
            yield
        finally:
            with self.lock:
                self.present[guest] -= 1
                # Only those who are here
                self.present += Counter()

    def arrive(self, guest, method, limit):
        "Return the Turn of a message, or raise LaterError."
        with self.lock:
            now = self.now()
            self.expected = {other: when
                for other, when in self.expected.items()
                if now < when + FORGET}
            if not self.has_room(guest, method, limit, now):
                raise later(self.expect(guest, limit, now))
            self.expected.pop(guest, None)
            turn = Turn()
            if self.running < limit:
                self.running += 1
                turn.set()
            else:
                self.waiting.insert(
                    0 if method == URGENT else len(self.waiting), turn)
            return turn

    def has_room(self, guest, method, limit, now):
        if method == URGENT:
            return len(self.waiting) <= limit
        if self.expected.get(guest, now) + GRACE <= now:
            # A slow line takes longer, and would be late again and again
            return len(self.waiting) < 2 * limit
        due = [other for other, when in self.expected.items()
            if now < when + GRACE]
        return len(self.waiting) < limit and (
            not due or guest in due[:limit + FRONT])

    def wait(self, turn):
        "Wait until a Turn has come."
        if turn.wait(PATIENCE):
            return
        with self.lock:
            # It may have come just now
            if not turn.is_set():
                self.waiting.remove(turn)
                raise later(self.seconds)

    def leave(self, seconds):
        "Give the turn to who waits longest and return that Turn, or None."
        with self.lock:
            self.seconds += (seconds - self.seconds) * WEIGHT
            if not self.waiting:
                self.running -= 1
                return
            turn = self.waiting.pop(0)
            turn.set()
            return turn

    def expect(self, guest, limit, now):
        "Return after how many seconds a guest may come."
        self.expected.setdefault(guest, now)
        # Who is late may never come
        before = 1 + sum(now < when + GRACE for _, when in takewhile(
                lambda item: item[0] != guest, self.expected.items()))
        seconds = max(before * self.seconds * CLOSER / limit, LEAST)
        self.expected[guest] = now + seconds
        return seconds


def later(seconds):
    "Return the LaterError of who is to come after so many seconds."
    error = LaterError(
        "The hub works on the messages of others; this one is sent again.")
    error.details = {'after': round(seconds, 1)}
    return error
