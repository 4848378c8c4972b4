# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Programs that end without a last word at a named place.

Run as python -m tests.deadly FAILPOINT PROGRAM [ARGUMENT...].
"""
import os
import runpy
import signal
import sys


def arm(name):
    "Let this process end, as by a loss of power, once it is at a place"
    from trytond.modules.synchronisation import failpoint

    def die(reached):
        if reached == name:
            os.kill(os.getpid(), signal.SIGKILL)
    failpoint.hook = die


def program(name, plain):
    "Return the command of a program that dies at a place"
    return [sys.executable, '-m', 'tests.deadly', name, *plain]


class Arming:
    "It arms the process once the module is imported, after the settings."

    def __init__(self, name):
        self.name = name

    def find_spec(self, fullname, path, target=None):
        if fullname == 'trytond.modules.synchronisation.hub':
            sys.meta_path.remove(self)
            arm(self.name)


if __name__ == '__main__':
    place, path, *arguments = sys.argv[1:]
    sys.argv = [path, *arguments]
    sys.meta_path.insert(0, Arming(place))
    runpy.run_path(path, run_name='__main__')
