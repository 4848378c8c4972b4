# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the hub has for a satellite."
from collections import defaultdict, namedtuple

from . import closure, registry
from .document import tell
from .message import Document
from .protocol import OUT

# A record, its place in the receiver's feed, whether it left the scope, and
# whether the receiver may not hold it yet
Item = namedtuple('Item', 'state place out lacking')
Page = namedtuple('Page', 'items upto more')


class Feed:
    """The feed of one instance.

    since is the last place at which it had everything, known how far it took
    what is offered to all, told the place of the hub when it last began to
    take offers with nothing left to pull of those before.
    """

    def __init__(self, store, instance, link, since, known, told):
        self.store = store
        self.instance = instance
        self.link = link
        self.since = since
        self.known = known
        self.told = told

    def page(self, at, upto, limit):
        "Return the page after at of what the instance has or should have."
        return _page(lambda limit: (
                self._members(at, limit) + self._opened(at, limit)),
            at, upto, limit)

    def urgent(self, at, upto, limit):
        """Return the page after at of what goes before the rest of that.

        What is deleted, or left, goes in its turn, after what needed it.
        """
        models = registry.urgent(self.store.models)
        page = _page(lambda limit: (
                self._members(at, limit, models=models)
                + self._opened(at, limit, models=models)), at, upto, limit)
        # Its last place may be beyond
        return page._replace(upto=min(page.upto, upto), items=[
                item for item in page.items if item.place <= upto
                and _is_alive(item)])

    def without(self, items, upto):
        "Return items without what is urgent and was told up to a place."
        models = registry.urgent(self.store.models)
        return [item for item in items if not (
                item.place <= upto and item.state.model in models
                and _is_alive(item))]

    def offers(self, at, upto, limit):
        "Return the page after at of what was offered to all."
        return _page(
            lambda limit: self._offered(at, limit), at, upto, limit)

    def _offered(self, at, limit):
        return [Item(state, state.opened, False, True)
            for state in self.store.records.offered(
                at, self.link, limit + 1)]

    def _members(self, at, limit, **only):
        return [self._member(*found)
            for found in self.store.records.members(
                self.instance, at, self.link, limit + 1, **only)]

    def _member(self, state, place, entered, kind):
        return Item(
            state, place, kind == OUT and state.opened is None,
            max(entered, state.created) > self.since)

    def _opened(self, at, limit, **only):
        return [self._open(state, state.position)
            for state in self.store.records.opened_and_changed(
                self.instance, at, self.link, self.known, self.told,
                limit + 1, **only)]

    def _open(self, state, place):
        # Who is level with what is known may not have taken the offers yet
        return Item(
            state, place, False,
            max(state.opened, state.created) > self.since
            or state.opened > self.known)

    def complete(self, items, wanted=()):
        """Add what the instance lacks of the same units, and the parents.

        wanted are states it asked for because a record waits for them.
        """
        chosen = {item.state.id: item for item in items}
        for item in self._in_scope(wanted):
            chosen.setdefault(item.state.id, item)
        frontier = list(chosen.values())
        while frontier:
            alive = [item for item in frontier
                if not item.out and not item.state.dead]
            found = self.store.records.mates(
                {i.state.unit for i in alive if i.lacking})
            for parents in closure.links(
                    self.store, [i.state for i in alive]).values():
                found += parents
            frontier = [
                item for item in self._in_scope(
                    {s.id: s for s in found if s.id not in chosen}.values())
                if item.lacking and not item.state.numbers(self.link)]
            chosen.update((item.state.id, item) for item in frontier)
        return list(chosen.values())

    def _in_scope(self, states):
        states = list(states)
        scopes = self.store.scopes.of([state.id for state in states])
        items = []
        for state in states:
            row = scopes[state.id].get(self.instance)
            if row and row[1] != OUT:
                items.append(self._member(
                        state, max(row[2], state.position), row[2], row[1]))
            elif state.opened is not None:
                items.append(self._open(state, state.opened))
        return items

    def documents(self, items):
        "Return the documents of items."
        by_model = defaultdict(list)
        for item in items:
            # A row can go without a trace: by SQL, or with a module
            if (not item.out and not item.state.dead
                    and item.state.model in self.store.models):
                by_model[item.state.model].append(item.state.local)
        rows = {model: self.store.read(model, ids)
            for model, ids in by_model.items()}
        documents = [
            self._document(item, rows) for item in items
            if item.out or item.state.dead
            or item.state.local in rows.get(item.state.model, {})]
        # Alike together, so that the names of the fields are sent once
        documents.sort(key=lambda d: (d.model, d.kind, list(d.values)))
        return documents

    def _document(self, item, rows):
        state = item.state
        if item.out or state.dead:
            kind = Document.FORGET if item.out else Document.DEAD
            document = Document(
                state.model, state.identity, kind,
                max(item.place, state.position))
            document.seen, document.lines = state.seen_of(self.instance)
            document.aliases = state.aliases
            if not item.out:
                document.author, document.last = state.author, state.last
            return document
        document = tell(state, rows[state.model][state.local], self.instance)
        document.place = max(item.place, state.position)
        return document


def _is_alive(item):
    return not item.out and not item.state.dead


def _page(select, at, upto, limit):
    """Return the Page of what select(limit) gives first after at, by place.

    It ends between two places, so that a unit is never cut; one that is
    larger than limit goes whole.
    """
    if at >= upto:
        # Most runs find nothing, and need not ask
        return Page([], upto, False)
    while True:
        items = select(limit)
        items.sort(key=lambda item: (item.place, item.state.id))
        if len(items) <= limit:
            return Page(items, upto, False)
        # The place of the first item left out may have begun before it
        whole = [item for item in items[:limit]
            if item.place < items[limit].place]
        if whole:
            return Page(whole, whole[-1].place, True)
        limit *= 4
