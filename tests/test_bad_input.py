# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a person or a network gets wrong: one sentence, and nothing changes."
import re
import socket
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from trytond.modules.synchronisation import command, wire
from trytond.modules.synchronisation.satellite import Satellite
from trytond.transaction import Transaction

from . import database, port, record

MODULES = ['test_synchronisation']
# Where the log of the runs is kept, which tells of a failure too
LOG = {'synchronisation_run', 'synchronisation_run_line', 'sqlite_sequence'}


@pytest.fixture
def run(capsys):
    "run(instance, verb) returns the exit status and the sentence"
    def run(instance, verb='run'):
        capsys.readouterr()
        with instance.inside():
            status = command.main(['-d', instance.name, verb])
        printed, sentence = capsys.readouterr()
        if status > 1:
            assert printed == ''
            assert re.fullmatch(r'[^\n]+\.\n', sentence), sentence
        return status, sentence
    return run


@pytest.fixture
def clinic(instance):
    "A satellite with a change that waits, whose hub is not there"
    clinic = instance('sqlite', MODULES, 1)
    clinic.configure(
        synchronisation_url=f'http://127.0.0.1:{port.claim()}/centre/')
    clinic.write_credentials()
    create(clinic, 'waits')
    return clinic


def create(instance, code):
    with instance.inside() as pool:
        with Transaction().start(instance.name, 1):
            record.create(pool, code)


def count(instance, code):
    with instance.inside() as pool:
        with Transaction().start(instance.name, 1):
            return record.count(pool, code)


@contextmanager
def unchanged(instance, but='-'):
    "Assert that nothing changes but the log of the runs"
    before = content(instance)
    yield
    after = content(instance)
    assert [name for name in before if after[name] != before[name]
        and not name.startswith(but)] == []


@contextmanager
def unsent(clinic):
    "Assert that no record changes, and that what waits still waits"
    with unchanged(clinic, but='synchronisation_'):
        yield
    with clinic.inside():
        assert Satellite(clinic.name).status()['pending'] == 1


def content(instance):
    with closing(instance.database.connect()) as connection:
        tables = [name for name, in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: connection.execute(
                f'SELECT * FROM "{name}"').fetchall()
            for name in tables if name not in LOG}


SETTINGS = [
    ({'synchronisation_id': None}, "synchronisation_id is not set .* 511"),
    ({'synchronisation_id': ''}, "synchronisation_id is not set .* 511"),
    ({'synchronisation_id': 'one'}, 'synchronisation_id is "one", .* number'),
    ({'synchronisation_id': '1.5'}, 'synchronisation_id is "1.5", .* number'),
    ({'synchronisation_id': '-1'}, "synchronisation_id is -1, .* 0 .* 511"),
    ({'synchronisation_id': '512'}, "synchronisation_id is 512, .* 0 .* 511"),
    ({'synchronisation_url': None}, "synchronisation_url is not set .*give"),
    ({'credentials': None}, "credentials is not set .*give"),
    ({'enabled': 'perhaps'}, 'enabled is "perhaps" .* give it True or False'),
    ({'enabled': 'False'}, "enabled is False .* set it to True"),
    ({'direction': 'up'}, 'direction is "up" .* both, sends or receives'),
    ({'batch': '0'}, 'batch is "0" .* above 0'),
    ({'batch': 'many'}, 'batch is "many" .* above 0'),
    ({'timeout': '-5'}, 'timeout is "-5" .* above 0'),
    ({'verify': '/no/such/file'}, 'verify is "/no/such/file" .* CA file'),
    ]
MALFORMED = [
    'centre', '/centre/', 'centre.example.org/centre/',
    'ftp://centre.example.org/centre/', 'http://centre.example.org/',
    'http://centre.example.org', 'http:///centre/', 'http://:8000/centre/',
    'http://centre.example.org:port/centre/',
    'http://centre.example.org:99999/centre/',
    'http://centre.example.org:0/centre/', 'http://[::1/centre/',
    'http://centre.example.org/a/b/', 'http://centre.example.org/centre/?a=b',
    'http://centre.example.org/centre/#a']
SECRET = [
    'http://clinic:secret@centre.example.org/centre/',
    'http://clinic@centre.example.org/centre/']


def test_settings(clinic, run):
    "Test that a wrong setting is named together with the remedy"
    right = dict(clinic.options)
    for options, sentence in SETTINGS:
        clinic.options = dict(right)
        clinic.configure(**options)
        with unchanged(clinic):
            status, text = run(clinic)
        assert status == 2
        assert re.search(sentence, text), text
        assert '[synchronisation]' in text and 'trytond.conf' in text


def test_malformed_url(clinic, run):
    "Test that an address that is none is refused, and how to write one"
    with unchanged(clinic):
        for url in MALFORMED:
            clinic.configure(synchronisation_url=url)
            status, text = run(clinic)
            assert status == 2, url
            assert "synchronisation_url is" in text, url
            assert "https://host:port/database/" in text


def test_url_with_password(clinic, run):
    "Test that a password is refused where others can read it"
    with unchanged(clinic):
        for url in SECRET:
            clinic.configure(synchronisation_url=url)
            status, text = run(clinic)
            assert status == 2
            assert "synchronisation_url contains" in text
            assert "credentials" in text
            assert 'secret' not in text


def test_credentials(clinic, run):
    "Test that a file of credentials that cannot be used is named"
    path = clinic.credentials
    with unsent(clinic):
        for content, mode, sentence in [
                (b'user = a\npassword = b\n', 0o644, "chmod 600"),
                (b'user = a\npassword = b\n', 0o640, "chmod 600"),
                (b'user = a\npassword = b\n', 0o602, "chmod 600"),
                (b'', 0o600, "lacks"),
                (b'user = a\n', 0o600, "lacks"),
                (b'password = b\n', 0o600, "lacks"),
                (b'user =\npassword = b\n', 0o600, "lacks"),
                (b'a b\n', 0o600, "lacks"),
                (b'\xff\xfe', 0o600, "not text"),
                ]:
            path.write_bytes(content)
            path.chmod(mode)
            status, text = run(clinic)
            assert status == 2
            assert f'"{path}"' in text and sentence in text
        path.unlink()
        assert_unreadable(run(clinic), path)
        path.mkdir(mode=0o700)
        assert_unreadable(run(clinic), path)


def assert_unreadable(result, path):
    status, text = result
    assert status == 2
    assert f'The credentials file "{path}" cannot be read' in text
    assert "create it with mode 0600" in text


class Stranger(BaseHTTPRequestHandler):
    "Something that is not a hub"
    answers = [
        (200, 'text/html', b'<html><form>Please sign in</form></html>'),
        (200, 'text/xml', b'<?xml version="1.0"?><note/>'),
        (200, 'application/json', b'{"result": []}'),
        (200, 'text/plain', b''),
        (200, 'application/octet-stream', b'\0\xff' * 100),
        (302, 'text/html', b'Moved'),
        (405, 'text/html', b'Method not allowed'),
        (500, 'text/html', b'Internal server error'),
        (501, 'text/html', b'Unsupported method'),
        ]

    def do_POST(self):
        code, kind, body = self.server.answer
        self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(code)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        if code == 302:
            self.send_header('Location', 'http://127.0.0.1:1/sign-in')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, args=(.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_something_else_answers(clinic, run):
    "Test that what answers instead of the hub is not taken for it"
    with serving(HTTPServer(('127.0.0.1', 0), Stranger)) as server, \
            unsent(clinic):
        url = f'http://127.0.0.1:{server.server_port}/centre/'
        clinic.configure(synchronisation_url=url)
        for answer in Stranger.answers:
            server.answer = answer
            status, text = run(clinic)
            assert (status, url in text) == (3, True), (answer, text)
            assert "correct synchronisation_url" in text, answer


def test_not_ready(clinic, run):
    "Test that a hub behind a proxy that is overloaded is tried again"
    with serving(HTTPServer(('127.0.0.1', 0), Stranger)) as server, \
            unsent(clinic):
        url = f'http://127.0.0.1:{server.server_port}/centre/'
        clinic.configure(synchronisation_url=url)
        for code in [502, 503, 504]:
            server.answer = code, 'text/html', b'Try later'
            status, text = run(clinic)
            assert (status, url in text) == (3, True), text
            assert "again" in text


def test_unreachable(clinic, run):
    "Test that a hub that is nowhere is named with its address"
    with unsent(clinic):
        for url in [
                clinic.options['synchronisation_url'],
                'http://nowhere.invalid/centre/']:
            clinic.configure(synchronisation_url=url)
            status, text = run(clinic)
            assert (status, url in text) == (3, True), text
            assert "correct synchronisation_url" in text


def test_silence(clinic, run):
    "Test that a hub that never answers is given up"
    with closing(socket.create_server(('127.0.0.1', 0))) as server, \
            unsent(clinic):
        url = f'http://127.0.0.1:{server.getsockname()[1]}/centre/'
        clinic.configure(synchronisation_url=url, timeout=1)
        status, text = run(clinic)
    assert (status, url in text) == (3, True), text


@pytest.mark.services
def test_hub_without_module(instance, clinic, run):
    "Test that a hub where the module is not active is told so"
    hub = instance('sqlite', ['res'])
    clinic.configure(synchronisation_url=hub.url)
    clinic.write_credentials('admin', database.PASSWORD)
    with hub.server, unsent(clinic):
        status, text = run(clinic)
    assert status == 4
    assert "The module synchronisation is not activated at the hub" in text


def test_hub_refuses(network, run):
    "Test what a hub refuses, and that all arrives once it is put right"
    net = network('sqlite', MODULES, 1)
    hub, (clinic,) = net.hub, net.satellites
    create(clinic, 'waits')
    user = signed_in(hub)

    clinic.configure(
        synchronisation_url=hub.url.replace(hub.name, 'nobody'))
    check(run(clinic), 4, "no such database", "synchronisation_url")
    clinic.configure(synchronisation_url=hub.url)

    for login, password in [(None, 'wrong'), ('nobody', None)]:
        clinic.write_credentials(login, password)
        check(run(clinic), 4, "user or the password", clinic.credentials)
    clinic.write_credentials()

    clinic.configure(synchronisation_id=2)
    check(run(clinic), 4, "instance 1 ", "synchronisation_id is 2")
    clinic.configure(synchronisation_id=1)

    change(hub, state='suspended')
    check(run(clinic), 4, "suspended", "administrator")
    change(hub, state='active', user=None)
    check(run(clinic), 4, "enrol", "administrator")
    assert count(hub, 'waits') == 0

    change(hub, user=user)
    assert run(clinic) == (0, '')
    assert count(hub, 'waits') == 1


def test_two_databases_with_one_id(network, instance, run):
    "Test that the second database with an id is refused, not the first"
    net = network('sqlite', MODULES, 1)
    hub, (clinic,) = net.hub, net.satellites
    create(clinic, 'first')
    assert run(clinic) == (0, '')
    other = instance('sqlite', MODULES, 1)
    other.write_credentials()
    other.configure(synchronisation_url=hub.url)
    create(other, 'second')
    with unsent(other):
        check(run(other), 4, "instance 1 already", "synchronisation_id")
    other.configure(synchronisation_id=0, synchronisation_url=hub.url)
    check(run(other), 4, "synchronisation_id")
    assert count(hub, 'second') == 0
    create(clinic, 'third')
    assert run(clinic) == (0, '')
    assert count(hub, 'third') == 1


def test_no_version_in_common(network, run, monkeypatch):
    "Test that both versions are told, and that nothing is lost meanwhile"
    net = network('sqlite', MODULES, 1)
    hub, (clinic,) = net.hub, net.satellites
    create(clinic, 'before')
    with monkeypatch.context() as patch:
        patch.setattr(wire, 'VERSIONS', [98, 99])
        for _ in range(2):
            check(run(clinic), 4, "version 1 ", "version 98, 99", "update")
        create(clinic, 'meanwhile')
    assert count(hub, 'before') == 0
    assert run(clinic) == (0, '')
    assert count(hub, 'before') == count(hub, 'meanwhile') == 1


def check(result, status, *words):
    assert result[0] == status, result
    for word in words:
        assert str(word) in result[1], result


def change(hub, **values):
    "Change how the hub knows the first instance"
    with hub.inside() as pool, Transaction().start(hub.name, 1):
        instance, = pool.get('synchronisation.instance').search(
            [('number', '=', 1)])
        instance.write([instance], values)


def signed_in(hub):
    "Return the user of the first instance"
    with hub.inside() as pool, Transaction().start(hub.name, 1):
        instance, = pool.get('synchronisation.instance').search(
            [('number', '=', 1)])
        return instance.user.id
