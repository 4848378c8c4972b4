# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What answers at the address of the hub is not as it should be."
import datetime as dt
import json
import ssl
from functools import partial

import pytest
import trustme

from trytond.modules.synchronisation import cycle
from trytond.modules.synchronisation.errors import SynchronisationError
from trytond.modules.synchronisation.transport import Transport

from .answering import answering, text
from .local import Wire

KEYED = 'test_synchronisation.keyed'
PAGE = b'<!DOCTYPE html><html><body>Sign in to the network</body></html>'
RESULT = (
    b'<?xml version="1.0"?><methodResponse><params><param><value><string>'
    b'\xc3\xa9</string></value></param></params></methodResponse>')
DAMAGED = RESULT.replace(b'\xc3\xa9', b'\xc3')


def cut(connection):
    "Hang up inside a character"
    text(200, RESULT[:RESULT.index(b'\xa9')],
        b'Content-Length: %d' % len(RESULT))(connection)


# What is answered, and the code and the exit status of the run
STRANGE = {
    'page': (text(200, PAGE), 'not-a-hub', 3),
    'sign-in': (
        text(302, b'', b'Location: http://login.example.org/'),
        'not-a-hub', 3),
    'too many': (text(429, b''), 'unreachable', 3),
    'not ready': (text(503, PAGE), 'unreachable', 3),
    'no gateway': (text(502, PAGE), 'unreachable', 3),
    'cut': (cut, 'unreachable', 3),
    'damaged': (text(200, DAMAGED), 'not-a-hub', 3),
    'nothing': (lambda connection: None, 'unreachable', 3),
    'silence': (
        lambda connection: connection.recv(1 << 16), 'unreachable', 3),
    'no database': (text(404, PAGE), 'unknown-database', 4),
    'failure': (text(500, PAGE), 'not-a-hub', 3),
    'another program': (
        text(200, RESULT), 'login', 4),
    }


@pytest.fixture
def clinic(local, monkeypatch):
    "A satellite with something to push; no run of it waits"
    monkeypatch.setattr(cycle, 'REDIALS', [])
    net = local(1)
    clinic, = net.satellites
    clinic.synchronise()
    clinic.create(KEYED, code='A', name="first")
    return clinic


def run_against(clinic, url, **options):
    "Return the error in which a run ends that dials an address."
    path = clinic.network.folder / 'credentials'
    path.write_text('user = clinic\npassword = secret\n')
    path.chmod(0o600)

    def dial(settings):
        return Transport(settings._replace(
                synchronisation_url=url, credentials=str(path),
                session=str(path) + '.session', timeout=1, **options))
    with pytest.raises(SynchronisationError) as failed:
        clinic.satellite(transport=dial).synchronise()
    return failed.value


def check(clinic, error, code, status):
    "Check what a person and a program are told, and that nothing is lost."
    assert (error.code, error.exit_status) == (code, status)
    assert error.transient == (status == 3)
    sentence = str(error)
    assert sentence.endswith('.') and 'secret' not in sentence
    assert clinic.satellite().status()['pending'] == 1
    # Whatever was wrong, the next run goes on
    assert clinic.synchronise().complete
    hub = clinic.network.hub
    assert ('A', "first") in hub.values(KEYED, 'code', 'name')


@pytest.mark.parametrize('name', STRANGE)
def test_strange(clinic, name):
    "Test that a run ends with one sentence and keeps what it had to send"
    answer, code, status = STRANGE[name]
    with answering(answer) as port:
        error = run_against(clinic, f'http://127.0.0.1:{port}/centre/')
    check(clinic, error, code, status)


def certificate(authority, *names, **options):
    "Return the context of a server with a certificate."
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


def yesterday():
    return dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=1)


WRONG = {
    'unknown': lambda known, other: certificate(other, 'localhost'),
    'expired': lambda known, other: certificate(
        known, 'localhost', not_after=yesterday()),
    'another name': lambda known, other: certificate(
        known, 'elsewhere.example.org'),
    }


@pytest.mark.parametrize('name', WRONG)
def test_certificate(clinic, name):
    "Test that nothing is told to who cannot prove to be the hub"
    heard = []
    known = trustme.CA()
    context = WRONG[name](known, trustme.CA())
    path = clinic.network.folder / 'authority.pem'
    known.cert_pem.write_to_path(str(path))

    def listen(connection):
        heard.append(connection.recv(1 << 16))
    with answering(listen, context) as port:
        error = run_against(
            clinic, f'https://localhost:{port}/centre/', verify=str(path))
    assert heard == []
    check(clinic, error, 'certificate', 2)


def test_right_certificate(clinic, monkeypatch):
    """Test that who proves to be the hub is told what it asks for

    Also where an environment variable names other authorities for all.
    """
    known = trustme.CA()
    others = clinic.network.folder / 'others.pem'
    trustme.CA().cert_pem.write_to_path(str(others))
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(others))
    path = clinic.network.folder / 'authority.pem'
    known.cert_pem.write_to_path(str(path))
    with answering(
            text(200, PAGE), certificate(known, 'localhost')) as port:
        error = run_against(
            clinic, f'https://localhost:{port}/centre/', verify=str(path))
    check(clinic, error, 'not-a-hub', 3)


@pytest.mark.parametrize(('header', 'seconds'), [
        # A clock may be wrong, and nobody is asked without a pause
        (b'7', 7), (b'0', 1), (b'Mon, 28 Nov 2016 10:00:00 GMT', 1)])
def test_when_to_come_again(clinic, monkeypatch, header, seconds):
    "Test that a run waits as long as it is told, and then goes on"
    waited = []
    monkeypatch.setattr(
        cycle.Cycle, 'wait', lambda self, seconds: waited.append(seconds))

    def answer(connection):
        headers = [] if waited else [b'Retry-After: ' + header]
        text(503, PAGE, *headers)(connection)
    with answering(answer) as port:
        error = run_against(clinic, f'http://127.0.0.1:{port}/centre/')
    assert waited == [seconds]
    check(clinic, error, 'unreachable', 3)


def test_nonsense_when_to_come_again(clinic):
    "Test that a run ends if what is before the hub tells no time"
    with answering(text(503, PAGE, b'Retry-After: soon')) as port:
        error = run_against(clinic, f'http://127.0.0.1:{port}/centre/')
    check(clinic, error, 'unreachable', 3)


def test_answer_to_another(local):
    "Test that nothing is taken from what was answered to another instance"
    net = local(2)
    one, two = net.satellites
    for node, code in [(one, 'A'), (two, 'B')]:
        node.create(KEYED, code=code, name="first")
        node.synchronise()
    net.hub.write(
        KEYED, net.hub.find(KEYED, ('code', '=', 'A'))[0], name="second")
    before = two.values(KEYED, 'code', 'name')
    one.satellite().pull_all()
    answers = {
        method: answer for method, asked, answer in net.messages
        if json.loads(asked)['from'] == 1}

    class Proxy(Wire):
        def call(self, method, text):
            return answers[method]
    with pytest.raises(SynchronisationError) as failed:
        two.satellite(transport=partial(Proxy, net)).synchronise()
    assert failed.value.code == 'another-answer'
    assert failed.value.transient
    assert two.values(KEYED, 'code', 'name') == before
