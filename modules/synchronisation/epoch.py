# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""A new life of a database that was restored from a backup.

What was numbered since the last place that the lost life and this one have in
common is numbered again, in a new epoch: under the old numbers the hub may
know other changes.
"""


def begin(store, time, common, above=0):
    """Begin a new life; return how many records are numbered again.

    common is the position up to which the lost life and this one are the
    same, above the latest epoch of this database that others know of.
    """
    shift = time.begin_epoch(common, above)
    states = store.records.after(common)
    for state in states:
        renumber(state, common, shift)
    store.records.keep(states)
    store.clock.write_clock(time)
    return len(states)


def renumber(state, common, shift):
    "Move all the places of a state that are above common."
    def moved(place):
        return place + shift if place and place > common else place
    for name in ['position', 'created', 'unit', 'opened', 'version']:
        setattr(state, name, moved(getattr(state, name)))
    state.fields = {
        name: [moved(version), moved(place), via]
        for name, (version, place, via) in state.fields.items()}
