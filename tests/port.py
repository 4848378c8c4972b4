# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Ports of the loopback interface."
import fcntl
import os
import socket
import tempfile
from pathlib import Path

# Below the ports that the kernel gives to outgoing connections
PORTS = range(20000, 30000)
_claims = {}


def claim():
    "Return a free port, which is no one else's until this process ends"
    folder = Path(tempfile.gettempdir()) / f'tryton-ports-{os.getuid()}'
    folder.mkdir(exist_ok=True)
    for port in PORTS:
        if port in _claims:
            continue
        claim = os.open(folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(claim)
            continue
        _claims[port] = claim
        if is_free(port):
            return port
    raise RuntimeError(f"all ports of {PORTS} are taken")


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            return False
    return True
