# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What an error of the line is taken for."
import ssl
from types import SimpleNamespace

import pytest
import requests
from urllib3.exceptions import (
    ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError,
    SSLError)

from trytond.modules.synchronisation.errors import (
    ConfigurationError, HubUnreachableError)
from trytond.modules.synchronisation.transport import Transport

URL = 'https://centre.example.org/centre/'


@pytest.fixture
def transport(tmp_path):
    credentials = tmp_path / 'credentials'
    credentials.write_text('user = clinic\npassword = secret\n')
    credentials.chmod(0o600)
    return Transport(SimpleNamespace(
            synchronisation_url=URL, credentials=str(credentials),
            session=str(tmp_path / 'session'), verify=True, timeout=1))


def fail(transport, monkeypatch, error):
    "Return what a call raises if the request fails by an error"
    def post(*arguments, **options):
        raise error
    monkeypatch.setattr(transport.http, 'post', post)
    with pytest.raises((ConfigurationError, HubUnreachableError)) as found:
        transport.call('pull', '{}')
    return found.value


def retried(error):
    return MaxRetryError(None, URL, error)


@pytest.mark.parametrize('error', [
        requests.exceptions.SSLError(SSLError(ssl.SSLEOFError())),
        requests.exceptions.SSLError(retried(SSLError(ssl.SSLEOFError()))),
        requests.exceptions.SSLError(SSLError(ssl.SSLZeroReturnError())),
        requests.ConnectionError(ProtocolError('', ConnectionResetError())),
        requests.exceptions.ChunkedEncodingError(ProtocolError('')),
        requests.ReadTimeout(),
        ], ids=repr)
def test_broken_line(transport, monkeypatch, error):
    "Test that a line that breaks, with TLS or without, is dialled again"
    found = fail(transport, monkeypatch, error)
    assert isinstance(found, HubUnreachableError) and found.cut


@pytest.mark.parametrize('error', [
        requests.ConnectionError(retried(NewConnectionError(None, ''))),
        requests.ConnectTimeout(retried(ConnectTimeoutError())),
        ], ids=repr)
def test_nobody_there(transport, monkeypatch, error):
    "Test that a run ends if nobody takes the call"
    found = fail(transport, monkeypatch, error)
    assert isinstance(found, HubUnreachableError) and not found.cut


@pytest.mark.parametrize('wrap', [SSLError, lambda e: retried(SSLError(e))])
def test_wrong_certificate(transport, monkeypatch, wrap):
    "Test that a certificate that is wrong is told, and not tried again"
    error = requests.exceptions.SSLError(wrap(ssl.SSLCertVerificationError()))
    found = fail(transport, monkeypatch, error)
    assert found.code == 'certificate'
