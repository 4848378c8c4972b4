# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A run that is under way."
from contextlib import closing, contextmanager


@contextmanager
def hold(instance):
    "Hold the lock of the runs of an instance as a run does"
    from trytond.modules.synchronisation import turn
    if instance.database.backend == 'sqlite':
        with instance.inside(), turn.take(instance.name):
            yield
    else:
        with closing(instance.database.connect()) as connection:
            connection.cursor().execute(
                'SELECT pg_advisory_lock(%s)',
                (turn.Advisory.NUMBERS[turn.RUN],))
            yield
