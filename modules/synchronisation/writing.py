# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Write a set of received records in an order that the references allow."
import logging
from collections import defaultdict
from functools import partial
from itertools import chain

from . import children, identity, journal, plan, registry, trees
from .keys import holder, is_key
from .refusal import REFUSALS, reason
from .registry import TEXTS
from .replica import Violation

logger = logging.getLogger(__name__)


class Writing:
    """The rows to create, write and delete at once.

    ids maps (model, identity) to the local ids of what is referred to and
    gains those of the rows that are created.
    """

    def __init__(self, store, ids):
        self.store = store
        self.ids = ids
        self.new = {}
        self.changed = defaultdict(dict)
        self.dead = defaultdict(list)
        # Of these somebody may want the files, in spite of it
        self.kept = set()
        self.referring = []

    def create(self, key, values):
        self.new[key] = values

    def complete(self, key, values):
        "Create a row with these values, too."
        self.new[key] = {**self.new[key], **values}

    def write(self, model, local, values):
        if values:
            self.changed[model].setdefault(local, {}).update(values)

    def delete(self, model, local, keeps=True):
        "Delete a row; with keeps it may come back as it was."
        self.dead[model].append(local)
        if keeps:
            self.kept.add((model, local))

    def refer(self, model, local, name, key):
        "Let a row that does not travel refer to a record."
        self.referring.append((model, local, name, key))

    def releases(self, state, child, name):
        "Whether a row that refers to a record by a field will not any more."
        model, local = child
        values = self.changed[model].get(local, {})
        return name in values and values[name] != state.identity

    def run(self):
        """Write everything.

        It is not undone if it fails, see savepoint.
        """
        for model, ids in self.dead.items():
            for local in ids:
                # It may take the place of another until it is deleted
                self.changed[model].pop(local, None)
        self._release_keys()
        self._delete_first()
        self._detour()
        self._create()
        self._write()
        for model, local, name, key in self.referring:
            self.store.refer(model, local, name, self.ids[key])
        self._check_trees()
        self._delete(self.dead)

    def _delete_first(self):
        """Make room for others under the same keys.

        A key of several fields cannot be given up otherwise.  What rows refer
        to that stay is deleted after these were written.
        """
        models = {model for model, _ in self.new} | self.changed.keys()
        if not any(registry.key_fields(self.store.models[model])
                for model in models & self.dead.keys()):
            return
        dead = {(model, local)
            for model, ids in self.dead.items() for local in ids}
        late = self._referred(dead)
        if late and self._hand_over(late):
            late = self._referred(dead)
        self._delete(_by_model(dead - late))
        self.dead = _by_model(late)

    def _referred(self, dead):
        "Return those of some rows to which others refer that stay."
        return children.staying(
            self.store, dict.fromkeys(dead), [], {}, lambda *_: False)

    def _hand_over(self, dead):
        "Let rows refer to what is there in place of what goes, first of all."
        released = False
        for model, ids in _by_model(dead).items():
            for _, (child, local), name in self.store.children(
                    model, list(ids)):
                value = self.changed.get(child, {}).get(local, {}).get(name)
                if value is None or name in registry.key_fields(
                        self.store.models[child]):
                    continue
                if identity.needs(self.store.models[child], {
                            name: value}) <= self.ids.keys():
                    self.store.write(
                        child, [(local, {name: value})], self.ids)
                    released = True
        return released

    def _delete(self, dead):
        for model in self._deletion_order(dead):
            self.store.delete(model, dead[model], {
                    local for local in dead[model]
                    if (model, local) in self.kept})

    def _deletion_order(self, rows):
        "Return the models, those that refer to others first."
        dead = [model for model, ids in rows.items() if ids]
        levels, _ = plan.levels(
            dead, {
                model: set(registry.relations(
                        self.store.models[model]).values())
                for model in dead},
            lambda model, need: True)
        return [model for level in reversed(levels) for model in level]

    def _release_keys(self):
        "Free the keys that others get from rows that give them up."
        wanted = defaultdict(set)
        written = [(model, values) for (model, _), values in self.new.items()]
        for model, rows in self.changed.items():
            written += [(model, values) for values in rows.values()]
        for model, values in written:
            for name in registry.unique_fields(self.store.models[model]):
                if is_key(key := values.get(name)):
                    wanted[model, name].add(key)
        for (model, name), keys in wanted.items():
            self._release(model, name, list(keys))

    def _release(self, model, name, values):
        rows = []
        for local, value in self.store.find_by_key(model, values, name):
            changes = self.changed[model].get(local, {})
            if local in self.dead[model] or (
                    name in changes and changes[name] != value):
                rows.append((local, {
                            name: self._free_key(model, name, local, value)}))
        if rows:
            self.store.write(model, rows, self.ids)

    def _free_key(self, model, name, local, value):
        "Return what nobody has as a key, for the time of the writing."
        field = self.store.models[model]._fields[name]
        if not field.required:
            return None
        return f'{value}~~{local}' if field._type in TEXTS else -local

    def _create(self):
        needs = {key: identity.needs(self.store.models[key[0]], values)
            for key, values in self.new.items()}
        levels, deferred = plan.levels(self.new, needs, self._is_optional)
        for level in levels:
            by_model = defaultdict(list)
            for key in level:
                by_model[key[0]].append(key)
            for model, keys in by_model.items():
                self._create_rows(model, keys, deferred)
        for key, links in deferred.items():
            self._complete(key, links)

    def _is_optional(self, key, need):
        Model = self.store.models[key[0]]
        return not any(Model._fields[name].required
            for name in self._names_of(Model, self.new[key], need))

    def _names_of(self, Model, values, need):
        "Return the fields whose value refers to need."
        return [name for name in values
            if need in identity.needs(Model, {name: values[name]})]

    def _detour(self):
        "Move rows out of the way that change places with each other."
        for model, rows in self.changed.items():
            for names in registry.together(self.store.models[model]):
                moving = [local for local, values in rows.items()
                    if not values.keys().isdisjoint(names)]
                if len(moving) > 1:
                    self._make_room(model, names, moving)

    def _make_room(self, model, names, moving):
        "Let those of these rows have another key whose key another gets."
        rows = self.changed[model]
        current = self.store.read(model, moving)
        for local in current:
            before = {name: current[local][name] for name in names}
            key = {
                name: rows[local].get(name, before[name]) for name in names}
            if key == before:
                continue
            other = holder(self.store, model, key, self.ids)
            if other != local and other in moving:
                self._move_aside(model, other, names, current[other])

    def _move_aside(self, model, local, names, current):
        "Move a row where there is room, until all are written."
        rows = self.changed[model]
        name = self.store.detour(model, local, sorted(
                names, key=lambda name: name not in rows[local]))
        if name is not None and name not in rows[local]:
            # What does not change comes back
            rows[local][name] = current[name]
            self.ids.update(self.store.local_ids(identity.needs(
                        self.store.models[model], {name: current[name]})))

    def _move_away(self, model):
        "Give rows their new key of several fields before others get it."
        Model = self.store.models[model]
        names = set(chain.from_iterable(registry.together(Model)))
        rows = []
        for local, values in self.changed[model].items() if names else ():
            moved = {n: values[n] for n in names if n in values}
            if moved and identity.needs(Model, moved) <= self.ids.keys():
                rows.append((local, moved))
        if rows:
            self.store.write(model, rows, self.ids)

    def _create_rows(self, model, keys, deferred):
        self._move_away(model)
        Model = self.store.models[model]
        rows = []
        for key in keys:
            values = self.new[key]
            if key in deferred:
                late = {name for need in deferred[key]
                    for name in self._names_of(Model, values, need)}
                values = {
                    n: None if n in late else v for n, v in values.items()}
            rows.append((key[1], values))
        for key, id_ in zip(keys, self.store.create(model, rows, self.ids)):
            self.ids[key] = id_

    def _complete(self, key, links):
        Model = self.store.models[key[0]]
        names = {name for need in links
            for name in self._names_of(Model, self.new[key], need)}
        self.write(key[0], self.ids[key],
            {name: self.new[key][name] for name in names})

    def _check_trees(self):
        "Refuse what would put a record below itself, as trytond does."
        for model in {model for model, _ in self.new} | self.changed.keys():
            for name in trees.fields_of(self.store.models[model]):
                rows = [(self.ids[key], values)
                    for key, values in self.new.items() if key[0] == model]
                rows += self.changed[model].items()
                ids = {id_ for id_, values in rows
                    if values.get(name) is not None}
                if trees.has_circle(
                        partial(self.store.parents, model, name), ids):
                    raise Violation('constraint', (
                            f'A "{model}" would be below itself by its '
                            f'"{name}".'))

    def _write(self):
        for model, rows in self.changed.items():
            self.store.write(model, list(rows.items()), self.ids)


def halved(groups, apply, refuse):
    """Apply groups at once, by halves if that fails, so that one bad group
    delays no other.

    apply(groups) does all or nothing; refuse(group, code, sentence) is
    called for each group that cannot be applied even alone.
    """
    if not groups:
        return
    try:
        apply(groups)
    except REFUSALS as error:
        if len(groups) == 1:
            journal.trace(
                logger, "a unit cannot be applied", error, logging.INFO)
            refuse(groups[0], *reason(error))
            return
        middle = len(groups) // 2
        halved(groups[:middle], apply, refuse)
        halved(groups[middle:], apply, refuse)


def _by_model(keys):
    result = defaultdict(list)
    for model, local in keys:
        result[model].append(local)
    return result


def lock_rows(store, items):
    "Wait for the users who are writing the rows of received items."
    keys = {item.key for item in items}
    # What is merged is known here by its former name
    keys |= {(item.model, alias) for item in items for alias in item.aliases}
    ids = store.local_ids(keys)
    by_model = defaultdict(list)
    for (model, _), local in ids.items():
        by_model[model].append(local)
    for model in sorted(by_model):
        store.lock_rows(model, by_model[model])
