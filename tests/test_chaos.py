# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"All that takes part is killed while people work, see chaos.py."
import pytest

from .chaos import BATCH, MODULES, Chaos
from .network import standalone
from .postgresql import Cluster
from .rabbitmq import Broker

pytestmark = [pytest.mark.postgresql, pytest.mark.rabbitmq]
PROGRAMS = {'worker', 'hub', 'broker', 'database'}


@pytest.fixture
def cluster():
    cluster = Cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def host(pytestconfig):
    broker = Broker.start(pytestconfig.folder)
    with broker.host() as host:
        yield host
    broker.stop()


def test_kills(cluster, host):
    "Test that what people save survives the end of each program"
    with standalone(cluster, MODULES, batch=BATCH) as net:
        figures, problems = Chaos(net, 5, cluster, host).run(len(PROGRAMS))
    assert not problems
    assert {name: figures[name] for name in PROGRAMS} == dict.fromkeys(
        PROGRAMS, 1)
