# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What people decide about conflicts, and how decisions meet.

A decision is [KEPT or TAKEN, author, time].  A conflict has a list of them:
the first closed it, those of who did not know yet come after.  The order is
that of the hub.  No value depends on it: to take a value is to write it.
"""
from . import wire
from .protocol import OUT

OPEN, KEPT, TAKEN = 'open', 'kept', 'taken'
CONFLICT = 'synchronisation.conflict'


def state(decisions):
    "Return the state of a conflict with these decisions."
    return decisions[0][0] if decisions else OPEN


def join(first, second):
    "Return a list of decisions with those of another that it lacks."
    return first + [
        decision for decision in second if decision not in first]


def fold(folding, changes):
    "F3: give what people decided here its author and its place."
    changes = [change for change in changes if change.model == CONFLICT]
    if not changes:
        return
    conflicts = folding.store.conflicts
    authors = folding.authors({change.author for change in changes})
    for change in changes:
        told = [[name, authors[change.author], change.time]
            for name in change.fields]
        rows = conflicts.read_rows(change.records)
        for row in rows:
            row['decisions'] = join(row['decisions'], told)
            row['pending'] = bool(folding.settings.synchronisation_url)
        conflicts.keep_rows(rows, folding.time.next())


def take_told(store, rows, place):
    "S9: take the conflicts that the hub told, whose order of decisions goes."
    known = store.conflicts.load([row['name'] for row in rows])
    changed = []
    for row in rows:
        kept = known.get(row['name'])
        decisions = kept['decisions'] if kept else []
        told = row['decisions']
        row['decisions'] = join(told, decisions)
        row['pending'] = row['decisions'] != told
        if kept is None:
            changed.append(row)
            continue
        # The hub knows by which name the record is known now
        present = {name: row[name]
            for name in ['identity', 'decisions', 'pending']}
        if any(kept[name] != value for name, value in present.items()):
            changed.append({**kept, **present})
    store.conflicts.keep_rows(changed, place)


def tell_again(store, keys, give_place):
    "Let who reads on hear of the open conflicts of records, by any name."
    if rows := store.conflicts.open_of(keys):
        store.conflicts.keep_rows(rows, give_place())


def take_pushed(store, rows, place, pending):
    """H12: take the conflicts and decisions of a satellite.

    pending tells whether the hub above has to know.
    """
    known = store.conflicts.load([row['name'] for row in rows])
    # The record of a case may have got another name since
    names = store.aliases.resolve({
            (kept['model'], kept['identity']) for kept in known.values()})
    changed = []
    for row in rows:
        kept = known.get(row['name'])
        key = kept and (kept['model'], kept['identity'])
        if kept is None:
            changed.append({**row, 'pending': pending})
        elif (key[0], names.get(key, key[1])) == (
                row['model'], row['identity']):
            decisions = join(kept['decisions'], row['decisions'])
            if decisions != kept['decisions']:
                changed.append({
                        **kept, 'decisions': decisions, 'pending': pending})
    store.conflicts.keep_rows(changed, place)


def acknowledge(store, heard):
    "S10: note that the hub has conflicts, with so many decisions each."
    wire.expect(isinstance(heard, list) and all(
            isinstance(pair, list) and len(pair) == 2 for pair in heard),
        'conflicts')
    counts = {name: count for name, count in heard}
    store.conflicts.settle([
            name for name, row in store.conflicts.load(list(counts)).items()
            if len(row['decisions']) == counts[name]])


def visible(store, rows, instance, former=False):
    """Return ({(model, identity): State}, those that an instance may see).

    They are the records of conflicts.  The hub may know one by another
    identity than the sender of the conflict.  former counts those that have
    left the scope of the instance.
    """
    keys = {(row['model'], row['identity']) for row in rows}
    aliases = store.aliases.resolve(keys)
    found = store.records.load('identity', {
            (model, aliases.get((model, name), name))
            for model, name in keys})
    scopes = store.scopes.of([state.id for state in found.values()])
    states = {}
    for model, name in keys:
        key = model, aliases.get((model, name), name)
        if key in found:
            states[model, name] = found[key]
    allowed = {key for key, state in states.items()
        if state.opened is not None or (
            former and instance in scopes[state.id]
            or scopes[state.id].get(instance, (None, OUT))[1] != OUT)}
    return states, allowed
