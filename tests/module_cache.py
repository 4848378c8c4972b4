# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The databases that trytond's own test cases keep between runs.

The name of a kept file tells only the modules, so the folder tells their
content; and a file is there only when it is complete, for several processes
make them.
"""
import os
import shutil
from functools import wraps

from . import tree
from .environment import CACHE

FOLDER = CACHE / 'module_tests'


def use():
    "Let the test cases of this process use the cache"
    folder = FOLDER / tree.digest(tree.names())
    forget_others(folder)
    # Read when it is imported
    os.environ['DB_CACHE'] = str(folder)
    from trytond.tests import test_tryton
    test_tryton._sqlite_copy = complete(test_tryton._sqlite_copy)
    test_tryton._pg_dump = complete(test_tryton._pg_dump)


def complete(dump):
    "Return the function with which a file appears once it is complete"
    @wraps(dump)
    def wrapper(path, *args, **kwargs):
        if kwargs.get('restore') or os.path.exists(path):
            return dump(path, *args, **kwargs)
        new = f'{path}.{os.getpid()}'
        result = dump(new, *args, **kwargs)
        if result:
            publish(new, path)
        return result
    return wrapper


def publish(new, path):
    try:
        os.replace(new, path)
    except OSError:
        # A dump of PostgreSQL is a folder and somebody else was quicker
        shutil.rmtree(new, ignore_errors=True)


def forget_others(folder):
    for other in FOLDER.glob('*'):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
