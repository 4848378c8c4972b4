# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A PostgreSQL cluster that lives as long as the tests."
import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from psycopg2.sql import SQL, Identifier

from . import port

USER = 'postgres'


class Cluster:
    "The address of a running cluster, which has durable commits as in use"

    def __init__(self, folder, port, password):
        self.folder = Path(folder)
        self.port = port
        self.password = password

    @property
    def address(self):
        return str(self.folder), self.port, self.password

    @property
    def uri(self):
        return f'postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/'

    @classmethod
    def start(cls, folder=None, connections=200):
        """Make and start a new cluster, for so many connections at a time.

        It is not in the folder of the run, which others cannot enter.
        """
        folder = Path(tempfile.mkdtemp(prefix='tryton-postgresql-'))
        cluster = cls(folder, port.claim(), secrets.token_hex(16))
        password = folder / 'password'
        password.write_text(cluster.password)
        if os.getuid() == 0:
            shutil.chown(folder, USER, USER)
            shutil.chown(password, USER, USER)
        try:
            run_owner(
                'initdb', '--pgdata', folder / 'data', '--username', USER,
                '--auth', 'scram-sha-256', '--pwfile', password,
                '--encoding', 'UTF8', '--no-locale')
            (folder / 'data' / 'postgresql.auto.conf').write_text(
                "listen_addresses = '127.0.0.1'\n"
                f"port = {cluster.port}\n"
                # Found by its port only
                "unix_socket_directories = ''\n"
                f"max_connections = {connections}\n")
            cluster.begin()
        except Exception:
            shutil.rmtree(folder)
            raise
        return cluster

    def begin(self):
        run_owner(
            'pg_ctl', '--pgdata', self.folder / 'data', '--wait',
            '--log', self.folder / 'log', 'start')

    def kill(self):
        "End the server as a loss of power does"
        run_owner(
            'pg_ctl', '--pgdata', self.folder / 'data', '--wait',
            '--mode', 'immediate', 'stop')

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder)

    @contextmanager
    def connect(self, name='postgres'):
        "Give a connection that commits each statement"
        connection = psycopg2.connect(self.uri + name)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def execute(self, statement, *names):
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(SQL(statement).format(*map(Identifier, names)))

    def exists(self, name):
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            return bool(cursor.fetchone())

    def create(self, name, template='template0'):
        self.execute("CREATE DATABASE {} TEMPLATE {}", name, template)

    def rename(self, name, new):
        self.execute("ALTER DATABASE {} RENAME TO {}", name, new)

    def drop(self, name):
        self.execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def dump(self, name, path):
        new = path.with_suffix('.new')
        run(program('pg_dump'), '--format', 'custom', '--compress', '1',
            '--file', new, self.uri + name)
        new.replace(path)

    def restore(self, name, path):
        self.create(name)
        run(program('pg_restore'), '--no-owner', '--jobs', '2',
            '--dbname', self.uri + name, path)


def program(name):
    "Return the path of a program of PostgreSQL, of the latest release found"
    folders = [Path(os.environ['PGBIN'])] if 'PGBIN' in os.environ else sorted(
        Path('/usr/lib/postgresql').glob('*/bin'),
        key=lambda path: float(path.parent.name), reverse=True)
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    path = shutil.which(name)
    if not path:
        raise RuntimeError(
            f"The program {name} of PostgreSQL is not installed; install it "
            "(Debian: apt-get install postgresql) or name its folder in "
            "PGBIN.")
    return path


def run(*command):
    # The outputs go to a file, for a server that is started keeps them open
    with tempfile.TemporaryFile('w+') as output:
        code = subprocess.call(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output,
            stderr=output, cwd='/')
        if code:
            output.seek(0)
            raise RuntimeError(
                f"{Path(command[0]).name} ended with {code}: {output.read()}")


def run_owner(name, *arguments):
    "Run a program as who owns the server, which refuses to be run by root"
    command = [program(name), *arguments]
    if os.getuid() == 0:
        command = ['runuser', '--user', USER, '--', *command]
    run(*command)
