# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""How far what is urgent was told before its turn.

The hub writes it down for the satellite, which keeps it with its places and
tells it again; what it says is the hub's alone.
"""
from collections import namedtuple

from . import digest, wire

LONGEST = 100


class Early(namedtuple('Early', 'upto end name')):
    """What is urgent in (at, upto] was told; end is where the others begin.

    name is that of all by which the hub chose, see name().
    """
    __slots__ = ()

    @property
    def is_done(self):
        return self.upto >= self.end

    def text(self):
        return f'{self.upto:x}.{self.end:x}.{self.name}'


def name(models, source, epoch):
    """Return the name of what decides what is told to whom.

    With other modules of the hub, or in another life of one of the two, other
    records would have been told.  Offers that are taken meanwhile come as
    they are then.
    """
    return digest.of_set({
            'models': sorted(models), 'link': source.link, 'epoch': epoch})


def read(text, expected):
    "Return the Early that a satellite tells, None if it is not as expected."
    wire.expect(
        text is None or wire.is_text(text) and len(text) <= LONGEST, 'early')
    parts = (text or '').split('.')
    if len(parts) == 3 and parts[2] == expected:
        try:
            return Early(int(parts[0], 16), int(parts[1], 16), expected)
        except ValueError:
            pass
