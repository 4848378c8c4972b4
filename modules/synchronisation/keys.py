# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Who has which natural key while a message is applied.

Two things with one key are both kept: the newcomer gets a provisional key
until a person decides.
"""
from collections import defaultdict

from . import registry

TEXTS = {'char', 'text'}


class Keys:
    """The natural keys that entries bring, and who has them here.

    state_of(entry) is the State of the entry's record or None.  What has a
    key and will have another once the entries are applied gives it up, but
    not if strict: not all entries may be applied as they are.
    """

    def __init__(self, store, entries, state_of, strict=False):
        self.store = store
        self.owners = {}
        self.looked = set()
        self.claimed = set()
        self.givers = set()
        wanted = defaultdict(set)
        for entry in entries:
            name = self.name(entry.model)
            value = entry.values.get(name)
            if is_key(value):
                wanted[entry.model].add(value)
            else:
                value = None
            state = state_of(entry)
            if state and (entry.deletion or name in entry.fields):
                self.givers.add((entry.model, state.local, value))
        for model, values in wanted.items():
            self.look(model, values)
        if strict:
            self.givers.clear()

    def name(self, model):
        return registry.stored_key(self.store.models[model])

    def look(self, model, values):
        self.looked |= {(model, value) for value in values}
        for local, value in self.store.find_by_key(model, list(values)):
            self.owners[model, value] = local

    def is_taken(self, model, local, value):
        "Whether another record than local has a key; claims it if not."
        if not is_key(value):
            return False
        if (model, value) in self.claimed:
            return True
        if (model, value) not in self.looked:
            self.look(model, [value])
        owner = self.owners.get((model, value))
        if owner is None or owner == local or self.gives(model, owner, value):
            self.claimed.add((model, value))
            return False
        return True

    def gives(self, model, owner, value):
        return any(
            giver[:2] == (model, owner) and giver[2] != value
            for giver in self.givers)

    def provisional(self, model, value, instance):
        "Return a key that nobody has, instance being who brought the value."
        name = self.name(model)
        field = self.store.models[model]._fields[name]
        if field._type not in TEXTS:
            # The database decides about what cannot be empty either
            return value if field.required else None
        number, result = 1, f'{value}~{instance}'
        while True:
            if not self.is_taken(model, None, result):
                return result
            number += 1
            result = f'{value}~{instance}.{number}'


def is_key(value):
    "Whether a wire value can be a natural key that two may not have."
    return isinstance(value, (str, int)) and not isinstance(value, bool)
