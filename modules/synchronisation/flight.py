# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A message on its way, while the satellite does something else."
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial

# How long a thread goes on while another one waits, usually and while
# messages fly, in seconds
USUAL, SHORT = sys.getswitchinterval(), 0.0005
_runs, _lock = set(), threading.Lock()


@contextmanager
def attentive():
    """Let a message go on as soon as the line does, whatever else is done.

    It needs the interpreter a dozen times until it is away, and would wait
    for it so long each time that the hub would idle for a third of a push.
    The last run of a process that ends sets it back.
    """
    run = object()
    _note(_runs.add, run)
    try:
        yield
    finally:
        _note(_runs.remove, run)


def _note(change, run):
    with _lock:
        change(run)
        sys.setswitchinterval(SHORT if _runs else USUAL)


class Parcel:
    "A message that is ready to go, with the name that logs have of it."

    def __init__(self, transport, method, text, name=None, records=0):
        self.method = method
        self.text = text
        self.name = name
        # How many it brings
        self.records = records
        self.packed = (
            transport.pack(method, text, name) if is_parallel(transport)
            else None)

    def send(self, transport):
        "Send it and return the text that is answered."
        if self.packed:
            return transport.send(self.packed)
        return transport.call(self.method, self.text)


def is_parallel(transport):
    "Whether a transport may be used while the run does something else."
    return getattr(transport, 'parallel', False)


class Flight:
    """What will be answered to a Parcel.

    A transport that is not parallel has answered at once.
    """

    def __init__(self, transport, parcel):
        self.future = Future()
        self.transport = transport
        self.parcel = parcel
        self.name = parcel.name
        self.records = parcel.records
        # What it took, of time and of the line
        self.seconds = self.up = self.down = 0
        send = partial(parcel.send, transport)
        if is_parallel(transport):
            # Whoever stops the run does not wait for the line
            threading.Thread(
                target=self.fly_alone, args=(send,), daemon=True).start()
        else:
            self.fly(send)

    def fly(self, send):
        try:
            text = self.measure(send)
        except Exception as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(text)

    def measure(self, send):
        began, up, down = time.monotonic(), *self.bytes()
        try:
            return send()
        finally:
            self.seconds = time.monotonic() - began
            self.up, self.down = self.bytes()[0] - up, self.bytes()[1] - down

    def bytes(self):
        return self.transport.bytes_up, self.transport.bytes_down

    def fly_alone(self, send):
        try:
            self.fly(send)
        except BaseException as error:
            # Nobody else hears of it, and the run would wait for ever
            self.future.set_exception(error)
