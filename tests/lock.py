# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Locks between the processes of one machine."
import fcntl
from contextlib import contextmanager


@contextmanager
def lock(path):
    "Hold the lock named by path; the kernel frees it if the process dies"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
