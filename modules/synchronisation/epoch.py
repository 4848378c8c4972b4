# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""New lives of databases that were restored from backups.

The own one: what was numbered since the last place that the lost life and
this one have in common is numbered again, in a new epoch: under the old
numbers the hub may know other changes.

That of the hub: what it lost is offered to it again, on the versions that it
had, which the new life knows nothing newer than.
"""
from . import identity, reception, registry
from .loss import Leftovers
from .mixin import SyncMode
from .protocol import KNOWN, UNKNOWN

PLACES = ['at', 'since', 'known', 'told']


def begin(store, time, common, above=0, told=0):
    """Begin a new life; return how many records are numbered again.

    common is the position up to which the lost life and this one are the
    same, above the latest epoch of this database that others know of, and
    told the position up to which the lost life may have told what this one
    has, too.
    """
    shift = time.begin_epoch(common, above)
    states = store.records.after(common)
    for state in states:
        renumber(state, common, shift, told)
    store.records.keep(states)
    store.clock.write_clock(time)
    store.leap_numbers()
    return len(states)


def renumber(state, common, shift, told=0):
    """Move all the places of a state that are above common.

    Nobody knows whether changes up to told were added already: they go as a
    value, which is equal then.
    """
    def moved(place):
        return place + shift if place and place > common else place
    for name in ['position', 'created', 'unit', 'opened', 'version']:
        setattr(state, name, moved(getattr(state, name)))
    state.sums = {
        name: [amount, None if changes is None or any(
                common < place <= told for place, _ in changes)
            else [[moved(place), change] for place, change in changes]]
        for name, (amount, changes) in state.sums.items()}
    state.fields = {
        name: [moved(version), moved(place), via]
        for name, (version, place, via) in state.fields.items()}


def held(store, loss):
    """Return {model: identities} of what the hub may not know to be here.

    Of what was deleted here it has to take the deletion; what waits may come.
    """
    result = {}
    for state in store.records.every():
        if ((not state.dead or state.shown is not None)
                and loss.is_lost(state.hubplace)):
            result.setdefault(state.model, set()).add(state.identity)
    rows = store.quarantine.waiting('here', store.instances.of_hub().number)
    for document in reception.remembered(store, rows):
        if document.alive and loss.is_lost(document.place):
            result.setdefault(document.model, set()).add(document.identity)
    # The hub gives no records that stay with who made them
    return {model: sorted(names) for model, names in result.items()
        if model in store.models
        and store.models[model].sync_mode != SyncMode.push_update}


def dropped(store, loss):
    "Return {model: identities} of what the hub may believe to be here."
    result = {}
    for state in store.records.every():
        # The hub may have lost that it was told of it, too
        if state.left and (state.hubplace == UNKNOWN
                or loss.is_lost(state.hubplace)):
            result.setdefault(state.model, []).append(state.identity)
    return result


def offer_again(store, time, hub, loss, own):
    """Let everything that the hub lost be pushed; it is on its old versions.

    own is the number of this instance.  Of what only the hub writes it gets
    what it wrote, and nothing that was changed here.
    """
    forget_names(store, loss)
    others = False
    for state in store.records.every():
        Model = store.models.get(state.model)
        if Model is None:
            continue
        # What it was taken for may have been here only as that
        others = others or (state.shown is not None
            and state.up == UNKNOWN and loss.is_lost(state.hubplace))
        if state.left and loss.is_lost(state.hubplace):
            # Whatever the hub tells of it is news
            state.hubplace = UNKNOWN
            store.records.keep([state])
        names = registry.names(Model)
        if state.left:
            if keep_lost(state, Model, loss):
                store.records.keep([state])
            continue
        if not registry.is_pushed(Model):
            if state.dead and _is_own(store, state, own):
                continue
            names = [name for name in names if name not in state.authors]
        if _offer(state, names, loss, time):
            store.records.keep([state])
    store.conflicts.offer_again()
    store.offer_versions_again()
    leftovers = Leftovers(store, time, hub, loss)
    leftovers.clear()
    values = {name: loss.kept(getattr(hub, name) or 0) for name in PLACES}
    # What had moved behind the last page may be back before its end
    values = {name: place if name == 'known' else min(place, values['since'])
        for name, place in values.items()}
    if leftovers.place is not None:
        values = {
            name: min(place, leftovers.place)
            for name, place in values.items()}
    if others:
        values = dict.fromkeys(PLACES, 0)
    store.instances.note(hub, {**values, 'epoch': loss.epoch})
    store.clock.write_clock(time)


def forget_names(store, loss):
    """Forget what was one to a hub that lost it, which may have two by now.

    It is told the names, and says anew what is one.  Who has satellites keeps
    them, for these use the names.
    """
    if store.instances.has_satellites():
        return
    store.aliases.forget([
        (state.model, name) for state in store.records.every()
        if loss.is_lost(state.hubplace) for name in state.aliases])


def _is_own(store, state, own):
    "Whether this instance changed a record last."
    if not state.changed:
        return False
    (instance, *_), = store.authors.tell([state.changed[0]])
    return instance == own


def _offer(state, names, loss, time):
    lost = [name for name in names if loss.is_lost(state.base_of(name))]
    if state.dead:
        return _offer_dead(state, lost, loss, time)
    changed = bool(lost)
    if state.full:
        # The rest is on its way; what the hub had is not there any more
        _expect_news(state, lost)
        lost = [name for name in lost if state.place_of(name) == KNOWN]
    if not lost:
        return changed
    # An edit on top of a version that is not known yet goes with the rest
    state.full = state.full or all(
        name in lost or state.base_of(name) == UNKNOWN for name in names)
    _offer_fields(state, lost, time)
    return True


def keep_lost(state, Model, loss):
    """Note which of the last values of what left the scope the hub lost.

    They are edits should it come back.  Return whether there are any.
    """
    values = state.grave or {}
    lost = [name for name in values if loss.is_lost(state.base_of(name))]
    for name in lost:
        # What it refers to may be gone by then
        if registry.is_pushed(Model) and not identity.needs(
                Model, {name: values[name]}):
            state.base.setdefault(name, state.up_of(name))
        # Whatever the hub tells of it is news
        state.ups[name] = UNKNOWN
    return bool(lost)


def _offer_dead(state, lost, loss, time):
    # What it had goes with it, should somebody bring it back
    lost = [name for name in lost if name in (state.grave or {})]
    if state.shown is None:
        if not loss.is_lost(state.hubplace):
            return False
        # The lost life decided on it, knowing all that there was
        state.shown = {'': state.hubplace}
    elif not lost:
        return False
    _offer_fields(state, lost, time)
    return True


def _offer_fields(state, lost, time):
    state.move(lost, time.next())
    _expect_news(state, lost)
    for name in lost:
        if name in state.sums:
            # The hub has not got what the changes since are of
            state.sums[name][1] = None


def _expect_news(state, names):
    "Take whatever the hub answers of fields of which it lost the versions."
    for name in names:
        state.base.setdefault(name, state.up_of(name))
        state.ups[name] = UNKNOWN
