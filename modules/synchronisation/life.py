# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Whether a database went on from where its hub last knew it.

At each message with changes a database marks its place, at random.  Two
lives of it, one of which began with a backup, do not mark the same.
"""
from . import wire
from .protocol import first_position

# The mark before one of which only that itself is known
LOST = '?'


class Told:
    """The marks that a message tells, as the hub compares them.

    The first one is the last that the hub acknowledged.  What the hub knows
    are (place, former mark, mark), the places from after the first one on.
    """

    def __init__(self, epoch, marks):
        self.epoch = epoch
        first = first_position(epoch)
        self.places = [first + place for place, _ in marks]
        self.names = [name for _, name in marks]

    @property
    def mark(self):
        "The last one, by which the sender knows an answer to be to this life."
        return self.names[-1]

    @property
    def range(self):
        "The places (after, before) between which what is known counts."
        return self.places[0], first_position(self.epoch + 1)

    @property
    def news(self):
        """Return the (place, former mark, mark) to be known from now on.

        A hub that was restored may have lost the first one.
        """
        first = [(self.places[0], LOST, self.names[0])] * bool(self.names[0])
        return first + self.steps

    @property
    def steps(self):
        "Return the (place, former mark, mark) that lead on from the first."
        return [
            (place, f'{self.epoch}.{former}', name) for place, former, name
            in zip(self.places[1:], self.names, self.names[1:])]

    def is_contradicted(self, known):
        """E1: whether another life told what is known.

        It marked another place, or went on otherwise from the same one.
        """
        steps = self.steps
        own = {place: mark for place, _, mark in steps}
        return any(own.get(place) != mark for place, _, mark in known) or bool(
            {(former, mark) for _, former, mark in known if former != LOST}
            - {(former, mark) for _, former, mark in steps})

    def common(self, known):
        "Return the last mark that the two lives surely have in common."
        formers = {former: mark for _, former, mark in known}
        common = self.names[0]
        for _, former, mark in self.steps:
            if formers.get(former) != mark:
                break
            common = mark
        return common


def marks(message):
    "Return the [[place, mark]] of a message, checked."
    marks = message.get('marks')
    wire.expect(isinstance(marks, list) and 0 < len(marks) < 1000 and all(
            isinstance(mark, list) and len(mark) == 2
            and wire.is_number(mark[0]) and wire.is_text(mark[1])
            and len(mark[1]) <= 32 for mark in marks), 'marks')
    places = [place for place, _ in marks]
    wire.expect(places[0] >= 0 and places == sorted(set(places)), 'marks')
    return marks
