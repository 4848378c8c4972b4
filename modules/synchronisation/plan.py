# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""In which order received records can be written.

Items are keys (model, identity); needs maps an item to the keys it refers
to; present are those that are here already.
"""
from collections import defaultdict


def admit(groups, needs, present, creates):
    """Return (groups that can be written, [(group, missing keys)]).

    groups come with those that are needed first; creates is {item: key that
    will exist once its group is written}.
    """
    admitted, refused, there = [], [], set(present)
    for group in groups:
        mine = {creates[item] for item in group if item in creates}
        missing = set()
        for item in group:
            missing |= needs.get(item, set()) - there - mine
        if missing:
            refused.append((group, missing))
        else:
            admitted.append(group)
            there |= mine
    return admitted, refused


def levels(items, needs, optional):
    """Return (levels, deferred) to create items after those they need.

    levels are lists of items, deferred is {item: needed keys} of the links
    that close a circle and are written at the end.  optional(item, need) says
    whether a link may be empty meanwhile.
    """
    waiting = {
        item: {n for n in needs.get(item, ()) if n in items and n != item}
        for item in items}
    deferred = defaultdict(set)
    for item in items:
        if item in needs.get(item, ()):
            deferred[item].add(item)
    users = defaultdict(set)
    for item, needed in waiting.items():
        for need in needed:
            users[need].add(item)
    result = []
    ready = [item for item in items if not waiting[item]]
    done = set()
    while len(done) < len(items):
        if not ready:
            ready = _break_circle(items, waiting, done, optional, deferred)
        result.append(ready)
        done.update(ready)
        following = []
        for item in ready:
            for user in users[item]:
                if item in waiting[user]:
                    waiting[user].discard(item)
                    if not waiting[user] and user not in done:
                        following.append(user)
        ready = following
    return result, dict(deferred)


def _break_circle(items, waiting, done, optional, deferred):
    "Return the items that can go in without their optional links."
    free = []
    for item in items:
        if item in done:
            continue
        if all(optional(item, need) for need in waiting[item]):
            deferred[item] |= waiting[item]
            waiting[item] = set()
            free.append(item)
    if not free:
        raise ValueError("a circle of required references")
    return free
