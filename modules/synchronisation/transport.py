# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The connection of a satellite to its hub; nothing else opens one."
import base64
import gzip
import io
import json
import os
import ssl
import tempfile
import xmlrpc.client
from collections import namedtuple
from xml.parsers.expat import ExpatError

import requests
from urllib3.exceptions import InvalidHeader, NewConnectionError
from urllib3.util import SKIP_HEADER, Retry

from . import configuration
from .errors import (
    ConfigurationError, HubUnreachableError, LaterError, RefusedError)
from .journal import MESSAGE

CONNECT = 20
# Smaller bodies do not get smaller
COMPRESS = 500
# What is read at once
PART = 16 * 1024
# Above it little is gained for twice the time
LEVEL = 7

# The status of an answer, its body, and after how many seconds to ask again
Answer = namedtuple('Answer', 'status content after')


class Transport:
    """XML-RPC to the trytond of the hub, with a session kept between runs.

    requests, bytes_up and bytes_down count what went over the line, without
    the headers.
    """
    # A message may be on its way while the next one is made
    parallel = True

    def __init__(self, settings):
        self.settings = settings
        # Called whenever a part of a message has moved
        self.moved = lambda: None
        self.credentials = configuration.credentials(settings)
        self.http = requests.Session()
        # No server asks for them, and they go with each message
        for name in ['Accept', 'Connection']:
            del self.http.headers[name]
        self.http.headers['User-Agent'] = SKIP_HEADER
        self.http.headers['Accept-Encoding'] = 'gzip'
        self.requests = self.bytes_up = self.bytes_down = 0
        self.session = self._read_session()

    def close(self):
        self.http.close()

    def call(self, method, text):
        "Return the text that a method of the hub answers to a text."
        return self.send(self.pack(method, text))

    def pack(self, method, text, name=None):
        """Return what send() takes, which may be made while another is away.

        The hub's log has the name of the message.
        """
        context = {MESSAGE: name} if name else {}
        # trytond reads a compressed body of a session only
        return _packed(_encoded(
                f'model.synchronisation.hub.{method}', (text, context)))

    def send(self, packed):
        "Return the text that the hub answers to what was packed."
        if not self.session:
            self._login()
        answer = self._post(*packed, signed=True)
        if answer.status in {400, 401, 403}:
            # It may not have read the body of what it refused
            self.http.close()
            # The session ended, or the hub was restored; a compressed body
            # of no session at all is a bad request to trytond
            self._login()
            answer = self._post(*packed, signed=True)
        return self._result(answer)

    def _login(self):
        self.session = None
        user, password = self.credentials
        answer = self._post(_encoded(
                'common.db.login', (user, {'password': password})))
        if answer.status in {401, 403}:
            raise RefusedError(
                "The hub refused the user or the password in the file "
                f'"{self.settings.credentials}"; correct them.', 'login')
        result = self._result(answer)
        if not isinstance(result, list) or len(result) != 2:
            raise RefusedError(
                "The hub refused the user or the password in the file "
                f'"{self.settings.credentials}"; correct them.', 'login')
        id_, key = result
        self.session = base64.b64encode(
            f'{user}:{id_}:{key}'.encode()).decode('ascii')
        self._write_session()

    def _post(self, body, encoding=None, signed=False):
        headers = {'Content-Type': 'text/xml'}
        if signed:
            headers['Authorization'] = f'Session {self.session}'
        if encoding:
            headers['Content-Encoding'] = encoding
        self.requests += 1
        self.bytes_up += len(body)
        try:
            response = self.http.post(
                self.settings.synchronisation_url,
                data=_Body(body, self.moved), headers=headers,
                timeout=(CONNECT, self.settings.timeout),
                # That of the session is less than an environment variable
                verify=self.settings.verify,
                allow_redirects=False, stream=True)
            content = b''.join(self._parts(response))
        except requests.RequestException as error:
            if _is_untrusted(error):
                raise ConfigurationError(
                    "The TLS certificate of the hub cannot be verified; name "
                    "its authority by verify in the [synchronisation] section "
                    "of trytond.conf.", 'certificate') from error
            raise self._unreachable(error) from error
        self.bytes_down += response.raw.tell()
        return Answer(
            response.status_code, content,
            _after(response.headers.get('Retry-After')))

    def _unreachable(self, error):
        unreachable = HubUnreachableError(
            f"The hub at {self.settings.synchronisation_url} cannot be "
            "reached; check the line, or correct synchronisation_url.")
        unreachable.cut = not _never_began(error)
        return unreachable

    def _parts(self, response):
        "Yield the parts of a body as they arrive."
        for part in response.iter_content(PART):
            self.moved()
            yield part

    def _result(self, answer):
        url = self.settings.synchronisation_url
        if answer.status == 404:
            raise RefusedError(
                f"The server at {url} has no such database; correct "
                "synchronisation_url.", 'unknown-database')
        if answer.status in {502, 503, 504, 429}:
            sentence = (
                f"The hub at {url} is not ready (HTTP "
                f"{answer.status}); it will be tried again.")
            if answer.after is None:
                raise HubUnreachableError(sentence)
            error = LaterError(sentence)
            error.details = {'after': answer.after}
            raise error
        try:
            (result,), _ = xmlrpc.client.loads(
                answer.content, use_builtin_types=True)
        except xmlrpc.client.Fault as fault:
            raise self._fault(fault) from fault
        except (ExpatError, ValueError, xmlrpc.client.Error) as error:
            raise HubUnreachableError(
                f"What answers at {url} is not a hub (HTTP "
                f"{answer.status}); check the line for a sign-in "
                "page, or correct synchronisation_url.", 'not-a-hub'
                ) from error
        return result

    def _fault(self, fault):
        if 'synchronisation.hub' in str(fault.faultString):
            return RefusedError(
                "The module synchronisation is not activated at the hub; ask "
                "its administrator.", 'no-module')
        return RefusedError(
            f"The hub failed with \"{fault.faultString}\"; ask its "
            "administrator to look at its log.", 'fault')

    def _read_session(self):
        try:
            with open(self.settings.session, encoding='utf-8') as file:
                kept = json.load(file)
        except (OSError, ValueError):
            return None
        if (isinstance(kept, dict)
                and kept.get('url') == self.settings.synchronisation_url
                and kept.get('user') == self.credentials.user):
            return kept.get('session')

    def _write_session(self):
        path = self.settings.session
        try:
            self._replace_session(path)
        except OSError as error:
            raise ConfigurationError(
                f'The session file "{path}" cannot be written '
                f"({error.strerror}); name another by session in the "
                "[synchronisation] section of trytond.conf.") from error

    def _replace_session(self, path):
        # mkstemp gives mode 0600
        handle, temporary = tempfile.mkstemp(
            dir=os.path.dirname(os.path.abspath(path)))
        with os.fdopen(handle, 'w', encoding='utf-8') as file:
            json.dump({
                    'url': self.settings.synchronisation_url,
                    'user': self.credentials.user,
                    'session': self.session,
                    }, file)
        os.replace(temporary, path)


def _is_untrusted(error):
    "Whether the hub is not who it should be; a line that broke is no such."
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        reason = getattr(error, 'reason', None) or (
            error.args[0] if error.args else None)
        error = reason if isinstance(reason, Exception) else None
    return False


def _after(header):
    "Return the seconds of a header Retry-After, None if it tells nothing."
    try:
        return Retry().parse_retry_after(header) if header else None
    except InvalidHeader:
        return None


def _never_began(error):
    "Whether a request failed before anything was on the line."
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(
        getattr(cause, 'reason', cause), NewConnectionError)


class _Body(io.BytesIO):
    "A body that notes that a part of it was sent."

    def __init__(self, body, moved):
        super().__init__(body)
        self.moved = moved

    def read(self, size=-1):
        self.moved()
        return super().read(size)


def _encoded(method, params):
    "Return the bytes of a call."
    return xmlrpc.client.dumps(params, method, allow_none=True).encode()


def _packed(body):
    "Return (a body, compressed if that pays, the name of the encoding)."
    if len(body) > COMPRESS:
        return gzip.compress(body, LEVEL, mtime=0), 'gzip'
    return body, None
