# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The lines of the logs at both ends, see docs/reference/log.rst."
import base64
import json
import re
from collections import defaultdict

import pytest

from trytond.modules.synchronisation import journal

from . import worker
from .environment import ROOT
from .spool import Spool

MODULES = ['test_synchronisation']
P = 'test_synchronisation.'
# What people wrote, and nobody else
NAMES = ['Zebulon', 'Quartzine', 'Xylander', 'Yggdra']
LINE = re.compile(r'event=(\S+)((?: [\w-]+=\S+)*)$', re.MULTILINE)
DOCUMENTATION = ROOT / 'docs' / 'reference' / 'log.rst'


def write(pool, name):
    parent, = pool.get(P + 'parent').create([{
                'name': name, 'lines': [('create', [{'name': name}])]}])
    pool.get(P + 'mode_default').create([{'code': name, 'name': name}])


def edit(pool, name):
    "Write another name into every record, which becomes a conflict"
    Model = pool.get(P + 'mode_default')
    Model.write(Model.search([]), {'name': name})


def create_keyed(pool, code):
    pool.get(P + 'keyed').create([{'code': code, 'name': code}])


def lines(text):
    "Return the (event, values) of the lines of a log"
    return [
        (event, dict(word.split('=', 1) for word in words.split()))
        for event, words in LINE.findall(text)]


@pytest.fixture
def logs(network, tmp_path):
    "What a clinic and its hub logged, the result of the last task, secrets"
    net = network('sqlite', MODULES, 1)
    clinic, = net.satellites
    spool = Spool(tmp_path / 'broker')
    worker.configure(
        clinic.folder, spool, TRYTON_DATABASE=clinic.name,
        TRYTON_CONFIG=str(clinic.conf))
    with worker.Worker(clinic.folder) as celery:
        clinic.call(write, NAMES[0])
        assert celery.call('synchronise').result['complete']
        clinic.call(edit, NAMES[1])
        net.hub.call(edit, NAMES[2])
        # One waits, for its key is taken by a row that does not take part
        clinic.call(
            create_keyed, NAMES[3],
            context={'_synchronisation_replica': True})
        net.hub.call(create_keyed, NAMES[3])
        fetched = clinic.command('-vv', 'fetch', P + 'keyed', NAMES[3])
        result = celery.call('synchronise')
        net.hub.server.stop()
        assert celery.call('synchronise').state == 'FAILURE'
    at_clinic = celery.log.read_text() + '\n'.join(
        line for line in fetched.stderr.splitlines() if 'event=' in line)
    session = json.loads(
        clinic.credentials.with_suffix('.session').read_text())['session']
    key = base64.b64decode(session).decode().split(':')[2]
    return at_clinic, net.hub.log.read_text(), result, [
        clinic.password, session, key]


def test_logs(logs):
    "Test that the ids match, and that there is no name and no secret"
    clinic, hub, result, secrets = logs
    check_ids(lines(clinic), lines(hub))
    check_documented(lines(clinic) + lines(hub))
    # The result tells it, where those look who may
    assert NAMES[3] in json.dumps(result.result['errors'])
    for text in [clinic, hub]:
        for word in [*NAMES, *secrets]:
            assert word not in text


def check_ids(clinic, hub):
    runs, messages = set(), defaultdict(dict)
    for event, values in clinic:
        if event == 'run.begun':
            runs.add(values['run'])
        if event in {'message.made', 'message.answered'}:
            assert values['run'] in runs
            messages[values.pop('message')].update(values)
    handled = {
        values.pop('message'): values for event, values in hub
        if event == 'message.handled'}
    # What was made while the hub was down never arrived
    unanswered = messages.keys() - handled.keys()
    assert handled and len(unanswered) < len(handled)
    assert handled.keys() <= messages.keys()
    pushes = 0
    for name, values in handled.items():
        for word in [
                'run', 'method', 'pushed', 'units', 'first', 'last', 'at',
                'known', 'pulled']:
            assert values.get(word) == messages[name].get(word), (name, word)
        pushes += int(values.get('units', 0))
    assert pushes


def check_documented(found):
    text = DOCUMENTATION.read_text()
    for event, values in found:
        assert f'\n``{event}``\n' in text, event
        for word in values:
            assert f'``{word}``' in text, (event, word)


@pytest.mark.parametrize('value, text', [
        (1.5, '1.500'), (0, '0'), ('push', 'push'), ('a b', '?'),
        ('a\nevent=b', '?'), ('Ana"', '?'), ('x' * 100, '?')])
def test_word(value, text):
    "Test that nothing can be smuggled into a line"
    assert journal.word(value) == text


@pytest.mark.parametrize('name', [
        None, 1, '', '1.2', '1.2.3\nevent=run.ended', '1.2.3 4', 'a.b.c'])
def test_received(name):
    "Test that a hub logs no name of a message but one of the right form"
    assert journal.received({journal.MESSAGE: name}) is None
    assert journal.received({journal.MESSAGE: '1.2.3'}) == '1.2.3'


@pytest.mark.parametrize('message', [
        {}, {'entries': None, 'documents': 1, 'at': 3},
        {'entries': [1, [], [2], [[3], ['x', {}]]], 'documents': [[[]]]}])
def test_malformed(message):
    "Test that a message of any form can be logged"
    assert journal.pushed(message) == {}
    assert set(journal.pulled(message).values()) <= {0}
