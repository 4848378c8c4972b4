# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Deleted records that come back because what is received refers to them.

A child is never refused for a parent that somebody else deleted meanwhile.
"""
from . import former, identity


def open_graves(store, needs, present):
    """Return {key: (State, keys it needs)} of what can come back.

    needs are the keys that are referred to, present {key: local id} of what
    is here, to which those are added that the graves refer to.
    """
    found = _read(store, needs - present.keys())
    wanted = set().union(*(keys for _, keys in found.values()))
    present.update(store.local_ids(wanted - present.keys() - found.keys()))
    while lost := [key for key, (_, keys) in found.items()
            if keys - present.keys() - found.keys()]:
        for key in lost:
            del found[key]
    return found


def _read(store, wanted):
    "Return the dead among wanted and among all that those refer to."
    found = {}
    while wanted:
        graves = {key: state for key, state in store.records.load(
                'identity', wanted).items() if state.dead and state.grave}
        former.rename(store, graves.values())
        dead = {
            key: (state, identity.needs(
                    store.models[state.model], state.grave))
            for key, state in graves.items()}
        found.update(dead)
        wanted = set().union(
            *(keys for _, keys in dead.values())) - found.keys()
    return found
