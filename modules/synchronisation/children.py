# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What keeps a record: the rows that refer to it.

Records are known here by (model, local id).
"""
from collections import defaultdict


def staying(store, states, first, mates, releases):
    """Return the keys of the records that cannot be deleted.

    states are those that should be, by key; first those of them that stay
    for another reason; mates {key: keys that stay when it does}.
    releases(state, child, field) tells whether a row that refers to a record
    will not any more.
    """
    owners = defaultdict(list)
    stay = list(first)
    for key, child, name in _children(store, states):
        if not releases(states[key], child, name):
            if child in states:
                owners[child].append(key)
            else:
                stay.append(key)
    result = set()
    while stay:
        key = stay.pop()
        if key not in result:
            result.add(key)
            stay += owners[key]
            stay += mates.get(key, ())
    return result


def _children(store, states):
    "Yield (key, key of a row that refers to it, field)."
    return _found(store.children, states)


def _found(find, keys):
    by_model = defaultdict(list)
    for model, local in keys:
        by_model[model].append(local)
    for model, ids in by_model.items():
        for local, child, name in find(model, ids):
            yield (model, local), child, name


def relink(store, former, ids=None):
    """Let what referred to rows that came back refer to them.

    They get what stays at this instance, too.  former maps the keys of the
    records to the ids that the rows had, ids to those that they have, if the
    store does not know them yet.
    """
    names = {(model, local): identity
        for (model, identity), local in former.items()}
    ids = store.local_ids(former) if ids is None else ids
    changes = defaultdict(lambda: defaultdict(dict))
    for (model, local), (child, id_), field in _children(store, names):
        identity = names[model, local]
        if (model, identity) in ids and child in store.models:
            changes[child][id_][field] = identity
    for (model, local), (child, id_), field in _found(
            store.referring, names):
        identity = names[model, local]
        if (model, identity) in ids:
            changes[child][id_][field] = [model, identity]
    for child, rows in changes.items():
        store.write(child, list(rows.items()), ids)
    replaced = defaultdict(dict)
    for key in former.keys() & ids.keys():
        replaced[key[0]][former[key]] = ids[key]
    for model, rows in replaced.items():
        store.bring_back_local(model, rows)
