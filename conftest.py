# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"How pytest collects the tests of this repository."
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from tests import environment, leftover, module_database
from tests.module import MODULES, TestFile
from tests.postgresql import Cluster
from tests.rabbitmq import Broker
from tests.share import Share

# The folder that all processes of one run of the tests share
RUN = 'SYNCHRONISATION_TESTS_RUN'
# The tests of the binding to GNU Health that need no database
PURE = {'test_synthea', 'test_sample'}


def pytest_configure(config):
    config.addinivalue_line(
        'markers', "services: starts servers or workers")
    config.addinivalue_line(
        'markers', "postgresql: needs the PostgreSQL server")
    config.addinivalue_line(
        'markers', "rabbitmq: needs the RabbitMQ server")
    config.addinivalue_line(
        'markers', "long: many random cases, or a database of GNU Health")
    config.addinivalue_line(
        'markers', "apart: takes minutes, and has a target of its own")
    config.starter = RUN not in os.environ
    if config.starter:
        os.environ[RUN] = tempfile.mkdtemp(
            prefix='tryton-tests-', dir=environment.quickest())
        # A run that is terminated also stops what it started
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    config.folder = folder = Path(os.environ[RUN])
    config.postgresql = Share(Cluster, folder)
    config.rabbitmq = Share(Broker, folder)
    environment.prepare(folder)
    module_database.use(config.postgresql)


def pytest_unconfigure(config):
    if config.starter:
        folder = os.environ.pop(RUN)
        config.postgresql.stop()
        config.rabbitmq.stop()
        # The fixtures of a process that was ended did not stop theirs
        leftover.end(RUN, folder)
        shutil.rmtree(folder)


def pytest_collect_directory(path, parent):
    if MODULES in path.parents:
        # As a package it would be imported under another name
        return pytest.Dir.from_parent(parent, path=path)


def pytest_pycollect_makemodule(module_path, parent):
    if MODULES in module_path.parents:
        return TestFile.from_parent(parent, path=module_path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from tests.scheduler import Scheduler
    return Scheduler(config, log)


def failed_only(add):
    "Return addSubTest of an item without what passed"
    def add_failed(case, subtest, error):
        if error is not None:
            add(case, subtest, error)
    return add_failed


def leave_apart(config, items):
    "Take away what has a target of its own, unless it is asked for"
    apart = {item for item in items if item.get_closest_marker('apart')}
    if apart and 'apart' not in config.option.markexpr:
        config.hook.pytest_deselected(items=list(apart))
        items[:] = [item for item in items if item not in apart]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    "Mark what needs services by the fixtures it uses, and what takes long"
    leave_apart(config, items)
    for item in items:
        if hasattr(item, 'addSubTest'):
            # To report thousands takes longer than to test them
            item.addSubTest = failed_only(item.addSubTest)
        fixtures = getattr(item, 'fixturenames', [])
        if 'network' in fixtures:
            item.add_marker('services')
        for server in ['postgresql', 'rabbitmq']:
            if server in fixtures:
                item.add_marker(server)
        if 'health' in item.nodeid and item.path.stem not in PURE:
            item.add_marker('long')
    # What takes longest begins first
    items.sort(key=lambda item: (
            'test_postgresql' not in item.nodeid,
            item.get_closest_marker('long') is None))
