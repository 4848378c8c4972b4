# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Who waits for a lock of the database, and for whom."
import threading
import time
from contextlib import closing

# The name by which PostgreSQL knows the servers of the users
USERS = 'users'
INTERVAL = .01
STATEMENT = """
    SELECT waiting.pid, waiting.xact_start, waiting.wait_event,
        left(waiting.query, 60),
        extract(epoch FROM clock_timestamp() - coalesce(
            (SELECT min(waitstart) FROM pg_locks
                WHERE pid = waiting.pid AND NOT granted),
            clock_timestamp()))::float,
        (SELECT string_agg(DISTINCT relation::regclass::text, ', ')
            FROM pg_locks WHERE pid = waiting.pid AND locktype = 'tuple'
            AND database = (SELECT oid FROM pg_database
                WHERE datname = current_database()))
    FROM pg_stat_activity AS waiting
    WHERE waiting.datname = current_database()
        AND waiting.application_name = %(users)s
        AND waiting.wait_event_type = 'Lock'
        AND EXISTS (SELECT FROM pg_stat_activity AS holding
            WHERE holding.pid = ANY(pg_blocking_pids(waiting.pid))
            AND holding.application_name <> %(users)s)
    """


class Waits(threading.Thread):
    """It looks a hundred times a second who of the users of an instance waits
    for a lock of the module.

    longest is {(process, transaction, kind of the lock, statement, table):
    seconds}.
    """

    def __init__(self, instance):
        super().__init__(daemon=True)
        self.instance = instance
        self.stopping = threading.Event()
        self.longest = {}
        self.samples = 0
        self.error = None

    def run(self):
        try:
            with closing(self.instance.database.connect()) as connection:
                connection.autocommit = True
                self.look(connection.cursor())
        except BaseException as error:
            self.error = error

    def look(self, cursor):
        due = time.monotonic()
        while not self.stopping.is_set():
            cursor.execute(STATEMENT, {'users': USERS})
            for *key, seconds, table in cursor.fetchall():
                key = (*key, table)
                # It may go on until the next look
                self.longest[key] = max(
                    self.longest.get(key, 0), seconds + INTERVAL)
            self.samples += 1
            due = max(due + INTERVAL, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))

    def stop(self):
        self.stopping.set()
        self.join()
        if self.error:
            raise self.error
