# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Trees: no record is below itself.

Of two edits each of which is right by itself one may close a circle, and who
follows the parents of a record there never ends.
"""
import inspect

from . import merge, registry


def fields_of(Model):
    "Return the names of the many2ones by which the records make a tree."
    return _declared(Model) | set(Model.sync_trees)


@registry.cached
def _declared(Model):
    "Return the names of the parents that trytond's tree() was given."
    names = {
        inspect.getclosurevars(klass.check_recursion.__func__).nonlocals[
            'parent']
        for klass in Model.__mro__
        if klass.__module__ == 'trytond.model.tree'}
    return {name for name in names
        if registry.relations(Model).get(name) == Model.__name__}


def has_circle(parents_of, ids):
    """Whether a row of ids is below itself.

    parents_of(ids) returns {id: id of the parent or None}.
    """
    parents, left = {}, set(ids)
    while left:
        parents.update(parents_of(left))
        left = {parent for parent in map(parents.get, left)
            if parent is not None} - parents.keys()
    return any(is_below(parents.get, parents.get(id_), id_) for id_ in ids)


def is_below(parent_of, node, top):
    "Whether a node is top, or below it; parent_of(node) may be None."
    seen = set()
    while node is not None and node not in seen:
        if node == top:
            return True
        seen.add(node)
        node = parent_of(node)
    return False


class TreesMixin:
    "What an Application does about trees."

    def circles(self, entry, state):
        """Return the fields of an entry that would put a record below itself.

        They stay as they are here, as a case.
        """
        names = {name for name in fields_of(self.store.models[entry.model])
            if name in entry.fields and entry.fields[name][0] > state.taken(
                entry, entry.link_of(name))
            and is_below(
                lambda node: self.parent_of(entry.model, node, name),
                entry.values[name], state.identity)}
        current = self.current_of(entry, state)
        for name in names:
            self.refused.add((state.key, name))
            self.note_conflict(entry, state, merge.Conflict(
                    name, entry.values[name], current.get(name),
                    entry.author_of(name), state.author_of(name), 'conflict'),
                state.version_of(name))
        return names

    def parent_of(self, model, identity, name):
        "Return the parent that a record will have, an identity or None."
        key = model, identity
        local = self.ids.get(key) or self.store.local_ids([key]).get(key)
        values = self.writing.new.get(
            key, self.writing.changed[model].get(local, {}))
        entry = self.kept.get(key)
        if name in values:
            return values[name]
        if entry and self.will_take(entry, local, name):
            return entry.values[name]
        if local is not None:
            return self.store.read(model, [local]).get(local, {}).get(name)
        # Another record of the message may bring it back
        state, _ = self.graves.get(key, (self.states.get(key), ()))
        return (state.grave or {}).get(name) if state else None

    def will_take(self, entry, local, name):
        "Whether a field of an entry that is not taken yet will be."
        state = self.state_of(entry)
        if name not in entry.fields or (
                state and (state.key, name) in self.refused):
            return False
        if state is None or local is None:
            return True
        return entry.fields[name][0] > state.taken(
            entry, entry.link_of(name)) and merge.wins(
                state, entry, name, self.current_of(entry, state),
                self.store.models[entry.model])
