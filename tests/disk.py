# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A disk that is full."
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .postgresql import USER, run_owner

# Bytes that are left on the disk of a database, and that are added to it
ROOM, MORE = 2 << 20, 256 << 20
# What PostgreSQL writes at once, which it must be able to
SEGMENT = 16 << 20


def limit_pages(spare, database=None):
    "Let the database of this process, on SQLite, have few pages more, or all"
    from trytond.backend.sqlite.database import Database
    from trytond.pool import Pool
    if not hasattr(Database, 'unlimited'):
        Database.unlimited = Database.get_connection
    database = database or Pool.database_list().pop()
    connection = Database.unlimited(Database(database))
    pages, = connection.execute('PRAGMA page_count').fetchone()
    most = pages + spare if spare else 1 << 30

    def get_connection(self, *args, **kwargs):
        connection = Database.unlimited(self, *args, **kwargs)
        connection.execute(f'PRAGMA max_page_count = {most}')
        return connection
    Database.get_connection = get_connection


@contextmanager
def small(Disk, cluster, database):
    "Give a database of PostgreSQL a disk that is full soon; yield the Disk."
    folder = Path(tempfile.mkdtemp(prefix='tryton-disk-'))
    try:
        disk = Disk(folder, cluster, database)
        try:
            yield disk
        finally:
            disk.close()
    finally:
        folder.rmdir()


def can_mount():
    "Whether this user may mount a file system."
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(
                ['mount', '-t', 'tmpfs', 'tmpfs', folder],
                stderr=subprocess.DEVNULL).returncode:
            return False
        subprocess.run(['umount', folder], check=True)
        return True


class Tmpfs:
    "A file system in memory, as a tablespace."
    # What a run ends with
    code = 'full'

    def __init__(self, folder, cluster, database):
        self.folder, self.cluster, self.name = folder, cluster, database.name
        self.size = get_size(cluster, self.name) + ROOM
        self.mount(f'size={self.size}')
        shutil.chown(folder, USER, USER)
        cluster.execute(
            f"CREATE TABLESPACE {{}} LOCATION '{folder}'", folder.name)
        cluster.execute(
            "ALTER DATABASE {} SET TABLESPACE {}", self.name, folder.name)

    def mount(self, options):
        subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', self.folder],
            check=True)

    def grow(self):
        self.mount(f'remount,size={self.size + MORE}')

    def close(self):
        self.cluster.drop(self.name)
        self.cluster.execute("DROP TABLESPACE {}", self.folder.name)
        subprocess.run(['umount', self.folder], check=True)


class FileLimit:
    "Files of the whole cluster that may not be larger."
    # To PostgreSQL that is an error like any other
    code = None

    def __init__(self, folder, cluster, database):
        self.cluster = cluster
        lines = (cluster.folder / 'data' / 'postmaster.pid').read_text()
        self.server = int(lines.split()[0])
        self.limit(SEGMENT)

    def limit(self, size):
        "Limit what the server and its processes write."
        for pid in [self.server, *get_sessions(self.cluster)]:
            run_owner('prlimit', '--pid', pid, f'--fsize={size}:')

    def grow(self):
        self.limit('unlimited')

    close = grow


def get_sessions(cluster):
    with cluster.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = "
            "'client backend' AND pid != pg_backend_pid()")
        return [pid for pid, in cursor]


def get_size(cluster, name):
    with cluster.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(%s)", (name,))
        return cursor.fetchone()[0]
