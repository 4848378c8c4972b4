# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Field by field: what the hub takes and what the satellite takes.

A conflict is found by causality: the value at the hub changed after the
version on which the sender built, and the sender's own database did not
bring it.  No clock is read.
"""
from collections import namedtuple

from .protocol import UNKNOWN, UNSENT, counted, settle_sums
from .value import add

HUB, SATELLITE, REVIEW = 'hub', 'satellite', 'review'
# name, the value that loses, the one that stays
Conflict = namedtuple('Conflict', 'name loser winner loser_by winner_by why')


def take_pushed(
        state, entry, current, position, policy, told=True):
    """H6: merge a pushed entry into a live record of the hub.

    current are the values of the hub's row, policy(name) is HUB, SATELLITE or
    REVIEW, told whether what the sender has read told it of the record.
    Return ({name: value} to write, [Conflict], whether every field of the
    entry was taken at position).
    """
    writes, conflicts, exact = {}, [], True
    before = state.position
    for name, (number, base, value) in entry.fields.items():
        if name in entry.sums:
            amount = total(state, entry, name, current.get(name))
            exact = exact and same(amount, value)
            if not same(amount, current.get(name)):
                writes[name] = amount
                _apply(state, entry, name, position)
        elif number <= state.taken(entry, entry.link_of(name)):
            exact = False
        elif same(current.get(name), value):
            exact = False
        elif is_seen(state, entry, name, current):
            writes[name] = value
            _apply(state, entry, name, position)
        else:
            exact = False
            conflict, wins = _clash(state, entry, name, current, policy)
            conflicts.append(conflict)
            if wins:
                writes[name] = value
                _apply(state, entry, name, position)
    if writes:
        state.change(entry.changed_by(writes))
        move(state, position, before, entry.link, entry.at if told else 0)
    state.saw(entry)
    return writes, conflicts, exact


def total(state, entry, name, amount):
    "Return an amount with the changes of an entry that were not taken."
    for change in entry.changes_of(name, state):
        amount = add(amount, change)
    return amount


def is_seen(state, entry, name, current):
    "Whether the author of a field of an entry saw the value of the hub."
    _, base, _ = entry.fields[name]
    return (entry.built_on(state, name, base)
        or base == UNKNOWN and is_blank(state, name, current))


def wins(state, entry, name, current, Model):
    "Whether the value of a field of an entry is taken, seen or not."
    return (policy(Model, name) == SATELLITE
        or is_seen(state, entry, name, current))


def is_blank(state, name, current):
    "Whether nobody ever entered, or cleared, a field of a record here."
    return (current.get(name) is None
        and state.version_of(name) == state.version
        # At a middle tier only the versions of its hub tell what was cleared
        and state.up_of(name) <= state.up)


def _apply(state, entry, name, position):
    state.touch(name, position, state.line(entry, entry.link_of(name)))
    state.authors[name] = entry.author_of(name)


def move(state, position, before, link, at):
    """Note that a link brought a record to a position.

    It has read all up to at, or sent it itself: that is not told to it again.
    """
    known = before <= at or state.via == link
    state.position = position
    state.via = link if known else None


def _clash(state, entry, name, current, policy):
    wins = policy(name) == SATELLITE
    mine = current.get(name), state.author_of(name)
    theirs = entry.fields[name][2], entry.author_of(name)
    (loser, loser_by), (winner, winner_by) = (
        (mine, theirs) if wins else (theirs, mine))
    return Conflict(
        name, loser, winner, loser_by, winner_by,
        REVIEW if policy(name) == REVIEW else 'conflict'), wins


def policy(Model, name):
    "Return the conflict policy of a field."
    return Model.sync_policy.get(name, Model.sync_policy.get('', HUB))


def acknowledge(state, entry, position):
    """S3: note that the hub took all of a pushed entry at position.

    What was edited after the entry was built stays to be pushed, on the base
    it had.
    """
    if state.dead and state.shown is None and not entry.deletion:
        # What it made alive again comes as something new
        return
    state.hubplace = max(state.hubplace, position)
    if entry.deletion:
        if state.position <= entry.number:
            state.shown, state.base, state.authors = None, {}, {}
        return
    for name in entry.sums:
        if name in state.sums and state.sums[name][1]:
            state.sums[name][1] = [
                change for change in state.sums[name][1]
                if change[0] > entry.number]
    if state.full and entry.full:
        settle_full(state, entry.fields, entry.number)
        state.up, state.ups = position, {}
    else:
        for name in entry.fields:
            # The answer may come after one that knows more
            if state.place_of(name) <= entry.number:
                state.ups[name] = max(position, state.up_of(name))
    # What the model does not send counts as sent
    for name in list(state.base):
        if (state.place_of(name) <= entry.number
                and state.base[name] != UNSENT):
            del state.base[name]
            state.authors.pop(name, None)
    settle_sums(state)


def settle_full(state, names, seen):
    "The hub has the record now; later edits become edits of single fields."
    if state.full:
        state.full = False
        # Most fields are as the record; it may have got fields since
        names = {*state.fields, *(names if state.version > seen else ())}
        for name in names:
            if state.place_of(name) > seen:
                # What was offered again stays on what the hub lost
                state.base.setdefault(name, UNKNOWN)


def is_outdated(state, document):
    """S8: whether a document tells of a record what is known to be over.

    A tombstone, or a record to forget, that the hub has again; or a whole
    record that was deleted here, unless the hub refused that or made it anew;
    or one that left the scope since.
    """
    if not document.alive:
        # What answers our deletion may be from before what the hub lost
        return document.place < state.hubplace and (
            state.shown is None or document.seen < state.position)
    if not state.dead:
        return False
    if state.left:
        return document.place <= state.hubplace
    if state.shown is None:
        # That another one became this does not end it
        return (state.identity == document.identity
            and document.created <= state.hubplace)
    # Else the hub has not decided on our deletion
    return document.seen < state.position


def take_document(state, document, current):
    """S3: merge a document of the hub into a live record of the satellite.

    current are the values of the row.  Return {name: value} to write.
    """
    full = state.full
    if document.whole and document.seen >= state.created:
        settle_full(state, document.values, document.seen)
    # Of a record that the hub lacked until now it decided on each field
    settled = full and not state.full
    writes = {}
    for name, value in document.values.items():
        version = document.version_of(name)
        # Of what was never sent the hub has seen no change
        added = (state.sums.get(name, (None, None))[1] is not None
            and state.base.get(name) != UNSENT)
        if added and version >= state.up_of(name):
            value = counted(state, name, value, document.seen)
            if state.sums[name][1]:
                # The rest is still to be told
                writes.update(
                    {} if same(current.get(name), value) else {name: value})
                state.ups[name] = version
                continue
        elif is_kept(state, name, version, document.seen, settled):
            continue
        if not same(current.get(name), value):
            writes[name] = value
        state.base.pop(name, None)
        state.authors.pop(name, None)
        state.ups[name] = version
        if name in state.sums:
            state.sums[name] = [value, []]
    if (document.whole and not state.base and not state.full
            and document.place >= state.hubplace):
        state.up, state.ups = document.version, dict(document.versions)
    state.hubplace = max(state.hubplace, document.place)
    return writes


def is_kept(state, name, version, seen, settled=False):
    "Whether our value stays, being newer than what the hub decided on."
    if state.base.get(name) == UNSENT:
        return True
    if name in state.base or state.full or settled:
        return state.place_of(name) > seen or version < state.up_of(name)
    return not state.is_unread(name) and version <= state.up_of(name)


def same(one, other):
    "Whether two values of the wire are equal; False is not 0."
    return one == other and type(one) is type(other)
