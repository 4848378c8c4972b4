# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Deleted records that come back because what is received refers to them.

A child is never refused for a parent that somebody else deleted meanwhile.
"""
from . import former, identity


def open_graves(store, needs, present, told=frozenset()):
    """Return {key: (State, keys it needs)} of what can come back.

    needs are the keys that are referred to, present {key: local id} of what
    is here, to which those are added that the graves refer to, and told those
    that come back by what is told of them.
    """
    found = _read(store, needs - present.keys(), told)
    wanted = set().union(*(keys for _, keys in found.values()))
    present.update(store.local_ids(wanted - present.keys() - found.keys()))
    while lost := [key for key, (_, keys) in found.items()
            if keys - present.keys() - found.keys()]:
        for key in lost:
            del found[key]
    return found


def clean(store, states, told):
    """Let the last values of dead records refer to what can be here.

    They have the names of today, and no reference to what was deleted before
    anybody here had it: nobody could bring that back.  Nor has what left the
    scope one to what left it with nothing kept: what the hub above has of it
    is not changed by that.
    """
    former.rename(store, states)
    lost = {key: state for key, state in store.records.load(
                'identity', set().union(*(
                    identity.needs(store.models[state.model], state.grave)
                    for state in states)) - told).items()
        if state.dead and not state.grave}
    never = {key for key, state in lost.items()
        if not (state.left or state.hubplace)}
    left = never | {key for key, state in lost.items() if state.left}
    for state in states:
        if gone := left if state.left else never:
            _forget(store.models[state.model], state, gone)


def _forget(Model, state, gone):
    "Let the last values of a dead record not refer to what is gone."
    state.grave = {
        name: None if not Model._fields[name].required
        and identity.needs(Model, {name: value}) & gone else value
        for name, value in state.grave.items()}


def _read(store, wanted, told):
    "Return the dead among wanted and among all that those refer to."
    found = {}
    while wanted:
        graves = {key: state for key, state in store.records.load(
                'identity', wanted).items() if state.dead and state.grave}
        clean(store, graves.values(), told)
        dead = {
            key: (state, identity.needs(
                    store.models[state.model], state.grave))
            for key, state in graves.items()}
        found.update(dead)
        wanted = set().union(
            *(keys for _, keys in dead.values())) - found.keys()
    return found
