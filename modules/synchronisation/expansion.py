# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Refuse a compressed body before it fills the memory.

trytond limits what arrives and then expands all of it, which can be a
thousand times as much.
"""
import tempfile
import zlib

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from trytond.config import config

CHUNK = 1 << 16
# More than that waits in a file
MEMORY = 1 << 20
GZIP = 16 + zlib.MAX_WBITS


def check(environ):
    """Expand the compressed body of a request, to count it.

    Raise the HTTPException to answer with if it is damaged or too long.
    """
    length = environ.get('CONTENT_LENGTH', '')
    if (environ.get('HTTP_CONTENT_ENCODING') != 'gzip'
            # trytond expands nothing for who is not signed in
            or 'HTTP_AUTHORIZATION' not in environ
            or not length.isdecimal()):
        return
    limit = config.getint('request', 'max_size_authenticated')
    if limit and int(length) > limit:
        raise RequestEntityTooLarge()
    body = tempfile.SpooledTemporaryFile(MEMORY)
    _copy(environ['wsgi.input'], body, int(length))
    body.seek(0)
    try:
        for size in _sizes(body):
            if limit and size > limit:
                raise RequestEntityTooLarge()
    except (EOFError, zlib.error) as error:
        raise BadRequest("The body is not compressed by gzip.") from error
    body.seek(0)
    environ['wsgi.input'] = body


def _copy(source, target, length):
    while length and (part := source.read(min(CHUNK, length))):
        target.write(part)
        length -= len(part)


def _sizes(body):
    "Yield how much a body expands to as far as it is read."
    size, rest = 0, body.read(CHUNK)
    while rest:
        # One compressed file may follow another
        stream = zlib.decompressobj(GZIP)
        while not stream.eof:
            size += len(stream.decompress(rest, CHUNK))
            yield size
            rest = stream.unconsumed_tail
            if not rest and not stream.eof:
                rest = body.read(CHUNK)
                if not rest:
                    raise EOFError
        # Zeros may fill it up
        rest = (stream.unused_data or body.read(CHUNK)).lstrip(b'\0')
