# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The fixtures, of which README.rst in this folder tells more."
import tempfile
from pathlib import Path

import pytest

from . import template
from .instance import Instance
from .network import Network
from .spool import Spool


@pytest.fixture(scope='session')
def postgresql(pytestconfig):
    "The PostgreSQL cluster of this run of the tests"
    return pytestconfig.postgresql.get()


@pytest.fixture
def rabbitmq(pytestconfig):
    "A VirtualHost of its own at the RabbitMQ broker of this run of the tests"
    with pytestconfig.rabbitmq.get().host() as host:
        yield host


@pytest.fixture(params=[
        'filesystem',
        pytest.param('rabbitmq', marks=pytest.mark.rabbitmq)])
def broker(request, tmp_path):
    "Each broker in turn: settings, and count() of the calls that wait"
    if request.param == 'rabbitmq':
        return request.getfixturevalue('rabbitmq')
    return Spool(tmp_path / 'broker')


@pytest.fixture(params=[
        'sqlite',
        pytest.param('postgresql', marks=pytest.mark.postgresql)])
def backend(request):
    "Each back end in turn, by name"
    return request.param


@pytest.fixture
def prepared(tmp_path, request):
    """prepared(backend, modules, name='database') makes a fresh database.

    It returns the Database, in which the modules are activated.
    """
    databases = []

    def make(backend, modules, name='database'):
        if backend == 'postgresql':
            place = {'cluster': request.getfixturevalue('postgresql')}
        else:
            place = {'folder': tmp_path}
        database = template.prepare(modules, name, **place)
        databases.append(database)
        return database

    yield make
    for database in databases:
        database.drop()


@pytest.fixture
def instance(tmp_path, prepared):
    """instance(backend, modules, number=0, hub=None, options=None, ...)

    It returns a new Instance, whose server is not started, enrolled at the
    hub if one is given.  The options are of [synchronisation]; with processes
    its server is a gunicorn that has so many.
    """
    instances = []

    def make(
            backend, modules, number=0, hub=None, options=None,
            processes=None):
        name = f'clinic{number}' if number else 'centre'
        database = prepared(backend, modules, name)
        instance = Instance(
            tmp_path / database.name, database, number, options, processes)
        instances.append(instance)
        if hub:
            instance.join(hub)
        return instance

    yield make
    for instance in instances:
        instance.close()


@pytest.fixture
def network(instance):
    """network(backend, modules, satellites=2, options=None, processes=None)

    It returns a new Network, whose satellites are enrolled at the hub; with
    processes the server of the hub is a gunicorn that has so many.
    """

    def make(backend, modules, satellites=2, options=None, processes=None):
        network = Network(lambda number, hub: instance(
                backend, modules, number, hub, options,
                None if number else processes))
        for _ in range(satellites):
            network.add()
        return network

    return make


@pytest.fixture(scope='session')
def lasting(pytestconfig):
    "lasting(modules) returns the LastingNetwork of these modules."
    # It imports trytond, which needs the environment of the tests first
    from .lasting import LastingNetwork
    networks = {}

    def make(modules):
        if modules not in networks:
            # Each commit there waits for no disk
            folder = Path(tempfile.mkdtemp(
                    prefix='local', dir=pytestconfig.folder))
            database = template.prepare(modules, 'template', folder)
            networks[modules] = LastingNetwork(database.file, folder)
        return networks[modules]

    yield make
    for network in networks.values():
        network.close()


@pytest.fixture
def local(lasting):
    """local(satellites=2, modules=('test_synchronisation',), **options)

    It returns a LocalNetwork as new; a test can have one.  The options are
    of [synchronisation].
    """
    networks = []

    def make(satellites=2, modules=('test_synchronisation',), **options):
        assert not networks, "a test can have one local network"
        network = lasting(modules)
        networks.append(network)
        network.begin(satellites, options)
        return network

    yield make
    for network in networks:
        network.end()
