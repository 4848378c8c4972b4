# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The prepared databases, for the test cases of trytond."
from . import template


def use(share):
    """Let the test cases of this process begin with prepared databases.

    The Share gives the cluster to a process that runs them on PostgreSQL.
    """
    from trytond.tests import test_tryton

    def restore(name):
        modules, _, language = name.partition('--')
        if language:
            # Prepared databases are in English
            return False
        test_tryton.drop_db()
        lay(test_tryton.DB_NAME, modules.split('-'), share)
        test_tryton.Pool(test_tryton.DB_NAME).init()
        return True

    # What activates modules asks this first, in cases and in scenarios
    test_tryton.restore_db_cache = restore


def lay(name, modules, share):
    "Make a copy of the prepared database with these modules"
    from trytond import backend
    from trytond.tests import test_tryton
    layers = template.get_layers(modules)
    if backend.name == 'sqlite':
        with template.using_file(layers) as path:
            test_tryton._sqlite_copy(path, restore=True)
    else:
        cluster = share.load()
        with template.using_postgresql(cluster, layers) as base:
            create(name, base)


def create(name, base):
    # By trytond, which remembers the list of the databases
    from trytond.transaction import Transaction
    with Transaction().start(
            None, 0, close=True, autocommit=True) as transaction:
        transaction.database.create(transaction.connection, name, base)
