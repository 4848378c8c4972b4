# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"How the satellite applies what the hub told it."
from collections import defaultdict, namedtuple

from . import children, closure, merge, plan, registry
from .message import Document
from .protocol import OUT, UNSENT, State
from .union import UnionMixin
from .writing import Writing

Waiting = namedtuple('Waiting', 'document code reason missing')
UNDECIDED = "It has changes that the hub has not decided on."


class Adoption(UnionMixin):
    "One attempt to apply some groups of documents."

    def __init__(self, reception, groups):
        self.reception = reception
        self.store = reception.store
        self.groups = groups
        self.documents = [d for group in groups for d in group]
        self.waiting = []
        self.touched = {}
        self.renamed = {}
        self.gone = {}
        self.left = set()
        self.absorbed = []
        self.conflicts = []
        # The ids that rows had which come back
        self.former = {}

    def run(self):
        self.load()
        self.writing = Writing(self.store, self.ids)
        self.position = self.reception.time.next()
        for group in self.admitted():
            for document in group:
                self.take(document)
        self.drop()
        with self.store.savepoint():
            self.writing.run()
            self.finish()
        for model, _ in self.touched:
            self.reception.count[model] += 1
        self.reception.waiting += self.waiting

    def load(self):
        keys = {document.key for document in self.documents}
        keys |= {(document.model, alias) for document in self.documents
            for alias in document.aliases}
        self.states = self.reception.all_states(self.documents)
        needs = self.reception.needs
        self.ids = self.store.local_ids(keys.union(
                *(needs[document.key] for document in self.documents)))
        self.current = self.read_current()

    def read_current(self):
        by_model = defaultdict(dict)
        for document in self.documents:
            local = self.local(document)
            if local is not None and (
                    document.values or not document.alive
                    or len(self.states[document.key]) > 1):
                by_model[document.model][local] = document
        current = {}
        for model, documents in by_model.items():
            rows = self.store.read(model, list(documents))
            for local, values in rows.items():
                current[documents[local].key] = values
        return current

    def local(self, document):
        state = self.state_of(document)
        if state and not state.dead:
            return state.local
        return self.ids.get(document.key)

    def state_of(self, document):
        return next(iter(self.states[document.key]), None)

    def admitted(self):
        "Return the groups all of whose references are here."
        by_key = {document.key: document for document in self.documents}
        groups, refused = plan.admit(
            [[d.key for d in group] for group in self.groups],
            self.reception.needs, self.ids,
            {d.key: d.key for d in self.documents if d.whole})
        for group, missing in refused:
            for key in group:
                self.wait(by_key[key], 'missing', (
                        "What it refers to is not here: " + ', '.join(
                            f'{m} {n}' for m, n in sorted(missing)) + "."),
                    missing)
        return [[by_key[key] for key in group] for group in groups]

    def wait(self, document, code, sentence, missing=()):
        self.waiting.append(Waiting(document, code, sentence, missing))

    def take(self, document):
        state = self.state_of(document)
        if self.has_former_name(document, state):
            return
        self.note_former(document)
        others = self.states[document.key][1:]
        if not document.alive and state and not state.dead:
            self.gone[state.model, state.local] = document, state
        elif self.is_undecided(document, state):
            self.wait(document, 'unsent', UNDECIDED)
        elif not document.alive:
            if state is None or not merge.is_outdated(state, document):
                self.bury(document, state)
        elif state is None and document.identity.startswith('#'):
            self.edit_loaded(document)
        elif state is None and self.is_outdated(document):
            pass
        elif state is None or state.dead:
            self.create(document, state)
        else:
            self.update(document, state)
        if not document.alive:
            self.gone.update(self.dead_parts(document, others))
            # What was dropped, or deleted, under another name is the same
            others = [other for other in others if other.dead]
        self.keep_names(document)
        if document.key in self.touched and others:
            self.put_off(self.touched[document.key])
            for other in others:
                self.absorb(document, other)

    def is_undecided(self, document, state):
        "Whether what leaves the scope was deleted, and the hub may not know."
        return (document.kind == Document.FORGET and state is not None
            and state.dead and state.shown is not None
            and document.seen_by(state) < state.position)

    def note_former(self, document):
        "S7: remember by which names a late message may tell of a record."
        if document.alive and document.aliases:
            known = {state.identity for state in self.states[document.key]}
            names = {(document.model, alias) for alias in document.aliases
                if alias not in known}
            self.renamed.update(dict.fromkeys(
                    names - self.store.aliases.resolve(names).keys(),
                    document.identity))

    def has_former_name(self, document, state):
        "S7: whether it comes late and names a record as it was named before."
        return (document.alive and state is not None
            and state.identity != document.identity
            and document.place < state.hubplace)

    def keep_names(self, document):
        "E3: let a hub that lost it hear by which names a record was known."
        if document.alive and document.key in self.touched:
            self.touched[document.key].know_as(document.aliases)

    def is_outdated(self, document):
        "S7: whether it tells of a record by a name that it had before."
        local = self.ids.get(document.key)
        if local is None:
            return False
        pair = document.model, local
        state = self.store.records.load('record', [pair])[pair]
        return document.place <= state.hubplace

    def create(self, document, state):
        if not document.whole:
            return
        values = document.values
        if state is not None:
            self.rename(document, state)
            if not state.left:
                state.base = {}
            values = {**values, **self.lost_values(state)}
            state.dead = state.left = False
            state.fields = self.unchanged(document, state)
            state.shown = state.grave = None
        else:
            state = State(document.model, document.identity)
            state.unit = self.position
        if state.local is not None:
            self.former[document.key] = state.local
        state.local = state.via = state.origin = None
        state.position = state.created = state.version = self.position
        state.up, state.ups = document.version, dict(document.versions)
        state.hubplace = document.place
        state.author, state.last = document.author, document.last
        state.sums = {}
        for name in state.base:
            state.touch(name, self.position)
        self.count(document, state, values)
        self.writing.create(document.key, values)
        self.touched[document.key] = state

    def lost_values(self, state):
        "E3: return what it had when it left that the hub has lost since."
        return {name: state.grave[name] for name in state.base}

    def unchanged(self, document, state):
        """Return the fields that a record has again as it had them.

        Who has it from here may build on them: that is no conflict.
        """
        grave = state.grave or {}
        return {
            name: [state.version_of(name), self.position, state.via_of(name)]
            for name, value in document.values.items()
            if state.version_of(name)
            and name in grave and merge.same(grave[name], value)}

    def edit_loaded(self, document):
        local = self.ids.get(document.key)
        if local is None:
            return self.wait(document, 'missing', (
                    f'The row "{document.identity[1:]}" of a module is not '
                    "here; activate or update the module, and if the row was "
                    "deleted here, delete its entry under Administration > "
                    "Models > Data before that."))
        state = State(document.model, document.identity, local)
        state.position = state.unit = state.created = self.position
        self.update(document, state)

    def update(self, document, state):
        self.rename(document, state)
        writes = merge.take_document(
            state, document, self.current.get(document.key, {}))
        self.count(document, state, {
                **self.current.get(document.key, {}), **writes})
        for name in writes:
            state.touch(name, self.position)
        if writes and state.full:
            # All of it is still to be pushed, but this the hub has
            state.created = self.position
            state.know(writes)
        if writes:
            state.position, state.via = self.position, None
            if document.author:
                state.author, state.last = document.author, document.last
        self.writing.write(document.model, state.local, writes)
        self.touched[document.key] = state

    def count(self, document, state, values):
        "Note from where the changes of what is added up are counted."
        Model = self.store.models[state.model]
        if registry.is_pushed(Model):
            for name in registry.sums(Model) & document.values.keys():
                state.sums.setdefault(name, [values.get(name), []])

    def drop(self):
        "S5: drop, after all else, the rows that nothing keeps."
        unsent = {key for key, found in self.gone.items()
            if self.is_unsent(*found)}
        stay = children.staying(
            self.store,
            {key: state for key, (_, state) in self.gone.items()},
            unsent, {}, self.writing.releases)
        for key, (document, state) in self.gone.items():
            if key in unsent:
                self.wait(document, 'unsent', UNDECIDED)
            elif key in stay:
                self.wait(document, 'children', (
                        "Other records here still refer to it."))
            elif state is self.state_of(document):
                self.delete(document, state)
            else:
                self.delete_part(document, state)

    def is_unsent(self, document, state):
        "Whether the row has what the hub has not decided on."
        names = registry.names(self.store.models[state.model])
        seen = document.seen_by(state)
        return (state.full and state.created > seen
            or UNSENT in state.base.values()
            or any(state.place_of(name) > seen
                for name in state.dirty(names)))

    def delete(self, document, state):
        if document.kind == Document.DEAD:
            state.grave = self.current.get(document.key)
            state.position, state.via = self.position, None
            if document.author:
                state.author, state.last = document.author, document.last
        self.writing.delete(
            state.model, state.local, document.kind == Document.DEAD)
        self.bury(document, state)

    def bury(self, document, state):
        "Note that the hub has a record no more, or not for this instance."
        if state is None:
            # It was never here; a hub that is restored may have it again
            state = State(document.model, document.identity)
            state.position = state.created = state.unit = self.position
            state.up = document.version
        if document.kind == Document.FORGET:
            self.leave(document, state)
            return
        self.rename(document, state)
        # The hub has not got yet what was edited before it was deleted here
        if state.shown is None or not any(
                state.place_of(name) > document.seen for name in state.base):
            state.shown, state.base = None, {}
        state.dead, state.full = True, False
        state.hubplace = max(state.hubplace, document.place)
        self.touched[document.key] = state

    def leave(self, document, state):
        "Note that a record left the scope; who has it from here must know."
        # What was never here has no id
        ids = [state.id] if state.id else []
        below = self.store.scopes.of(ids).get(state.id, {})
        self.left |= {(instance, state.id)
            for instance, (_, kind, _) in below.items() if kind != OUT}
        if not state.dead:
            # An edit on its way from below is joined to it
            state.grave = self.current.get(document.key) if below else None
        if not state.left:
            state.base = {}
        # Also what was deleted here: the hub may let it come back
        state.dead, state.left, state.shown = True, True, None
        state.full = False
        state.hubplace = max(state.hubplace, document.place)
        state.position, state.via = self.position, None
        self.touched[document.key] = state

    def finish(self):
        store = self.store
        for key, state in self.touched.items():
            if state.local is None and not state.dead:
                state.local = self.ids[key]
        closure.offer(store, self.touched.values())
        store.records.keep(list(self.touched.values()), store.now())
        children.relink(store, self.former)
        for key, other in self.absorbed:
            state = self.touched[key]
            if other.local and state.local and state.dead:
                store.hand_over_local(state.model, other.local, state.local)
            elif other.local and state.local:
                store.bring_back_local(
                    state.model, {other.local: state.local}, False)
        store.scopes.leave(self.left, self.position)
        self.inherit_scopes()
        store.records.forget([other for _, other in self.absorbed])
        alive = [s for s in self.touched.values() if not s.dead]
        closure.settle(
            store, alive, self.reception.time.next, self.position)
        closure.visit(
            store, alive, self.reception.time.next, self.position)
        store.aliases.store(self.renamed)
        if self.renamed:
            self.tell_cases_again()
        store.conflicts.store(self.conflicts, self.position, True)
