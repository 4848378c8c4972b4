# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"An instance: a database, its settings, its server and its programs."
import itertools
import json
import os
import subprocess
from contextlib import contextmanager
from functools import partial

from . import configuration, port
from .environment import BIN, clean
from .gunicorn import Gunicorn
from .process import Process, get_target, transact
from .server import Server

TIMEOUT = 300


class Instance:
    """One database that takes part in the synchronisation.

    Its programs, but for the server, are those in a folder.
    """
    programs = BIN

    def __init__(
            self, folder, database, number, options=None, processes=None):
        folder.mkdir()
        self.folder = folder
        self.database = database
        self.number = number
        self.hub = None
        self.port = port.claim()
        self.conf = folder / 'trytond.conf'
        self.credentials = folder / 'credentials'
        self.options = {
            'synchronisation_id': str(number),
            'credentials': str(self.credentials),
            **(options or {})}
        self.sections = {}
        self.count = itertools.count(1)
        make = partial(Gunicorn, processes) if processes else Server
        self.server = make(
            [self.conf], database, self.port, folder / 'server.log')
        self.configure()

    def __repr__(self):
        return f'<Instance {self.number} {self.database.name}>'

    @property
    def name(self):
        return self.database.name

    @property
    def url(self):
        "The synchronisation_url of those of which this is the hub"
        return f'{self.server.address}{self.name}/'

    @property
    def login(self):
        "The user of this instance at its hub"
        return f'instance-{self.number}'

    @property
    def password(self):
        return f'secret of instance {self.number}'

    @property
    def log(self):
        return self.server.log

    def configure(self, **options):
        """Write trytond.conf anew, with other options of [synchronisation].

        None takes an option away.
        """
        self.options.update(options)
        configuration.write(
            self.conf, self.database, self.port,
            **configuration.COMPRESSION, **self.sections,
            synchronisation=self.settings())

    def settings(self):
        return {
            name: str(value) for name, value in self.options.items()
            if value is not None}

    def write_credentials(self, login=None, password=None):
        file = os.open(
            self.credentials, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(file, 'w') as file:
            file.write(f'user = {login or self.login}\n')
            file.write(f'password = {password or self.password}\n')

    def join(self, hub):
        "Become a satellite of hub, which enrols this instance"
        self.hub = hub
        self.write_credentials()
        self.configure(synchronisation_url=hub.url)
        hub.call(
            enrol, self.number, f'Clinic {self.number}', self.login,
            self.password)

    def python(self, source, *arguments, timeout=TIMEOUT):
        """Run Python source with the pool of this instance.

        It finds pool, database (its name) and args.  Return what it prints.
        """
        path = self.folder / f'{next(self.count)}.py'
        path.write_text(source)
        process = Process(
            self.conf, self.database, path, str(path), *map(str, arguments),
            python=self.programs / 'python')
        return process.wait(timeout)

    def start(self, function, *arguments):
        """Start function(*arguments) of a module in a process of its own.

        No transaction is open.  Return the Process.
        """
        return Process(
            self.conf, self.database, self.folder / str(next(self.count)),
            get_target(function), *map(json.dumps, arguments),
            python=self.programs / 'python')

    def run(self, function, *arguments, timeout=TIMEOUT):
        "Return the JSON-able result of function(*arguments), see start"
        return self.start(function, *arguments).result(timeout)

    def call(
            self, function, *arguments, user=1, context=None,
            timeout=TIMEOUT):
        """Return the JSON-able result of function(pool, *arguments).

        It runs in a process of its own, in one transaction of this user.
        """
        return self.run(
            transact, get_target(function), user, context or {}, arguments,
            timeout=timeout)

    def command(self, *arguments, timeout=TIMEOUT, **options):
        "Run trytond-synchronise and return the CompletedProcess"
        return subprocess.run([
                str(self.programs / 'trytond-synchronise'),
                '-c', str(self.conf), '-d', self.name, *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env=clean(), cwd=self.folder, timeout=timeout, **options)

    @contextmanager
    def inside(self):
        """Give the pool of this instance in this very process.

        This is for SQLite, the back end of the process of the tests; any
        number of instances may be inside one another.
        """
        from trytond.cache import Cache
        from trytond.config import config
        from trytond.pool import Pool
        assert self.database.backend == 'sqlite'
        section = f'synchronisation {self.name}'
        path = config.get('database', 'path')
        config.read_dict({
                section: self.settings(),
                'database': {'path': str(self.database.folder)}})
        try:
            pool = Pool(self.name)
            pool.init()
            # Other processes may have written since
            Cache.drop(self.name)
            yield pool
        finally:
            config.set('database', 'path', path)
            config.remove_section(section)

    def close(self):
        self.server.stop()
        self.database.drop()


def enrol(pool, number, name, login, password):
    "Let an instance dial this one"
    user, = pool.get('res.user').create([{
                'name': name,
                'login': login,
                'password': password,
                }])
    pool.get('synchronisation.instance').create([{
                'number': number,
                'name': name,
                'user': user.id,
                }])
