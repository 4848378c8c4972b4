# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the two sides of an exchange tell each other."
import copy

from .protocol import KNOWN, UNKNOWN, epoch_of, instance_of, link


class Entry:
    """A record as a satellite pushes it.

    number  the record's position in the sender's feed; with the sender and
            its epoch it is the name of the change
    group   the number of the unit within the message
    fields  {name: (number, base, value)} of all that is not acknowledged
    full    whether the sender believes that the hub lacks the record
    shown   for a deletion, {name: hub's version} that the deleter saw, ''
            standing for the other fields; None for a write
    author  [author, time], authors {name: [author, time]} where it differs
    at      how far the sender has read the hub's feed
    instance  the number of the sender, at the hub
    sums    {name: [[number, change], ...]} of the fields that are added up
    epoch   the present life of the sender
    lives   {link of a former life of the sender: its last number that this
            one has in common with it}
    """
    __slots__ = (
        'model', 'identity', 'key', 'number', 'group', 'fields', 'full',
        'shown', 'author', 'authors', 'aliases', 'at', 'instance', 'sums',
        'epoch', 'lives', '_values')

    def __init__(self, model, identity, number):
        self.model = model
        self.identity = identity
        # Asked for a dozen times, and never another one
        self.key = model, identity
        self.number = number
        self.group = 0
        self.fields = {}
        self.full = False
        self.shown = None
        self.author = None
        self.authors = {}
        self.aliases = []
        self.at = 0
        self.instance = None
        self.epoch = 0
        self.sums = {}
        self.lives = {}
        self._values = None, None

    @property
    def link(self):
        "The life of the sender in which the change was numbered."
        return link(self.instance, epoch_of(self.number))

    def link_of(self, name):
        return link(self.instance, epoch_of(self.fields[name][0]))

    def changes_of(self, name, state):
        "Return the changes of a field that a state lacks."
        return [
            change for number, change in self.sums[name]
            if number > state.taken(
                self, link(self.instance, epoch_of(number)))]

    @property
    def deletion(self):
        return self.shown is not None

    @property
    def tells_nothing(self):
        "Whether it only asks what the hub has: nothing in it is new to it."
        return not (self.full or self.deletion or any(
                number != KNOWN for number, _, _ in self.fields.values()))

    @property
    def values(self):
        "The values of the fields, which is complete once it is asked for."
        fields, values = self._values
        if fields is not self.fields:
            values = {n: value for n, (_, _, value) in self.fields.items()}
            self.values = values
        return values

    @values.setter
    def values(self, values):
        "Note the values of the fields as they are now."
        self._values = self.fields, values

    def built_on(self, state, name, base):
        """Whether its author saw the present value of a field of the hub.

        That is what the hub's version base tells, or what it brought itself.
        """
        return (state.version_under(self.identity, name) <= base
            or self.brought(state, name))

    def brought(self, state, name):
        "Whether the past of the sender brought the present value of a field."
        via = state.via_of(name)
        link = self.link_of(name) if name in self.fields else self.link
        return via in state.lines(self, link) or (
            via in self.lives
            and max(state.numbers(via), default=0) <= self.lives[via])

    def has_sent(self, state):
        """Whether its sender may know of having pushed a record.

        A life that was lost may have edited what it had sent before: it does
        not know only if nobody changed anything since it was made.
        """
        if not self.lives or state.position != state.unit:
            return state.has_pushed(self.instance)
        present = link(self.instance, self.epoch)
        for line, number in state.seen.items():
            found = line.partition('/')[0]
            if instance_of(found) == self.instance and (
                    found == present or number <= self.lives.get(found, 0)):
                return True
        return False

    def has_brought(self, state, name):
        "Whether its sender, in any life, wrote a field of any record."
        via = state.via_of(name)
        return via is not None and instance_of(via) == self.instance

    def on_nothing(self):
        "Return the entry as of who has seen no version of the record."
        entry = copy.copy(self)
        entry.fields = {
            name: (number, UNKNOWN, value)
            for name, (number, _, value) in self.fields.items()}
        # What a former life brought it did not see either
        entry.lives = {}
        return entry

    def without(self, names):
        "Return the entry without some fields."
        entry = copy.copy(self)
        entry.fields = {
            name: field for name, field in self.fields.items()
            if name not in names}
        return entry

    def author_of(self, name):
        return self.authors.get(name, self.author)

    def changed_by(self, names):
        "Return the [author, time] of the last of the changes of fields."
        if not names or not self.authors:
            return self.author
        return self.author_of(max(
                sorted(names), key=lambda name: self.fields[name][0]))


class Document:
    """A record as the hub tells it.

    kind      WHOLE, PARTIAL (the named fields only), DEAD or FORGET
    position  the record's place in the feed of the sender
    place     its place in the feed of the receiver, not below position
    created   the place from which the receiver needs the whole record
    unit      the place of the transaction that created it
    version   the hub's version of the values, unless in versions
    seen      the number up to which the hub took the receiver's changes
    lines     {former name: the same of what the receiver knows by that}
    author    [author, time] of who made it
    last      [author, time] of the last change, None if it is author
    unknown   the values of fields that do not travel here
    """
    WHOLE, PARTIAL, DEAD, FORGET = 'w', 'v', 'd', 'f'
    __slots__ = (
        'model', 'identity', 'key', 'kind', 'position', 'created', 'unit',
        'version', 'versions', 'values', 'seen', 'lines', 'aliases', 'author',
        'last', 'place', 'unknown')

    def __init__(self, model, identity, kind, position):
        self.model = model
        self.identity = identity
        # Asked for a dozen times, and never another one
        self.key = model, identity
        self.kind = kind
        self.position = self.created = self.unit = self.version = position
        self.place = position
        self.versions = {}
        self.values = {}
        self.seen = 0
        self.lines = {}
        self.aliases = []
        self.author = self.last = None
        self.unknown = {}

    def localise_authors(self, ids):
        "Know the authors by their ids here instead of by their numbers."
        if self.author:
            self.author = [ids[self.author[0]], self.author[1]]
        if self.last:
            self.last = [ids[self.last[0]], self.last[1]]

    def seen_by(self, state):
        "Return up to which number the hub took what is known here by a state."
        names = {state.identity, *state.aliases}
        numbers = [self.lines[name] for name in names & self.lines.keys()]
        if self.identity in names:
            numbers.append(self.seen)
        return max(numbers, default=0)

    @property
    def whole(self):
        return self.kind == self.WHOLE

    @property
    def alive(self):
        return self.kind in {self.WHOLE, self.PARTIAL}

    def version_of(self, name):
        return self.versions.get(name, self.version)
