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

from . import template, tree
from .environment import CACHE
from .lock import lock

FOLDER = CACHE / 'module_tests'


def use(share):
    """Let the test cases of this process use the cache.

    The Share gives the cluster, for a process that runs them on PostgreSQL.
    """
    folder = FOLDER / tree.digest(tree.names())
    forget_others(folder)
    # Read when it is imported
    os.environ['DB_CACHE'] = str(folder)
    from trytond.tests import test_tryton
    test_tryton._sqlite_copy = complete(test_tryton._sqlite_copy)
    test_tryton._pg_dump = complete(test_tryton._pg_dump)
    test_tryton.activate_module = layered(test_tryton, share)


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


def layered(test_tryton, share):
    """Return activate_module that begins with the modules of somebody else.

    Of several processes that need the same modules one activates them.
    """
    activate = test_tryton.activate_module

    @wraps(activate)
    def wrapper(modules, lang='en'):
        modules = [modules] if isinstance(modules, str) else modules
        name = '-'.join(modules)
        path = test_tryton._db_cache_file(test_tryton.DB_CACHE, name)
        with lock(FOLDER / f'{os.path.basename(path)}.lock'):
            if (lang == 'en' and not os.path.exists(path)
                    and not test_tryton.db_exist()):
                lay(test_tryton, share, template.get_layers(modules)[0])
            activate(modules, lang=lang)
    return wrapper


def lay(test_tryton, share, layer):
    from trytond.transaction import Transaction
    if test_tryton.backend.name == 'sqlite':
        with template.using_file([layer]) as path:
            test_tryton._sqlite_copy(path, restore=True)
    else:
        cluster = share.load()
        with template.using_postgresql(cluster, [layer]) as base:
            # By trytond, which keeps the list of the databases
            with Transaction().start(
                    None, 0, close=True, autocommit=True) as transaction:
                transaction.database.create(
                    transaction.connection, test_tryton.DB_NAME, base)


def publish(new, path):
    try:
        os.replace(new, path)
    except OSError:
        # A dump of PostgreSQL is a folder and somebody else was quicker
        shutil.rmtree(new, ignore_errors=True)


def forget_others(folder):
    for other in FOLDER.glob('*/'):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
