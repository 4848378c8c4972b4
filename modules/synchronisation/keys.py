# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Who has which natural key, or code, while a message is applied.

Two things with one of them are both kept: the newcomer gets a provisional
one until a person decides.
"""
from collections import defaultdict

from . import identity, registry
from .registry import TEXTS


class Keys:
    """The natural keys and codes that entries bring, and who has them here.

    state_of(entry) is the State of the entry's record or None.  What has a
    key and will have another once the entries are applied gives it up, but
    not if strict: not all entries may be applied as they are.
    """

    def __init__(self, store, entries, state_of, strict=False):
        self.store = store
        self.owners = {}
        self.looked = set()
        self.claimed = set()
        # The keys that others give up
        self.given = defaultdict(set)
        # What rows will have, by the field and the row
        self.givers = defaultdict(set)
        wanted = defaultdict(set)
        for entry in entries:
            state = state_of(entry)
            for name in self.names(entry.model):
                value = entry.values.get(name)
                if is_key(value):
                    wanted[entry.model, name].add(value)
                else:
                    value = None
                if state and (entry.deletion or name in entry.fields):
                    self.givers[entry.model, name, state.local].add(value)
        for (model, name), values in wanted.items():
            self.look(model, name, values)
        if strict:
            self.givers.clear()

    def names(self, model):
        return registry.unique_fields(self.store.models[model])

    def look(self, model, name, values):
        self.looked |= {(model, name, value) for value in values}
        for local, value in self.store.find_by_key(model, list(values), name):
            self.owners[model, name, value] = local

    def is_taken(self, model, name, local, value):
        "Whether another record than local has a key; claims it if not."
        if not is_key(value):
            return False
        key = model, name, value
        if key in self.claimed:
            return True
        if key not in self.looked:
            self.look(model, name, [value])
        owner = self.owners.get(key)
        if owner not in {None, local}:
            if not self.gives(key, owner):
                return True
            self.given[model, name].add(value)
        self.claimed.add(key)
        return False

    def gives(self, key, owner):
        model, name, value = key
        return bool(self.givers.get((model, name, owner), set()) - {value})

    def are_twice(self):
        "Whether two have a key now that one of them was to give up."
        return any(
            len(self.store.find_by_key(model, list(values), name)) > len(
                values)
            for (model, name), values in self.given.items())

    def provisional(self, model, name, value, instance):
        "Return a key that nobody has, instance being who brought the value."
        field = self.store.models[model]._fields[name]
        if field._type not in TEXTS:
            # The database decides about what cannot be empty either
            return value if field.required else None
        number, result = 1, f'{value}~{instance}'
        while True:
            if not self.is_taken(model, name, None, result):
                return result
            number += 1
            result = f'{value}~{instance}.{number}'


def holder(store, model, values, ids, among=None):
    """Return the local id of who has the key of these wire values, or None.

    ids may lack some of what they refer to; it is one of the local ids among
    which to look, if they are given.
    """
    needs = identity.needs(store.models[model], values) - ids.keys()
    return store.find_by_fields(
        model, values, {**store.local_ids(needs), **ids}, among)


def is_key(value):
    "Whether a wire value can be a natural key that two may not have."
    return isinstance(value, (str, int)) and not isinstance(value, bool)
