# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Processes that outlive the run of the tests that started them."
import os
import signal
from pathlib import Path


def end(name, value):
    "End the processes, but for this one, started with this variable"
    mark = f'{name}={value}'.encode()
    for path in Path('/proc').glob('[0-9]*/environ'):
        pid = int(path.parent.name)
        try:
            if (pid != os.getpid()
                    and mark in path.read_bytes().split(b'\0')):
                os.kill(pid, signal.SIGKILL)
        except OSError:
            # It ended by itself, or is somebody else's
            continue
