# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The contents of large files, which travel by name.

A record has the name of the content in its place, so that no record waits for
a file.  The name is made of the content, so that equal ones travel once and
nobody can be given another one for it.
"""
import hashlib
import re

# Above so many bytes a content travels by name, as every instance knows; what
# is smaller costs less than to ask for it.  A database holds MOST at most.
LARGE, MOST = 1 << 15, 1 << 30
NAME = re.compile('sha256:([0-9a-f]{64}):([1-9][0-9]{0,9})')


class Named(str):
    "The name of a content in the place of the content."
    __slots__ = ()

    @property
    def size(self):
        "How many bytes the content has."
        return int(NAME.fullmatch(self)[2])


def named(value):
    "Return the Named that a wire value is, None for anything else."
    if isinstance(value, str) and (match := NAME.fullmatch(value)) and (
            LARGE < int(match[2]) <= MOST):
        return Named(value)


def name_of(digest, size):
    "Return the name of a content of size bytes, digest being hexadecimal."
    return Named(f'sha256:{digest}:{size}')


def name(data):
    "Return the name of a content."
    return name_of(hashlib.sha256(data).hexdigest(), len(data))
