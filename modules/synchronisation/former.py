# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""References by names that records had before they were merged.

Who has not heard of it yet goes on to use them, also when the record was
deleted meanwhile.
"""
import copy

from . import identity


def resolve(store, needs):
    "Return ({key: State} of what is referred to, {former key: identity})."
    states = store.records.load('identity', needs)
    names = store.aliases.resolve(needs - states.keys())
    states.update(store.records.load('identity', {
                (model, name) for (model, _), name in names.items()}))
    return states, names


def rename(store, graves):
    "Let the last values of dead records refer by the names of today."
    _, names = resolve(store, set().union(*(
                identity.needs(store.models[state.model], state.grave)
                for state in graves)))
    for state in graves if names else ():
        state.grave = identity.renamed(
            store.models[state.model], state.grave, names)


def rename_entry(entry, Model, names):
    "Let a pushed entry refer by the names of today."
    values = identity.renamed(Model, entry.values, names)
    entry.fields = {name: (number, base, values[name])
        for name, (number, base, _) in entry.fields.items()}


def renamed_entry(entry, Model, names):
    "Return a pushed entry that refers by the names of today."
    if not names:
        return entry
    entry = copy.copy(entry)
    rename_entry(entry, Model, names)
    return entry
