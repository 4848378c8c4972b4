# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Compress the answers of trytond, which it does not do itself."
import gzip

from werkzeug.exceptions import HTTPException

from . import expansion

# Smaller answers do not get smaller
LIMIT = 500


class Compression:
    """A WSGI middleware, named in the [wsgi middleware] section.

    It compresses what the client accepts and nobody compressed before, and
    refuses a compressed body that expands to more than trytond accepts.
    """

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        try:
            expansion.check(environ)
        except HTTPException as error:
            return error(environ, start_response)
        return self.compress(environ, start_response)

    def compress(self, environ, start_response):
        if 'gzip' not in environ.get('HTTP_ACCEPT_ENCODING', ''):
            return self.application(environ, start_response)
        started = []

        def start(status, headers, exc_info=None):
            started[:] = [status, headers, exc_info]
            return lambda data: None
        result = self.application(environ, start)
        try:
            body = b''.join(result)
        finally:
            if hasattr(result, 'close'):
                result.close()
        status, headers, exc_info = started
        names = {name.lower() for name, _ in headers}
        if len(body) > LIMIT and 'content-encoding' not in names:
            body = gzip.compress(body, 6)
            headers = [(n, v) for n, v in headers
                if n.lower() != 'content-length']
            headers += [
                ('Content-Encoding', 'gzip'), ('Vary', 'Accept-Encoding'),
                ('Content-Length', str(len(body)))]
        start_response(status, headers, exc_info)
        return [body]
