# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What a process does while it is profiled.

Run as python -m benchmarks.profiled ARGUMENT... it is a trytond whose requests
are profiled.  The stage, which names the files, is in the file stage of the
folder that the environment names.
"""
import cProfile
import os
import runpy
import sys
import threading
from collections import Counter
from pathlib import Path

import psycopg2.extensions

from . import task

FOLDER = 'SYNCHRONISATION_PROFILE'
statements = Counter()


class Counting:
    "A cursor that counts what it executes, by its beginning."

    def execute(self, query, *arguments):
        text = query if isinstance(query, str) else query.decode()
        statements[' '.join(text.split())[:100]] += 1
        return super().execute(query, *arguments)


class Cursor(Counting, psycopg2.extensions.cursor):
    "The same on PostgreSQL."


def count_statements():
    "Count the statements of either back end from now on"
    from trytond import backend
    if backend.name == 'sqlite':
        count_on_sqlite()
    else:
        count_on_postgresql()


def count_on_sqlite():
    from trytond.backend.sqlite import database

    class CountingCursor(Counting, database.SQLiteCursor):
        def executemany(self, query, rows):
            statements[f'many: {query}'[:100]] += 1
            return super().executemany(query, rows)
    database.SQLiteCursor = CountingCursor


def count_on_postgresql():
    from trytond.backend.postgresql.database import Database
    get_connection = Database.get_connection

    def counted(self, *args, **options):
        connection = get_connection(self, *args, **options)
        connection.cursor_factory = Cursor
        return connection
    Database.get_connection = counted


class Stages:
    "A profile by stage, each in files of its own."

    def __init__(self, folder, side):
        self.folder = Path(folder)
        self.side = side
        self.stage = None

    def begin(self, stage):
        if stage != self.stage:
            self.stage, self.profile = stage, cProfile.Profile()
            statements.clear()

    def run(self, function, *arguments):
        self.profile.enable()
        try:
            return function(*arguments)
        finally:
            self.profile.disable()
            path = self.folder / f'{self.side}-{self.stage}'
            self.profile.dump_stats(path.with_suffix('.profile'))
            path.with_suffix('.statements').write_text(''.join(
                    f'{count} {text}\n'
                    for text, count in statements.most_common()))


stages = None


def synchronise(folder, stage, conf, name):
    "Run a task of Celery as a stage"
    global stages
    if stages is None:
        count_statements()
        stages = Stages(folder, 'satellite')
    stages.begin(stage)
    return stages.run(task.synchronise, conf, name)


def wrap(application):
    "Return a WSGI application that is profiled, one request at a time"
    folder = Path(os.environ[FOLDER])
    found, lock = Stages(folder, 'hub'), threading.Lock()

    def profiled(environ, start_response):
        with lock:
            found.begin((folder / 'stage').read_text())
            return found.run(
                lambda: list(application(environ, start_response)))
    return profiled


def main():
    from werkzeug import serving
    run_simple = serving.run_simple

    def run(host, port, application, **options):
        # The back end is known by now
        count_statements()
        run_simple(host, port, wrap(application), **options)
    serving.run_simple = run
    runpy.run_path(
        str(Path(sys.executable).parent / 'trytond'), run_name='__main__')


if __name__ == '__main__':
    main()
