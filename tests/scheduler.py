# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"How the tests are spread over processes."
from xdist.scheduler import LoadScopeScheduling


class Scheduler(LoadScopeScheduling):
    """Give each test to any process, and a file of a module to one of them.

    The tests of such a file share one database, which takes long to prepare.
    """

    def _split_scope(self, nodeid):
        if nodeid.startswith('modules/'):
            return nodeid.partition('::')[0]
        return nodeid
