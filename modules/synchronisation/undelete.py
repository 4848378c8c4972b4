# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Bring deleted records back from their tombstones.

They are created anew as they were last, under the identity they had, and
captured, so that every instance gets them back.
"""
from collections import defaultdict

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import (
    bulk, children, configuration, former, grave, identity, lock, refusal,
    registry, words)
from .capture import CREATE, REPLICA, Buffer, hold_transaction
from .exceptions import RestoreError
from .store import Store
from .writing import Writing


def undelete(states):
    "Bring back deleted records, with what they need and what went with them."
    hold_transaction()
    # Who exchanges must not bring them back at the same time
    lock.positions()
    store = Store()
    found = _found(store, states)
    ids = _present(store, set().union(*(
                identity.needs(store.models[state.model], state.grave)
                for state in found.values())))
    _check_keys(store, found, ids)
    found.update(_parents(store, found, ids))
    for model in {model for model, _ in found}:
        _check_access(model)
    writing = Writing(store, ids)
    for key, state in found.items():
        writing.create(key, state.grave)
    with Transaction().set_context({REPLICA: True}):
        _run(writing)
        # Every instance does it by itself
        children.relink(store, {
                key: state.local for key, state in found.items()
                if state.local is not None}, writing.ids)
    for key in found:
        Buffer.get().add(key[0], writing.ids[key], CREATE)
    # Known by its row, each is the record that it was
    bulk.update(store.records, ['record'], [
            [state.id, writing.ids[key]] for key, state in found.items()])


def _present(store, keys):
    "Return {(model, identity): local id} of the rows that exist."
    ids = store.local_ids(keys)
    by_model = defaultdict(set)
    for (model, _), local in ids.items():
        by_model[model].add(local)
    # What was deleted a moment ago has no tombstone yet
    rows = {model: store.uuids(model, list(members))
        for model, members in by_model.items() if model in store.models}
    return {key: local for key, local in ids.items()
        if local in rows.get(key[0], [local])}


def _check_keys(store, found, ids):
    """Refuse what somebody made again with the same ends.

    The database forbids it only where the model says so.
    """
    for state in found.values():
        Model = store.models[state.model]
        names = registry.key_fields(Model)
        if (names and registry.may_meet(Model, state.grave)
                and store.find_by_fields(state.model, {
                        name: state.grave.get(name) for name in names}, ids)):
            raise RestoreError(gettext(
                    'synchronisation.msg_undelete_refused',
                    reason=gettext('synchronisation.msg_key_unique')))


def _found(store, states):
    "Return {key: State} of records and of what was deleted with them."
    found = {}
    has_hub = configuration.load(
        Transaction().database.name).synchronisation_url
    for state in states:
        if not state.dead or state.left or not state.grave or (
                state.model not in store.models):
            raise RestoreError(gettext(
                    'synchronisation.msg_undelete_grave',
                    model=words.model(state.model), identity=state.identity))
        if has_hub and not registry.is_pushed(store.models[state.model]):
            raise RestoreError(gettext(
                    'synchronisation.msg_undelete_hub',
                    model=words.model(state.model)))
        found[state.model, state.identity] = state
    former.rename(store, found.values())
    for position in {state.position for state in states}:
        _add_mates(store, found, [
                mate for mate in store.records.dead_at(position)
                if any(_went_together(mate, state) for state in states)])
    return found


def _went_together(mate, state):
    """Whether one transaction deleted two records of one place.

    What an answer tells of has one place here, and those of the hub there.
    """
    return (mate.pending or state.pending
        or mate.hubplace == state.hubplace)


def _add_mates(store, found, mates):
    "Add those of the mates that refer to what is found."
    mates = {(state.model, state.identity): state for state in mates
        if state.grave and state.model in store.models}
    more = True
    while more:
        more = {key: state for key, state in mates.items()
            if key not in found and found.keys() & identity.needs(
                store.models[state.model], state.grave)}
        found.update(more)


def _parents(store, found, ids):
    "Return {key: State} of the deleted records to which the found refer."
    needs = set().union(*(
            identity.needs(store.models[state.model], state.grave)
            for state in found.values())) - found.keys()
    graves = grave.open_graves(store, needs, ids)
    if missing := needs - ids.keys() - graves.keys():
        raise RestoreError(gettext(
                'synchronisation.msg_restore_missing', name=', '.join(
                    sorted(words.record(*key) for key in missing))))
    return {key: state for key, (state, _) in graves.items()
        if key not in found}


def _check_access(model):
    ModelAccess = Pool().get('ir.model.access')
    with Transaction().set_context(_check_access=True):
        ModelAccess.check(model, 'create')


def _run(writing):
    try:
        writing.run()
    except refusal.REFUSALS as error:
        _, sentence = refusal.reason(error)
        raise RestoreError(gettext(
                'synchronisation.msg_undelete_refused', reason=sentence)
            ) from error
