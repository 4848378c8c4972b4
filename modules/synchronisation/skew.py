# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Fields that begin to synchronise after the records did.

A module may be updated here before it is elsewhere.  What other instances
told of a field that did not travel here was left out, so it is asked for
again; what is here of it is told like an edit.
"""
from itertools import islice

from . import registry
from .epoch import PLACES
from .protocol import UNKNOWN

PART = 500


def added(fields, known):
    """Return {model: names} of the fields that are not among the known ones.

    fields and known are {model: names}; of a new model there are none.
    """
    return {
        model: new for model, names in fields.items()
        if (new := set(names) - set(known.get(model, names)))}


def fill(store, settings, time, fields):
    "F5: tell what is here of fields {model: names}, ask for what is not."
    some = False
    for part in parts(state for state in store.records.every()
            if state.model in fields and not state.dead):
        some = True
        for state in part:
            # Whatever the hub tells of them is news
            state.ups.update(dict.fromkeys(fields[state.model], UNKNOWN))
        _tell(store, settings, time, fields, part)
        store.records.keep(part)
    hub = store.instances.of_hub()
    if hub and some:
        store.instances.note(
            hub, {**dict.fromkeys(PLACES, 0), 'early': None, 'again': True})


def parts(states):
    "Yield lists of states, of which there may be a million."
    states = iter(states)
    while part := list(islice(states, PART)):
        yield part


def _tell(store, settings, time, fields, states):
    rows = {}
    for model in {state.model for state in states}:
        rows[model] = store.read(
            model, [s.local for s in states if s.model == model])
    for state in states:
        values = rows[state.model].get(state.local, {})
        present = [name for name in sorted(fields[state.model])
            if values.get(name) is not None]
        if present:
            position = time.next()
            state.position, state.via = position, None
            for name in present:
                state.touch(name, position)
            if (settings.synchronisation_url and not state.full
                    and registry.is_pushed(store.models[state.model])):
                state.base.update(dict.fromkeys(present, UNKNOWN))
