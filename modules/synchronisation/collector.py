# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Python's collector of cycles, and when it rests."
import gc
import threading
from contextlib import contextmanager

_resting = threading.Lock()


@contextmanager
def resting():
    """Let the collector rest in the block, unless it rests for another.

    The objects of a message are in no cycles and go when it is done, but the
    collector looks through them, and through those of trytond, each time
    that hundreds more were made, which took a quarter of the time.  Mercurial
    does the same (mercurial.util.nogc).  It rests for one thread at a time,
    so that it works in between however many messages come.
    """
    if not gc.isenabled() or not _resting.acquire(blocking=False):
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        _resting.release()
