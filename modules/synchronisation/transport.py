# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The connection of a satellite to its hub; nothing else opens one."
import base64
import gzip
import json
import os
import tempfile
import xmlrpc.client
from xml.parsers.expat import ExpatError

import requests

from . import configuration
from .errors import ConfigurationError, HubUnreachableError, RefusedError
from .journal import MESSAGE

CONNECT = 20
# Smaller bodies do not get smaller
COMPRESS = 500
# Above it little is gained for twice the time
LEVEL = 7


class Transport:
    """XML-RPC to the trytond of the hub, with a session kept between runs.

    requests, bytes_up and bytes_down count what went over the line, without
    the headers.
    """
    # A message may be on its way while the next one is made
    parallel = True

    def __init__(self, settings):
        self.settings = settings
        self.credentials = configuration.credentials(settings)
        self.http = requests.Session()
        self.http.verify = settings.verify
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
        response = self._post(*packed, signed=True)
        if response.status_code in {401, 403}:
            # The session ended, or the hub was restored
            self._login()
            response = self._post(*packed, signed=True)
        return self._result(response)

    def _login(self):
        self.session = None
        user, password = self.credentials
        response = self._post(_encoded(
                'common.db.login', (user, {'password': password})))
        if response.status_code in {401, 403}:
            raise RefusedError(
                "The hub refused the user or the password in the file "
                f'"{self.settings.credentials}"; correct them.', 'login')
        result = self._result(response)
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
                data=body, headers=headers,
                timeout=(CONNECT, self.settings.timeout),
                allow_redirects=False, stream=True)
            response.content
        except requests.exceptions.SSLError as error:
            raise ConfigurationError(
                "The TLS certificate of the hub cannot be verified; name its "
                "authority by verify in the [synchronisation] section of "
                "trytond.conf.", 'certificate') from error
        except requests.RequestException as error:
            raise HubUnreachableError(
                f"The hub at {self.settings.synchronisation_url} cannot be "
                "reached; check the line, or correct synchronisation_url."
                ) from error
        self.bytes_down += response.raw.tell()
        return response

    def _result(self, response):
        url = self.settings.synchronisation_url
        if response.status_code == 404:
            raise RefusedError(
                f"The server at {url} has no such database; correct "
                "synchronisation_url.", 'unknown-database')
        if response.status_code in {502, 503, 504, 429}:
            raise HubUnreachableError(
                f"The hub at {url} is not ready (HTTP "
                f"{response.status_code}); it will be tried again.")
        try:
            (result,), _ = xmlrpc.client.loads(
                response.content, use_builtin_types=True)
        except xmlrpc.client.Fault as fault:
            raise self._fault(fault) from fault
        except (ExpatError, ValueError, xmlrpc.client.Error) as error:
            raise HubUnreachableError(
                f"What answers at {url} is not a hub (HTTP "
                f"{response.status_code}); check the line for a sign-in "
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


def _encoded(method, params):
    "Return the bytes of a call."
    return xmlrpc.client.dumps(params, method, allow_none=True).encode()


def _packed(body):
    "Return (a body, compressed if that pays, the name of the encoding)."
    if len(body) > COMPRESS:
        return gzip.compress(body, LEVEL, mtime=0), 'gzip'
    return body, None
