# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A run that moves nothing is ended, wherever it waits; others go on."
import json
import time

import pytest

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import record
from .answering import answering
from .waiting import query

MODULES = ['test_synchronisation']
# Seconds until a run has stalled
STALLED = 3
ENDLESS = """
    WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number)
    SELECT max(i) FROM number
    """
# What the hub takes for an answer, part by part
PART = b' ' * 16 * 1024
PARTS = 15


def query_for_ever():
    Transaction().connection.cursor().execute(ENDLESS)


def loop_for_ever():
    while True:
        pass


PLACES = {'push.built': query_for_ever, 'push.done': loop_for_ever}


def stall(place):
    "Run, and never come back from a place by itself"
    from trytond.modules.synchronisation import failpoint
    from trytond.modules.synchronisation.errors import StalledError
    from trytond.modules.synchronisation.satellite import Satellite

    def reach(name):
        if name == place:
            PLACES[place]()
    failpoint.hook = reach
    began = time.monotonic()
    try:
        Satellite(*Pool.database_list()).push_all()
    except StalledError as error:
        return [error.code, str(error), time.monotonic() - began]


@pytest.mark.parametrize('place', PLACES)
def test_stalled(network, backend, place):
    "Test that a run ends that waits for the database, or in a loop"
    satellite, = network(
        backend, MODULES, 1, options={'stalled': STALLED}).satellites
    satellite.call(record.create, 'one')
    code, sentence, seconds = satellite.run(stall, place)
    assert code == 'stalled'
    assert f"{STALLED} seconds" in sentence
    assert seconds >= STALLED
    last = json.loads(satellite.command('--json', 'status').stdout)['last_run']
    assert (last['state'], last['error']) == ('failed', sentence)
    # Nothing of it is in the way of the next one
    assert satellite.command('run').returncode == 0
    assert satellite.hub.call(record.count, 'one') == 1


def run_against(instance, answer):
    "Return what a run ends with whose hub answers so, and after how long"
    satellite = instance('sqlite', MODULES, 1, options={'stalled': STALLED})
    satellite.write_credentials()
    with answering(answer) as port:
        satellite.configure(
            synchronisation_url=f'http://127.0.0.1:{port}/centre/')
        began = time.monotonic()
        result = satellite.command('--json', 'run')
    return json.loads(result.stdout)['code'], time.monotonic() - began


@pytest.mark.services
def test_silent_line(instance):
    "Test that a run ends whose hub takes the message and says nothing"
    code, seconds = run_against(instance, lambda connection: None)
    assert code == 'stalled'
    assert seconds >= STALLED


@pytest.mark.services
def test_slow_line(instance):
    "Test that a run goes on whose answer comes slowly, but comes"

    def answer(connection):
        connection.recv(1 << 16)
        connection.sendall(
            b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n'
            % (len(PART) * PARTS))
        for _ in range(PARTS):
            # Less than STALLED, and more in all
            time.sleep(STALLED / PARTS * 1.2)
            connection.sendall(PART)
    code, seconds = run_against(instance, answer)
    assert code == 'not-a-hub'
    assert seconds > STALLED


def test_database_away(network):
    "Test that a database that throws a run out has a code of its own"
    satellite, = network('postgresql', MODULES, 1).satellites
    code, sentence = satellite.run(lose_connections)
    assert code == 'database'
    assert sentence.endswith('.')
    (state, error), = query(
        satellite, 'SELECT state, error FROM synchronisation_run')
    assert (state, error) == ('failed', sentence)
    assert satellite.command('run').returncode == 0


def lose_connections():
    "Run, while all connections to the database are ended"
    from trytond.modules.synchronisation import failpoint
    from trytond.modules.synchronisation.errors import SynchronisationError
    from trytond.modules.synchronisation.satellite import Satellite

    def reach(name):
        if name == 'call.begun':
            failpoint.hook = None
            with Transaction().start(*Pool.database_list(), 0):
                Transaction().connection.cursor().execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() "
                    "AND pid != pg_backend_pid()")
    failpoint.hook = reach
    try:
        Satellite(*Pool.database_list()).synchronise()
    except SynchronisationError as error:
        return [error.code, str(error)]
