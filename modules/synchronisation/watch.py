# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What ends a run that moves nothing."
import concurrent.futures
import ctypes
import threading
import time
from contextlib import contextmanager

from trytond import backend

from .errors import StalledError

# Seconds until what was cancelled has to be over
GRACE = 5
# Between two looks at a line that has moved nothing for too long
TICK = .1


class Interruption(BaseException):
    "It is raised wherever a run is, so nothing may take it for an error."


class Watch:
    """Ends the run of this thread, while in the context, that moves nothing.

    What moves is a part of a message on the line, or a transaction that
    ends.  After so many seconds without either, what the run waits for is
    cancelled, at the database or on the line; what goes on all the same is
    interrupted wherever it is.
    """

    def __init__(self, seconds):
        self.seconds = seconds
        self.connection = None
        self.stalled = False
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.moved()

    def __enter__(self):
        self._thread = threading.get_ident()
        self.moved()
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_):
        with self._lock:
            self._ended.set()

    def moved(self):
        self._last = time.monotonic()

    def left(self):
        "Return the seconds that are left until the run has stalled."
        return self._last + self.seconds - time.monotonic()

    @contextmanager
    def over(self, connection):
        "Watch what is done with a connection to the database."
        self.connection = connection
        try:
            yield
        finally:
            self.connection = None

    def result(self, future):
        "Wait for what the line brings and return it."
        while not future.done():
            self.check()
            concurrent.futures.wait([future], max(self.left(), TICK))
        return future.result()

    def check(self):
        if self.stalled:
            raise self._error()

    def cause(self, error):
        "Return what an error that ended the run comes from."
        if self.stalled and not isinstance(error, StalledError):
            return self._error()
        return error

    def _error(self):
        return StalledError(
            f"Nothing has moved for {self.seconds} seconds, neither on the "
            "line nor in the database, so the run was ended; the next one "
            "goes on from there.")

    def _watch(self):
        while (left := self.left()) > 0:
            if self._ended.wait(left):
                return
        self.stalled = True
        self._cancel()
        if not self._ended.wait(GRACE):
            self._interrupt()

    def _cancel(self):
        "Let a statement of the database fail, if one is under way."
        connection = self.connection
        if connection is None:
            return
        if backend.name == 'sqlite':
            connection.interrupt()
        else:
            connection.cancel()

    def _interrupt(self):
        with self._lock:
            if not self._ended.is_set():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._thread),
                    ctypes.py_object(Interruption))
