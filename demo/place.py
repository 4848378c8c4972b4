# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Where the demonstration finds its programs and keeps its files."
import fcntl
import os
import shutil
import socket
import sys
from pathlib import Path

from .error import DemoError

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
FOLDER = ROOT / 'var' / 'demo'
LOCK = ROOT / 'var' / 'demo.lock'


def environment():
    "Return the environment without what would change trytond's settings."
    variables = {
        name: value for name, value in os.environ.items()
        if not name.startswith(('TRYTOND_', 'CELERY_'))
        and name != 'TRYTONPASSFILE'}
    path = variables.get('PATH', os.defpath)
    variables['PATH'] = f'{BIN}{os.pathsep}{path}'
    return variables


def claim():
    """Return the open file that reserves the folder until it is closed.

    The kernel closes it when the process dies.
    """
    LOCK.parent.mkdir(exist_ok=True)
    file = open(LOCK, 'w')
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise DemoError(
            f'Another demonstration is running in "{FOLDER}"; '
            "stop it first.") from error
    return file


def renew():
    "Return the folder, empty."
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    return FOLDER


def free_ports(count):
    "Return as many ports of the loopback interface that nobody uses."
    sockets = [socket.socket() for _ in range(count)]
    try:
        for socket_ in sockets:
            socket_.bind(('127.0.0.1', 0))
        return [socket_.getsockname()[1] for socket_ in sockets]
    finally:
        for socket_ in sockets:
            socket_.close()
