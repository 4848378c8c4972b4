# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A hub that is served by several processes."
import re
import xmlrpc.client

import pytest
import requests

from . import record
from .clients import FULL, Client, Form, P
from .database import PASSWORD
from .gunicorn import CONFIGURATION
from .ledger import Ledger
from .waiting import until

MODULES = ['test_synchronisation']
PROCESSES = 3
# The process, in what trytond logs of a call
CALL = re.compile(
    r'^(\d+) \d+ \[.*trytond\.protocols\.dispatcher ([\w.]+)\(', re.M)
ROUNDS = 20


@pytest.fixture
def net(network):
    return network('postgresql', MODULES, 2, processes=PROCESSES)


def processes(hub, model):
    "Return the processes that have answered a call of a model"
    return {process for process, method in CALL.findall(hub.log.read_text())
        if method.startswith(f'{model}.')}


def test_session(net):
    "Test that each of the processes knows the session that one has begun"
    form = Form(net.hub.url)
    net.hub.call(record.create, 'one')

    def is_everywhere():
        # Fails where the session is not known
        assert form.count(FULL) == 0
        # Another connection may be taken by another process
        form.proxy('close')()
        return len(processes(net.hub, f'{P}{FULL}')) == PROCESSES
    until(is_everywhere, "An answer of each process")


def test_exchange(net, tmp_path):
    "Test that people work at the hub while its satellites synchronise"
    journal = tmp_path / 'journal'
    with open(journal, 'a') as file:
        people = [Client(net.hub.url, 0, str(i), file) for i in range(3)]
        for person in people:
            person.start()
        for number, satellite in enumerate(net.satellites, 1):
            satellite.call(record.create, f'of {number}')
        for _ in range(ROUNDS):
            runs = [
                satellite.start(synchronise) for satellite in net.satellites]
            for run in runs:
                assert run.result(120) == []
            if len(processes(net.hub, 'synchronisation.hub')) > 1:
                break
        else:
            pytest.fail("One process has answered all satellites.")
        for person in people:
            person.stop()
    for satellite in [*net.satellites] * 2:
        assert satellite.run(synchronise) == []
    for number in [1, 2]:
        assert net.hub.call(record.count, f'of {number}') == 1
    ledger = Ledger([journal])
    assert ledger.transactions
    assert not ledger.check(net.instances)


def synchronise():
    "Run and return the errors"
    from trytond.modules.synchronisation.satellite import Satellite
    from trytond.pool import Pool
    return Satellite(*Pool.database_list()).synchronise().errors


def test_compression(net):
    "Test that the middleware of trytond.conf is there"
    answer = requests.post(
        net.hub.url, headers={'Content-Type': 'text/xml'},
        auth=('admin', PASSWORD), data=xmlrpc.client.dumps(
            ([], {}), f'model.{P}{FULL}.fields_get'))
    assert 'name' in answer.text
    assert answer.headers['Content-Encoding'] == 'gzip'


def test_configuration():
    "Test that the example names what it must, and gunicorn has all of it"
    from gunicorn.config import KNOWN_SETTINGS
    settings = {}
    exec(CONFIGURATION.read_text(), settings)
    names = settings.keys() - {'__builtins__'}
    assert names <= {setting.name for setting in KNOWN_SETTINGS}
    assert settings['worker_class'] == 'gthread'
