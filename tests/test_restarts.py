# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Workers, brokers and databases that stop, and runs that take long."
import pytest
from kombu import Connection, Consumer, Queue

from . import cron, record, worker
from .network import standalone
from .postgresql import Cluster
from .rabbitmq import Broker
from .suspended import suspended
from .waiting import has_run, query, until

MODULES = ['test_synchronisation']
# Milliseconds; the second is how often a broker looks at the first
IMPATIENT = {'consumer_timeout': 1000, 'channel_tick_interval': 200}
FULL = 'test_synchronisation.mode_full'
CODES = ['one', 'two', 'three']
# What Celery logs of a channel that the broker closed
CLOSED = 'PRECONDITION_FAILED'

pytestmark = [pytest.mark.postgresql, pytest.mark.rabbitmq]


@pytest.fixture
def satellite(network):
    satellite, = network('postgresql', MODULES, 1).satellites
    return satellite


@pytest.fixture
def own(pytestconfig):
    "own(**settings) returns a broker of the test alone"
    brokers = []

    def make(**settings):
        broker = Broker.start(pytestconfig.folder, **settings)
        brokers.append(broker)
        return broker

    yield make
    for broker in brokers:
        broker.stop()


def configure(satellite, host, **settings):
    "Return the Worker of a satellite, which is not started"
    worker.configure(
        satellite.folder, host, TRYTON_DATABASE=satellite.name,
        TRYTON_CONFIG=str(satellite.conf), **settings)
    return worker.Worker(satellite.folder)


def offer(pool, code):
    "Save at the hub what is meant for all"
    pool.get(FULL).create([{'code': code, 'name': code}])


def offered(pool):
    return sorted(row.code for row in pool.get(FULL).search([]))


def runs(satellite):
    "Return the task and the state of each run, in their order"
    return query(
        satellite,
        'SELECT task, state FROM synchronisation_run ORDER BY id')


def wait_for_run(satellite):
    until(lambda: has_run(satellite) and runs(satellite), "A run", 120)


def exhaust(url):
    "Hold a message until the broker has no more patience"
    with Connection(url) as connection:
        with connection.channel() as channel:
            queue = Queue('patience', channel=channel, durable=False)
            queue.declare()
            connection.Producer().publish('hold', routing_key='patience')
            consumer = Consumer(
                channel, [queue], callbacks=[lambda *_: None])
            with pytest.raises(connection.channel_errors, match=CLOSED):
                with consumer:
                    while True:
                        connection.drain_events(timeout=60)


def test_consumer_timeout(satellite, own):
    "A run longer than the broker's patience neither fails nor runs twice"
    satellite.call(record.create, 'one')
    with own(**IMPATIENT).host() as host:
        celery = configure(satellite, host, TRYTON_ACKNOWLEDGE_AFTER=.3)
        with celery:
            with suspended(satellite.hub.server):
                called = celery.send('synchronise')
                wait_for_run(satellite)
                exhaust(host.url)
            result = celery.wait(called)
            # It takes the next one, too
            assert celery.call('synchronise').state == 'SUCCESS'
            assert celery.process.poll() is None
        assert host.count() == 0
    assert result.state == 'SUCCESS', result.result
    assert runs(satellite) == [('synchronise', 'done')] * 2
    assert CLOSED not in celery.log.read_text()
    assert satellite.hub.call(record.count, 'one') == 1


def test_worker_killed(satellite, rabbitmq):
    "What a killed worker was doing is done by the next one, unasked"
    satellite.call(record.create, 'one')
    with configure(satellite, rabbitmq) as celery:
        with suspended(satellite.hub.server):
            called = celery.send('synchronise')
            wait_for_run(satellite)
            celery.kill()
            until(lambda: not has_run(satellite), "The end of the lock")
        celery.start()
        result = celery.wait(called)
    assert result.state == 'SUCCESS', result.result
    assert [state for _, state in runs(satellite)] == ['interrupted', 'done']
    assert satellite.hub.call(record.count, 'one') == 1


def test_broker_killed(satellite, own):
    "A broker that dies forgets no call, and a run does not run twice"
    satellite.call(record.create, 'one')
    broker = own()
    with broker.host() as host, configure(satellite, host) as celery:
        with suspended(satellite.hub.server):
            calls = [celery.send('synchronise')]
            wait_for_run(satellite)
            calls.append(celery.send('synchronise_push_all'))
            broker.kill()
            broker.begin()
        results = [celery.wait(call) for call in calls]
        # Also the first, which the broker hands out again
        until(lambda: 'task.covered' in celery.log.read_text(), "Its end", 120)
        assert host.count() == 0
    assert {result.state for result in results} == {'SUCCESS'}
    assert runs(satellite) == [('synchronise', 'done'), ('push', 'done')]
    assert satellite.hub.call(record.count, 'one') == 1


def test_database_killed(rabbitmq):
    "A database that dies under a run is back for the next try"
    cluster = Cluster.start()
    try:
        with standalone(cluster, MODULES) as net:
            satellite, = net.satellites
            satellite.call(record.create, 'one')
            with configure(satellite, rabbitmq) as celery:
                with suspended(net.hub.server):
                    called = celery.send('synchronise')
                    wait_for_run(satellite)
                    cluster.kill()
                    cluster.begin()
                celery.wait(called)
                result = celery.call('synchronise')
                assert celery.process.poll() is None
            assert result.state == 'SUCCESS', result.result
            assert result.result['complete'], result.result
            assert net.hub.call(record.count, 'one') == 1
    finally:
        cluster.stop()


def test_week(satellite, rabbitmq):
    "A worker that was off for a week is level after one run of each kind"
    celery = configure(satellite, rabbitmq)
    for code in CODES:
        satellite.call(record.create, code)
        satellite.hub.call(offer, code)
    cron.call(satellite.folder, cron.WEEK)
    with celery:
        until(lambda: len(runs(satellite)) == 3 and all(
                    state == 'done' for _, state in runs(satellite)),
            "The runs", 120)
        until(lambda: celery.log.read_text().count(' succeeded in ') == 3,
            "The end of the tasks")
        assert rabbitmq.count() == 0
    assert sorted(task for task, _ in runs(satellite)) == [
        'new', 'pull', 'push']
    for code in CODES:
        assert satellite.hub.call(record.count, code) == 1
    assert satellite.call(offered) == sorted(CODES)
