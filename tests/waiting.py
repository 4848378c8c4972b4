# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Wait for what others do, no longer than it may take on a busy machine."
import time
from contextlib import closing

DEADLINE = 60


def until(condition, what, seconds=DEADLINE):
    "Wait until condition() is true and return what it returned"
    end = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} has not come to pass")
        time.sleep(.01)
    return result


def query(instance, statement, *values):
    "Return the rows of a query past trytond, on PostgreSQL"
    with closing(instance.database.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute(statement, values)
        return cursor.fetchall()


def until_blocked(instance, application):
    "Wait until a process of this name waits for a lock of the database"
    until(lambda: query(
            instance, "SELECT pid FROM pg_stat_activity "
            "WHERE datname = %s AND application_name = %s "
            "AND cardinality(pg_blocking_pids(pid)) > 0",
            instance.name, application), f"The wait of {application}")


def has_run(instance):
    "Whether a run holds its lock"
    if instance.database.backend == 'sqlite':
        # The kernel ends a lock with its process
        return False
    return query(
        instance, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' "
        "AND database = (SELECT oid FROM pg_database WHERE datname = %s)",
        instance.name)
