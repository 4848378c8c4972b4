# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The satellite takes what the hub told it."
import json
from collections import defaultdict, namedtuple

from . import batch, children, closure, identity, merge, plan, registry, wire
from .message import Document
from .protocol import OUT, State
from .writing import Writing, halved

Waiting = namedtuple('Waiting', 'document code reason missing')


class Reception:
    "Apply documents, whole units at a time; hub is the number of the sender."

    def __init__(self, store, time, hub):
        self.store = store
        self.time = time
        self.hub = hub
        self.waiting = []
        self.count = defaultdict(int)

    def take(self, documents):
        "Take documents, together with those that waited."
        quarantine = self.store.quarantine
        kept = {(r['model'], r['identity']): r
            for r in quarantine.waiting('here', self.hub)}
        new = {document.key: document for document in documents}
        merged = _former_names(documents)
        for key, entry in kept.items():
            document = remembered(entry)
            if key in merged:
                # S7: it comes under another name
                continue
            if key not in new or _is_older(new[key], document):
                new[key] = document
            elif document.whole and new[key].kind == Document.PARTIAL:
                new[key] = _completed(document, new[key])
        self.documents = new
        aside = {key for key, row in kept.items()
            if row['aside']} - merged.keys()
        groups, left = [], []
        for group in self.groups():
            keys = {document.key for document in group}
            (left if keys & aside else groups).append(group)
        halved(groups, self.apply, self.refuse)
        waiting = {w.document.key for w in self.waiting} | aside
        quarantine.release([
                r['id'] for key, r in kept.items() if key not in waiting])
        quarantine.store('here', self.hub, [
                (*w.document.key, w.code, w.reason, w.missing,
                    _memory(w.document)) for w in self.waiting])
        self.keep_aside(left, kept, {d.key for d in documents})

    def keep_aside(self, groups, kept, new):
        "Keep what came for a unit that somebody set aside, with it."
        rows = []
        for group in groups:
            row = next(kept[d.key] for d in group
                if d.key in kept and kept[d.key]['aside'])
            rows += [(*d.key, row['code'], row['reason'], (), _memory(d))
                for d in group if d.key in new or d.key not in kept]
        if rows:
            self.store.quarantine.store('here', self.hub, rows)

    def known(self, documents):
        """Return those of the documents that an answer to a push may bring.

        They are of records that this database ever had.  What left its scope
        comes back by a pull alone: the answer may be to a late message.
        """
        states = self.states(documents)
        return [d for d in documents
            if d.identity.startswith('#') or d.key in states
            and not (d.alive and is_out(states[d.key]))]

    def strip(self, document):
        "Leave out the fields that do not travel here, see skew.py."
        Model = self.store.models[document.model]
        unknown = document.values.keys() - Model.synchronised_fields()
        for name in unknown:
            del document.values[name]

    def groups(self):
        "Return the documents in groups, those that are needed first."
        for document in list(self.documents.values()):
            if document.model not in self.store.models:
                del self.documents[document.key]
                self.refuse([document], 'model', (
                        f'The model "{document.model}" does not synchronise '
                        "here."))
        merged = _former_names(self.documents.values())
        for document in self.documents.values():
            self.strip(document)
            if merged:
                document.values = identity.renamed(
                    self.store.models[document.model], document.values,
                    merged)
        states = self.states(self.documents.values())
        for key, state in states.items():
            if merge.is_outdated(state, self.documents[key]):
                del self.documents[key]
        known = {key for key, state in states.items() if not state.dead}
        self.needs = {
            key: identity.needs(
                self.store.models[document.model], document.values)
            for key, document in self.documents.items()}
        units = {key: {document.unit} if key not in known else set()
            for key, document in self.documents.items()}
        # Parents first, what is deleted last and children first
        alive = [k for k, d in self.documents.items() if d.alive]
        gone = [k for k, d in self.documents.items() if not d.alive]
        ordered = batch.groups(alive, units, self.needs)
        if gone:
            ordered.append(gone)
        return [[self.documents[key] for key in group] for group in ordered]

    def states(self, documents):
        "Return {key of a document: State of its record here}."
        return {key: found[0] for key, found in self.all_states(
                documents).items() if found}

    def all_states(self, documents):
        """Return {key of a document: [State]}, the one of the record first.

        More follow if what the hub knows to be one record is several here.
        """
        names = {
            d.key: [d.key, *((d.model, alias) for alias in d.aliases)]
            for d in documents}
        states = self.store.records.load(
            'identity', set().union(*names.values()))
        return {
            key: [states[name] for name in names[key] if name in states]
            for key in names}

    def refuse(self, group, code, sentence):
        for document in group:
            self.waiting.append(Waiting(document, code, sentence, ()))

    def apply(self, groups):
        Application(self, groups).run()


class Application:
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
                    document.values or not document.alive):
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
        if not document.alive and state and not state.dead:
            self.gone[state.model, state.local] = document, state
        elif not document.alive:
            self.bury(document, state)
        elif state is None and document.identity.startswith('#'):
            self.edit_loaded(document)
        elif state is None or state.dead:
            self.create(document, state)
        else:
            self.update(document, state)
        if document.alive and document.key in self.touched:
            for other in self.states[document.key][1:]:
                self.absorb(document, other)

    def absorb(self, document, other):
        """S7: make one of what the hub knows to be the same record.

        Not before the hub has decided on all of the other.
        """
        if other.pending and document.seen < other.position:
            return
        if not other.dead:
            for _, (model, local), name in self.store.children(
                    other.model, [other.local]):
                self.writing.write(model, local, {name: document.identity})
            self.writing.delete(other.model, other.local)
        self.renamed[other.model, other.identity] = document.identity
        self.absorbed.append((document.key, other))
        state = self.touched[document.key]
        # Who has it from here must be told
        state.position, state.via = self.position, None
        state.aliases = state.aliases + [other.identity]

    def create(self, document, state):
        if not document.whole:
            return
        if state is not None:
            self.rename(document, state)
            state.dead = state.left = False
            state.fields = self.unchanged(document, state)
            state.shown = state.grave = None
            state.base = {}
        else:
            state = State(document.model, document.identity)
            state.unit = self.position
        if state.local is not None:
            self.former[document.key] = state.local
        state.local = state.via = state.origin = None
        state.position = state.created = state.version = self.position
        state.up, state.ups = document.version, dict(document.versions)
        state.hubplace = document.place
        state.author = document.author
        state.sums = {}
        self.count(document, state, document.values)
        self.writing.create(document.key, document.values)
        self.touched[document.key] = state

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
                    "here; activate or update the module."))
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
        if writes:
            state.position, state.via = self.position, None
            if document.author:
                state.author = document.author
        self.writing.write(document.model, state.local, writes)
        self.touched[document.key] = state

    def count(self, document, state, values):
        "Note from where the changes of what is added up are counted."
        Model = self.store.models[state.model]
        if registry.is_pushed(Model):
            for name in registry.sums(Model) & document.values.keys():
                state.sums.setdefault(name, [values.get(name), []])

    def rename(self, document, state):
        "Know the record by the identity that it has at the hub."
        if state.identity == document.identity:
            return
        self.renamed[document.model, state.identity] = document.identity
        # A hub that was restored may know it by a former name again
        state.aliases = [name for name in state.aliases
            if name != document.identity] + [state.identity]
        state.identity = document.identity
        # Who has it from here must be told
        state.position, state.via = self.position, None
        if not state.dead:
            self.ids[document.key] = state.local

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
                self.wait(document, 'unsent', (
                        "It has changes that the hub has not decided on."))
            elif key in stay:
                self.wait(document, 'children', (
                        "Other records here still refer to it."))
            else:
                self.delete(document, state)

    def is_unsent(self, document, state):
        "Whether the row has what the hub has not decided on."
        names = registry.names(self.store.models[state.model])
        return (state.full and state.created > document.seen
            or any(state.place_of(name) > document.seen
                for name in state.dirty(names)))

    def delete(self, document, state):
        if document.kind == Document.DEAD:
            state.grave = self.current.get(document.key)
            state.position, state.via = self.position, None
        self.writing.delete(state.model, state.local)
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
        state.dead, state.shown = True, None
        state.full, state.base = False, {}
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
        # Also what was deleted here: the hub may let it come back
        state.dead, state.left, state.shown = True, True, None
        state.full, state.base = False, {}
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
        store.scopes.leave(self.left, self.position)
        self.inherit_scopes()
        store.records.forget([other for _, other in self.absorbed])
        closure.settle(
            store, [s for s in self.touched.values() if not s.dead],
            self.reception.time.next, self.position)
        store.aliases.store(self.renamed)

    def inherit_scopes(self):
        "Who had what was absorbed has the record."
        scopes = self.store.scopes.of([o.id for _, o in self.absorbed])
        for key, other in self.absorbed:
            for instance, (_, kind, _) in scopes[other.id].items():
                if kind != OUT:
                    self.store.scopes.enter(
                        {(instance, self.touched[key].id)}, kind,
                        self.position)


def waiting(store, hub):
    "Return the documents of the hub that wait here, to be tried again."
    return [remembered(row)
        for row in store.quarantine.waiting('here', hub)]


def _former_names(documents):
    "Return {(model, alias): identity} of what documents tell of."
    return {(document.model, alias): document.identity
        for document in documents for alias in document.aliases}


def is_out(state):
    "Whether a record is not here as it left the scope of this database."
    return state.dead and state.left


def _is_older(document, other):
    "Whether a document of a record says less than another one."
    if Document.FORGET in {document.kind, other.kind}:
        return document.place < other.place
    # An answer to a push knows no place in the scope
    return document.position < other.position


def _completed(whole, partial):
    "S2: return a waiting document with what came of it since."
    for name, value in partial.values.items():
        if partial.version_of(name) >= whole.version_of(name):
            whole.values[name] = value
            whole.versions[name] = partial.version_of(name)
    whole.position, whole.seen = partial.position, partial.seen
    whole.place = max(whole.place, partial.place)
    return whole


def _memory(document):
    "Return the text in which a document waits."
    authors = wire.Authors()
    return wire.dumps([
            wire.pack_documents([document], 0, 0, authors),
            list(authors.ids)])


def remembered(entry):
    tables, authors = json.loads(entry['message'])
    document, = wire.unpack_documents(tables, 0, 0, len(authors))
    if document.author:
        document.author[0] = authors[document.author[0]]
    return document
