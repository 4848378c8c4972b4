# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The rules of the exchange, as functions over plain state.

Neither Pool nor Transaction: what is decided about one record is decided
here and in merge.py, on whatever store.  The letters (F fold, P push, H hub,
S satellite) are those of docs/reference/protocol.rst.

A position is one number of a database's feed: its epoch (the life of the
database) in the high bits, a counter in the low ones, so that comparing two
positions compares the epochs first.
"""
import json
from operator import attrgetter

from . import value

EPOCH = 1 << 40
# A link is one life of a peer, written "instance.epoch"
UNKNOWN = 0
# The version of a value that is not the hub's: every version is newer
UNREAD = -1
# The base of a value that was left out of what was pushed: whatever the hub
# decided on, it did not see it
UNSENT = -2
# The place of a value that the hub has: every place is later
KNOWN = 0
# The mark of a change that no known transaction made
NO_UNIT = 0
# How many keys one fetch asks for
KEYS = 1000
# The kinds of a scope: a member brings what belongs to it, a parent is there
# for a reference only
MEMBER, PARENT, OUT = 'member', 'parent', 'out'


def first_position(epoch):
    "Return the position before the first one of an epoch."
    return epoch * EPOCH


def epoch_of(position):
    return position // EPOCH


def link(instance, epoch):
    "Return the name of one life of a peer."
    return f'{instance}.{epoch}'


def instance_of(link):
    "Return the number of the peer of a link."
    return int(link.partition('.')[0])


_encode = json.JSONEncoder(separators=(',', ':')).encode


class State:
    """What one database knows about one record, besides the row.

    identity  how the record is known at every instance
    local     the id of the row here
    position  the last place in the feed of this database
    created   the place from which the whole record has to be sent
    unit      the place of the transaction that created it, never changed
    opened    the place at which it was offered to every instance, or None
    dead      whether it was deleted
    left      whether it is dead only because it left the scope
    via       the link that brought all that is new at position, or None
    version   when the value of a field last changed here, unless in fields
    fields    {name: [version, place, via]} where it differs
    origin    the link that brought the fields that are not in fields
    up        the hub's version of the values held, unless in ups
    ups       {name: hub's version} where it differs
    full      whether the hub lacks the record
    base      {name: hub's version under the first unacknowledged edit}
    shown     {name: hub's version} the deleter saw, None unless deleted here
    grave     the last row of a dead record
    hubplace  the hub's last place known of the record
    seen      {link: number up to which that peer's changes were taken}
    aliases   identities merged into this one
    author    [author, time] of who made it, and of the fields not in authors
    authors   {name: [author, time]} of the fields not acknowledged
    last      [author, time] of the last change, None if it is author
    sums      {name: [amount here, [[place, change], ...] not acknowledged]},
              with None for what goes as a value like any other
    kept      its row as the database has it, None if it has none
    """
    __slots__ = (
        'id', 'model', 'identity', 'local', 'position', 'created', 'unit',
        'opened', 'dead', 'left', 'via', 'version', 'fields', 'origin', 'up',
        'ups', 'full', 'base', 'shown', 'grave', 'hubplace', 'seen', 'aliases',
        'author', 'authors', 'last', 'sums', 'kept')
    # Kept together as one JSON text, by a short name, when not empty
    PACKED = {
        'version': 'v', 'fields': 'f', 'origin': 'o', 'up': 'u', 'ups': 'x',
        'left': 'l', 'full': 'n', 'base': 'b', 'shown': 'd', 'grave': 'g',
        'hubplace': 'p', 'seen': 's', 'aliases': 'a', 'author': 'w',
        'authors': 'y', 'last': 't', 'sums': 'c'}
    UNPACKED = {short: name for name, short in PACKED.items()}

    def __init__(self, model, identity, local=None):
        # Written out, as there is one for each record of each message
        self.id = None
        self.model = model
        self.identity = identity
        self.local = local
        self.position = self.created = self.unit = 0
        self.opened = self.via = self.origin = self.author = self.last = None
        self.dead = self.left = self.full = False
        self.version = self.up = self.hubplace = 0
        self.fields, self.ups, self.base = {}, {}, {}
        self.seen, self.authors, self.sums = {}, {}, {}
        self.aliases = []
        self.shown = self.grave = None
        self.kept = None

    def pack(self):
        "Return the JSON text of what has no column of its own."
        values = {
            short: found for short, found in zip(
                self.UNPACKED, _packed(self)) if found}
        if self.shown is not None:
            # An empty dictionary of what was shown still is a deletion
            values['d'] = self.shown
        return _encode(values)

    def unpack(self, values):
        "Take what was packed, decoded."
        for short, found in values.items():
            setattr(self, self.UNPACKED[short], found)

    @property
    def pending(self):
        "Whether the hub has not acknowledged all of it."
        # Of what left the scope a base is kept for when it comes back
        return bool(self.full or self.base and not self.left
            or self.shown is not None)

    @property
    def key(self):
        return self.model, self.identity

    def version_of(self, name):
        return self.fields[name][0] if name in self.fields else self.version

    def place_of(self, name):
        return self.fields[name][1] if name in self.fields else self.version

    def via_of(self, name):
        return self.fields[name][2] if name in self.fields else self.origin

    def told_version(self, name):
        "Return the version by which others know the value of a field."
        # Who had another record that became this one knew later ones of that
        return max(self.version_of(name), self.place_of(name))

    def kept_version(self, name):
        "Return the version of a value that is to have no place of its own."
        return self.told_version(name) if self.aliases else (
            self.version_of(name))

    def version_under(self, identity, name):
        """Return the version to see for who knows a record by an identity.

        What had another one before it became part of this had versions of
        its own.
        """
        if identity == self.identity:
            return self.version_of(name)
        return self.told_version(name)

    def up_of(self, name):
        return max(self.ups.get(name, self.up), UNKNOWN)

    def is_unread(self, name):
        "Whether any version that the hub tells is news."
        return self.ups.get(name) == UNREAD

    def base_of(self, name):
        return self.base.get(name, self.up_of(name))

    def author_of(self, name):
        return self.authors.get(name, self.author)

    @property
    def changed(self):
        "The [author, time] of the last change."
        return self.last or self.author

    def change(self, author):
        "Note who changed it last, at whatever instance."
        self.last = author if author and author != self.author else None

    def saw(self, entry):
        "Note that an entry of a peer was decided on."
        link = entry.link
        name = self.line(entry, link)
        number = max(self.taken(entry, link), entry.number)
        if name == link:
            # It is one there, too
            for alias in entry.aliases:
                self.seen.pop(f'{name}/{alias}', None)
        self.seen[name] = number

    def line(self, entry, link):
        """Return the name under which the numbers of a peer are kept.

        What is one here may be several there, each with numbers of its own.
        """
        if entry.identity == self.identity:
            return link
        return f'{link}/{entry.identity}'

    def lines(self, entry, link):
        "Return that name, with those of what became part of it there."
        return [self.line(entry, link), *(
                link if alias == self.identity else f'{link}/{alias}'
                for alias in entry.aliases)]

    def taken(self, entry, link):
        "Return the number up to which changes of a link were taken."
        if not self.seen:
            return 0
        return max(
            self.seen.get(name, 0) for name in self.lines(entry, link))

    def has_taken(self, entry):
        "Whether an entry comes again."
        return entry.number <= self.taken(entry, entry.link)

    def is_several(self, entry):
        "Whether to the sender another record is this one, too."
        lines = self.lines(entry, entry.link)
        return any(
            name.partition('/')[0] == entry.link and name not in lines
            for name in self.seen)

    def numbers(self, link):
        "Return the numbers of a link under whatever name."
        return [number for name, number in self.seen.items()
            if name == link or name.startswith(f'{link}/')]

    def has_pushed(self, instance):
        "Whether an instance pushed it, in whatever life."
        return any(instance_of(name) == instance for name in self.seen)

    def seen_of(self, instance):
        """Return (the number up to which an instance's changes were taken,
        {former name: the same of what it knows by that}).

        They are of its latest life that told it by that name: a later one may
        know it by another name, or again by a former one.
        """
        numbers = {
            line.partition('/')[2]: self.seen[line]
            for line in sorted(self.seen, key=self.seen.get)
            if instance_of(line) == instance}
        return numbers.pop('', 0), numbers

    def rename(self, name):
        "Be known by another name from now on."
        former, self.identity = self.identity, name
        # It may have been known by that before
        self.aliases = [
            alias for alias in self.aliases if alias != name] + [former]
        self.seen = {
            line_of(line, former, name): number
            for line, number in self.seen.items()}
        self.origin = line_of(self.origin, former, name)
        for field in self.fields.values():
            field[2] = line_of(field[2], former, name)

    def join(self, other):
        "Become one with the state of another record, known by both names."
        self.know_as([other.identity, *other.aliases])
        for line, number in other.seen.items():
            line = line_of(line, other.identity, self.identity)
            self.seen[line] = max(number, self.seen.get(line, 0))

    def know_as(self, names):
        "Note by which other names others know the record."
        self.aliases = self.aliases + [
            name for name in names
            if name not in {self.identity, *self.aliases}]

    def touch(self, name, position, via=None):
        "Note that the value of a field changed."
        self.fields[name] = [position, position, via]

    def move(self, names, position):
        "Give a record, with the values of fields, a new place in the feed."
        self.position, self.via = position, None
        for name in names:
            self.fields[name] = [
                self.version_of(name), position, self.via_of(name)]

    def know(self, names):
        "Note of what the hub has as it is that it goes with the rest."
        for name in names:
            if name not in self.base and self.up_of(name):
                self.fields[name] = [
                    self.kept_version(name), KNOWN, self.via_of(name)]

    def dirty(self, names):
        "Return those of the names that the hub has not acknowledged."
        return list(names) if self.full else [n for n in names
            if n in self.base]


_packed = attrgetter(*State.PACKED)


def line_of(line, former, name):
    "Return a line when a record has a name instead of a former one."
    if line is None:
        return None
    link, slash, alias = line.partition('/')
    if not slash:
        return f'{link}/{former}'
    return link if alias == name else line


def fold(state, operation, names, position, author, pushes):
    """F1: give a captured change its position.

    names are the changed fields, author is [author, time] and pushes tells
    whether this database sends the record to a hub.
    """
    state.position = position
    state.via = None
    if operation == 'create':
        _fold_create(state, position, pushes)
        state.author, state.last = author, None
    elif operation == 'delete':
        _fold_delete(state, names, position, pushes)
        state.change(author)
    else:
        _fold_write(state, names, position, author, pushes)


def count(state, name, amount, position):
    """F4: note by how much a field was changed whose changes are added up.

    amount is what the row has now.
    """
    former, changes = state.sums.get(name, (None, []))
    known = name in state.sums or state.created == position
    if not known and not (name in state.base or state.full):
        # The row may have by now what a later change makes of it
        return
    if not known:
        # Nobody knows what it was before
        changes = None
    if changes is None:
        state.sums[name] = [amount, None]
        return
    # Nothing is not 0
    if known and amount != former:
        changes = changes + [[position, value.add(amount, former, -1)]]
    if known and not changes and state.base.get(name) != UNSENT:
        # It was written as it was, and the hub has it
        state.base.pop(name, None)
    state.sums[name] = [amount, changes]


def settle_sums(state):
    "F4: add up again what went as a value, once that is acknowledged."
    for name, (amount, changes) in state.sums.items():
        if changes is None and name not in state.base and not state.full:
            state.sums[name] = [amount, []]


def renumber_sums(state, names):
    "F4: let the hub take the changes of fields that it lacked until now."
    for name in state.sums.keys() & set(names):
        amount, changes = state.sums[name]
        if changes:
            state.sums[name] = [
                amount, [[state.position, change] for _, change in changes]]


def counted(state, name, amount, seen):
    """S4: return the amount here if the hub has amount.

    It knows the changes up to seen.
    """
    _, changes = state.sums[name]
    changes = [change for change in changes if change[0] > seen]
    for _, change in changes:
        amount = value.add(amount, change)
    state.sums[name] = [amount, changes]
    return amount


def _fold_write(state, names, position, author, pushes):
    state.change(author)
    for name in names:
        state.touch(name, position)
        state.authors[name] = author
        if pushes and not state.full and name not in state.base:
            state.base[name] = state.up_of(name)


def _fold_create(state, position, pushes):
    state.created = state.version = position
    state.unit = state.unit or position
    state.dead, state.grave, state.shown = False, None, None
    state.fields, state.base, state.authors = {}, {}, {}
    state.full = pushes


def _fold_delete(state, names, position, pushes):
    # What the same transaction wrote before is an edit of the last row
    for name in names:
        state.touch(name, position)
        if pushes and not state.full and name not in state.base:
            state.base[name] = state.up_of(name)
    bury(state, pushes)


def bury(state, pushes):
    "Note that a record is deleted, which is pushed if pushes."
    # What was not sent stays in base: the hub may refuse the deletion.  It
    # is told of a record it may lack, as an answer may have been lost.
    state.dead = True
    if pushes:
        if state.full:
            _keep_edits(state)
        # What was left out of what was pushed is not of any version there
        shown = {**state.ups, **{
                name: base for name, base in state.base.items()
                if base != UNSENT}, '': state.up}
        state.shown = {
            name: max(version, UNKNOWN) for name, version in shown.items()}
    state.full = False


def _keep_edits(state):
    "Note what was edited since the hub may have got a record."
    # Its place may be a later one than that of its creation by now
    for name, (_, place, _) in state.fields.items():
        if place > state.unit:
            state.base.setdefault(name, state.up_of(name))


def shown_version(shown, name):
    "Return the version of a field that the deleter of a record saw."
    return shown.get(name, shown.get('', UNKNOWN))
