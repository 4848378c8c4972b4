# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Units of which some relations are one at the hub."
from . import identity, registry
from .application import UNIT, Application, Waiting
from .meeting import equals
from .replica import Violation


class ApartMixin:
    """How an Intake applies such a unit: in parts, but all of it or nothing.

    Only where both are written one after the other do they become one, as
    do those of two units.
    """

    def begin_parts(self):
        # What does not have the place of its unit: the keys, and by the
        # place of what it comes after
        self.apart, self.rest = set(), {}
        # Why the rest of a unit waits, by the place of what it comes after
        self.torn = {}

    def set_apart(self, groups):
        """H4: let relations that are one here come one after the other.

        Each has a place of its own, by which its maker hears of it.
        """
        models = self.store.models
        relations = [group for group in groups if sum(
                bool(registry.key_fields(models[entry.model]))
                for entry in group) > 1]
        names = relations and self.store.aliases.resolve(set().union(*(
                    identity.needs(models[entry.model], entry.values)
                    for group in relations for entry in group)))
        for group in relations:
            first, later = group, equals(group, models, names)
            while later:
                parted = set(map(id, later))
                first[:] = [
                    entry for entry in first if id(entry) not in parted]
                place = self.time.next() - self.base
                for entry in later:
                    entry.group = place
                    self.apart.add(entry.key)
                self.rest[first[0].group] = later
                # They may be more than two
                first, later = later, equals(later, models, names)

    def attempt_rest(self, group, later, strict):
        "Apply what comes after others of its unit, or none of the unit."
        waiting = {id(row.entry) for row in self.waiting}
        if any(id(entry) in waiting for entry in group):
            self.waiting += [Waiting(entry, *UNIT, ()) for entry in later]
            return
        count = len(self.waiting)
        Application(self, [later], strict).run()
        if rows := self.waiting[count:]:
            # None of it then
            self.torn[group[0].group] = rows
            raise Violation(*UNIT)

    def rest_of(self, group):
        "Return the groups of what of the unit of one comes after it."
        found = []
        while group := self.rest.get(group[0].group):
            found.append(group)
        return found
