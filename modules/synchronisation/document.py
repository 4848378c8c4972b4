# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The documents in which the hub tells of its records."
from collections import defaultdict

from .message import Document
from .protocol import OUT


def answers(store, items, instance):
    """Return the documents that answer entries with the present state.

    items are (entry, state, whether to send the whole record).
    """
    by_model = defaultdict(list)
    for _, state, _ in items:
        if not state.dead:
            by_model[state.model].append(state.local)
    rows = {model: store.read(model, ids)
        for model, ids in by_model.items()}
    scopes = store.scopes.of([state.id for _, state, _ in items])
    return [
        _answer(entry, state, whole, instance,
            scopes[state.id].get(instance),
            rows.get(state.model, {}).get(state.local, {}))
        for entry, state, whole in items]


def _answer(entry, state, whole, instance, scope, values):
    if state.dead:
        # It may have been told at the place at which it entered the scope
        document = Document(
            state.model, state.identity,
            Document.FORGET if state.left else Document.DEAD,
            max(state.position, scope[2] if scope else 0))
    elif whole:
        document = tell(state, values, instance)
    else:
        document = tell(state, {n: values[n] for n in entry.fields
                if n in values}, instance)
        document.kind = Document.PARTIAL
    if document.alive and scope:
        # A hub that is restored from before lacks that it is there
        _, kind, entered = scope
        if kind != OUT:
            document.place = max(entered, document.position)
    document.seen, document.lines = state.seen_of(instance)
    document.aliases = state.aliases
    return document


def tell(state, values, instance):
    "Return the whole document of a live record with its wire values."
    document = Document(
        state.model, state.identity, Document.WHOLE, state.position)
    document.created = state.created
    document.unit = state.unit
    document.version = state.version
    document.versions = {
        name: told for name in values if name in state.fields
        and (told := state.told_version(name)) != state.version}
    document.values = values
    document.seen, document.lines = state.seen_of(instance)
    document.aliases = state.aliases
    document.author, document.last = state.author, state.last
    return document
