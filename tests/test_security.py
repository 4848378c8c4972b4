# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the user of a satellite may do at the hub, and who sees the password."
import base64
import json
import re
import socket
import subprocess
import xmlrpc.client
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from trytond.modules.synchronisation.satellite import Satellite

from . import database, record
from .environment import BIN, clean

P = 'test_synchronisation.'
MODULES = ['party', 'test_synchronisation']
# A method of a model, its arguments; 1 is a record that is there
CALLS = [
    ('search', [[], 0, None, None]),
    ('search_count', [[]]),
    ('search_read', [[], 0, None, None, ['rec_name']]),
    ('read', [[1], ['rec_name']]),
    ('export_data', [[1], ['id']]),
    ('create', [[{}]]),
    ('write', [[1], {}]),
    ('delete', [[1]]),
    ('import_data', [['id'], [['1']]]),
    ]
MODELS = [
    'party.party', P + 'parent', P + 'child', 'res.user', 'res.group',
    'ir.attachment', 'ir.model.access', 'ir.session.wizard', record.MODEL,
    'synchronisation.instance', 'synchronisation.record',
    'synchronisation.change']


def client_of(hub, login, password):
    "Return a client of the hub, as any program can be one"
    with xmlrpc.client.ServerProxy(hub.url) as client:
        id_, key = client.common.db.login(login, {'password': password})
    session = base64.b64encode(f'{login}:{id_}:{key}'.encode()).decode()
    return xmlrpc.client.ServerProxy(
        hub.url, headers=[('Authorization', f'Session {session}')],
        allow_none=True, use_builtin_types=True)


def prepare(pool):
    pool.get('party.party').create([{'name': "Ann"}])
    parent, = pool.get(P + 'parent').create([
            {'name': "Ann", 'lines': [('create', [{'name': "line"}])]}])
    pool.get('ir.attachment').create([
            {'name': "Report", 'resource': str(parent), 'data': b'ill'}])
    triggered, = pool.get(P + 'triggered').create([{'name': "x"}])
    pool.get(P + 'triggered.log').create([
            {'record': triggered.id, 'event': 'told'}])


def names(pool):
    return [
        getattr(record, field) for name, field in [
            ('party.party', 'name'), (P + 'parent', 'name'),
            (P + 'child', 'name'), ('ir.attachment', 'name'),
            (P + 'triggered.log', 'event')]
        for record in pool.get(name).search([])]


def refusal(method, *arguments):
    "Return what a call is refused with"
    try:
        result = method(*arguments)
    except xmlrpc.client.Fault as fault:
        return fault.faultString
    except xmlrpc.client.ProtocolError as error:
        return f"not allowed to call: {error.errmsg}"
    return f"not refused: {result}"


def test_user_of_instance(network):
    "Test that the user of a satellite can read and write nothing at the hub"
    net = network('sqlite', MODULES, 1)
    hub, (clinic,) = net.hub, net.satellites
    hub.call(prepare)
    before = hub.call(names)
    with client_of(hub, clinic.login, clinic.password) as client:
        for name in MODELS:
            for method, arguments in CALLS:
                call = getattr(client, f'model.{name}.{method}')
                text = refusal(call, *arguments, {})
                assert re.search(
                    "not allowed to|cannot be deleted", text), (
                        name, method, text)
        for name in ['party.party', P + 'parent', 'res.user']:
            call = getattr(client, f'model.{name}.copy')
            assert "not allowed to access" in refusal(call, [1], {}), name
        for name in ['party.replace', 'party.erase', 'res.user.config']:
            call = getattr(client, f'wizard.{name}.create')
            assert "not allowed" in refusal(call, {}), name
    assert hub.call(names) == before
    assert clinic.command('run').returncode == 0


def test_refused_deletion(network):
    "Test that a deletion that is refused leaves what belongs to the record"
    net = network('sqlite', MODULES, 1)
    hub, (clinic,) = net.hub, net.satellites
    hub.call(prepare)
    before = hub.call(names)
    with client_of(hub, clinic.login, clinic.password) as client:
        for name in ['parent', 'triggered']:
            delete = getattr(client, f'model.{P}{name}.delete')
            assert "not allowed to access" in refusal(delete, [1], {})
    assert hub.call(names) == before


def test_hidden_from_capture(network):
    "Test that no client can hide a change from the synchronisation"
    net = network('sqlite', MODULES, 1)
    clinic, = net.satellites
    with clinic.server, client_of(
            clinic, 'admin', database.PASSWORD) as client:
        create = getattr(client, f'model.{record.MODEL}.create')
        create([{'code': 'hidden'}], {'_synchronisation_replica': True})
    assert clinic.command('push').returncode == 0
    assert net.hub.call(record.count, 'hidden') == 1


def test_session(network):
    "Test that a satellite signs in once, and again when it has to"
    clinic, = network('sqlite', MODULES, 1).satellites
    session = Path(f'{clinic.credentials}.session')
    assert requests(clinic) == requests(clinic) + 1
    kept = session.read_text()
    key = json.loads(kept)['session']
    for damaged in [kept[:-20], '', '[]', '{}', kept.replace(key, 'eDp4Ong=')]:
        session.write_text(damaged)
        assert requests(clinic) > 1, damaged
        assert requests(clinic) == 1, damaged
        # Nobody else can read what signs a satellite in
        assert session.stat().st_mode & 0o777 == 0o600
        assert clinic.password not in session.read_text()


def requests(clinic):
    with clinic.inside():
        return Satellite(clinic.name).pull_all().requests


def test_password(network):
    "Test that the password is written nowhere else"
    net = network('sqlite', MODULES, 1)
    hub, (clinic,) = net.hub, net.satellites
    clinic.call(record.create, 'one')
    printed = ''
    for arguments in [['-vvv', 'run'], ['--json', 'run'], ['status']]:
        result = clinic.command(*arguments)
        assert result.returncode == 0, result.stderr
        printed += result.stdout + result.stderr
    clinic.write_credentials('nobody')
    result = clinic.command('-vvv', 'run')
    assert result.returncode == 4
    printed += result.stdout + result.stderr
    assert 'synchronisation' in printed
    secrets = [clinic.password, quote(clinic.password)]
    for secret in secrets:
        assert secret not in printed
        assert secret not in hub.log.read_text()
        for instance in net.instances:
            for path in instance.database.folder.glob(
                    f'{instance.database.name}.sqlite*'):
                assert secret.encode() not in path.read_bytes(), path


def test_process_list(instance):
    "Test that the list of the processes does not show the password"
    clinic = instance('sqlite', MODULES, 1)
    clinic.write_credentials()
    with closing(socket.create_server(('127.0.0.1', 0))) as server:
        server.settimeout(60)
        clinic.configure(synchronisation_url='http://127.0.0.1:%s/centre/'
            % server.getsockname()[1])
        process = subprocess.Popen([
                str(BIN / 'trytond-synchronise'), '-c', str(clinic.conf),
                '-d', clinic.name, 'run'],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean())
        try:
            # It signs in now
            with closing(server.accept()[0]) as connection:
                connection.settimeout(60)
                assert connection.recv(65536)
                for name in ['cmdline', 'environ']:
                    shown = Path(f'/proc/{process.pid}/{name}').read_bytes()
                    assert b'synchron' in shown or name == 'environ'
                    assert clinic.password.encode() not in shown
        finally:
            process.kill()
            process.wait()
