# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A hub that does not answer for a while, so that a run stays under way."
import os
import signal
from contextlib import contextmanager


@contextmanager
def suspended(server):
    "Let a server take what it is sent, but answer only afterwards"
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
