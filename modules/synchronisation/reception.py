# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The satellite takes what the hub told it."
import copy
import json
from collections import defaultdict

from . import batch, identity, merge, patience, wire
from .adoption import Adoption, Waiting
from .message import Document
from .writing import halved


class Reception:
    "Apply documents, whole units at a time; hub is the number of the sender."

    def __init__(self, store, time, hub):
        self.store = store
        self.time = time
        self.hub = hub
        self.waiting = []
        # The keys of all that was taken or refused
        self.tried = set()
        # What an answer told of records that are not in the scope
        self.out = {}
        self.count = defaultdict(int)

    def take(self, documents, whole=True):
        """Take documents, together with those that waited.

        Unless whole, which the last of a run is, only with those that they
        may let go on: a thousand that wait must not be tried at each page.
        """
        quarantine = self.store.quarantine
        rows = waiting(
            self.store, self.hub, [*documents, *self.out.values()], whole)
        kept = {(row['model'], row['identity']): row for row in rows}
        new = _joined(documents)
        merged = _former_names(documents)
        for document in remembered(self.store, rows):
            key = document.key
            if key in self.out:
                # S7: another one here may be that record
                document.aliases = self.out[key].aliases
                document.lines = self.out[key].lines
            if key in merged:
                # S7: it comes under another name
                continue
            if key not in new or _is_older(new[key], document):
                new[key] = document
            elif document.whole and new[key].kind == Document.PARTIAL:
                new[key] = _completed(document, new[key])
        self.documents = new
        self.tried = set(new) | set(kept)
        aside = {key for key, row in kept.items()
            if row['aside']} - merged.keys()
        groups, left = [], []
        for group in self.groups():
            for part in _divided(group, aside):
                keys = {document.key for document in part}
                (left if keys & aside else groups).append(part)
        halved(groups, self.apply, self.refuse)
        stay = {w.document.key for w in self.waiting} | aside
        stay.update(document.key for group in left for document in group)
        quarantine.release([
                r['id'] for key, r in kept.items() if key not in stay])
        quarantine.store('here', self.hub, [
                (*w.document.key, w.code, w.reason, w.missing,
                    *_memory(w.document)) for w in self.waiting])
        self.keep_aside(left, kept, {d.key for d in documents})

    def keep_aside(self, groups, kept, new):
        "Keep what came for a unit that somebody set aside, with it."
        rows = []
        for group in groups:
            row = next(kept[d.key] for d in group
                if d.key in kept and kept[d.key]['aside'])
            rows += [(*d.key, row['code'], row['reason'], (), *_memory(d))
                for d in group if d.key in new or d.key not in kept]
        if rows:
            self.store.quarantine.store('here', self.hub, rows)

    def known(self, documents):
        """Return those of the documents that an answer to a push may bring.

        They are of records that this database ever had.  What left its scope
        comes back by a pull alone: the answer may be to a late message.
        """
        states = self.states(documents)
        self.out = {d.key: d for d in documents
            if d.alive and d.key in states and is_out(states[d.key])}
        return [d for d in documents
            if d.identity.startswith('#')
            or d.key in states and d.key not in self.out]

    def strip(self, document):
        "Leave out the fields that do not travel here, see skew.py."
        Model = self.store.models[document.model]
        unknown = document.values.keys() - Model.synchronised_fields()
        document.unknown = {
            name: document.values.pop(name) for name in unknown}

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
        found = self.all_states(self.documents.values())
        states = {key: known[0] for key, known in found.items() if known}
        for key, state in states.items():
            document = self.documents[key]
            document.seen = document.seen_by(state)
            if merge.is_outdated(state, document) and not has_parts(
                    document, found[key]):
                del self.documents[key]
                self.note_place(document, state)
        known = {key for key, state in states.items() if not state.dead}
        self.needs = {
            key: self.needs_of(document, states.get(key))
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

    def needs_of(self, document, state):
        "Return what the values refer to that would be taken."
        values = document.values
        if state and not state.dead:
            values = {name: value for name, value in values.items()
                if not merge.is_kept(
                    state, name, document.version_of(name), document.seen)}
        return identity.needs(self.store.models[document.model], values)

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

    def note_place(self, document, state):
        """E3: remember what the hub took for a record that is deleted here.

        The hub may lose that; then nobody tells again what it took for it.
        """
        if (document.alive and state.shown is not None
                and document.place > state.hubplace):
            state.hubplace = document.place
            self.store.records.keep([state])

    def refuse(self, group, code, sentence):
        for document in group:
            self.waiting.append(Waiting(document, code, sentence, ()))

    def apply(self, groups):
        Adoption(self, groups).run()


def waiting(store, hub, documents, whole):
    "Return the rows of what waits here that is taken with documents."
    rows = store.quarantine.waiting('here', hub)
    return rows if whole else patience.concerned(rows, documents)


def _divided(group, aside):
    "Divide what goes, which are no unit, by whether it is set aside."
    if all(document.alive for document in group):
        return [group]
    parts = [
        [document for document in group if (document.key in aside) is is_aside]
        for is_aside in [True, False]]
    return [part for part in parts if part]


def _former_names(documents):
    "Return {(model, alias): identity} of what documents tell of."
    return {(document.model, alias): document.identity
        for document in documents for alias in document.aliases}


def has_parts(document, states):
    "Whether something else lives here that died as part of a record."
    return document.kind == Document.DEAD and any(
        not state.dead for state in states[1:])


def is_out(state):
    "Whether a record is not here as it left the scope of this database."
    return state.dead and state.left


def _is_older(document, other):
    "Whether a document of a record says less than another one."
    if Document.FORGET in {document.kind, other.kind}:
        return document.place < other.place
    # An answer to a push knows no place in the scope
    return document.position < other.position


def _joined(documents):
    """Return {key: the last document of a record}.

    An answer may tell of what became another record beside that.
    """
    result = {}
    for document in documents:
        known = result.get(document.key)
        if known and known.whole and document.kind == Document.PARTIAL:
            document = _completed(known, document)
        elif known and document.whole and known.kind == Document.PARTIAL:
            document = _completed(document, known)
        result[document.key] = document
    return result


def _completed(whole, partial):
    "S2: return a waiting document with what came of it since."
    for name, value in partial.values.items():
        if partial.version_of(name) >= whole.version_of(name):
            whole.values[name] = value
            whole.versions[name] = partial.version_of(name)
    whole.position, whole.seen = partial.position, partial.seen
    whole.lines = partial.lines
    whole.place = max(whole.place, partial.place)
    return whole


def _memory(document):
    """Return the unit of a document and the text in which it waits.

    What it tells of fields that do not travel here waits, too: they may do so
    once it is taken.
    """
    authors = wire.Authors()
    document = copy.copy(document)
    document.values = {**document.values, **document.unknown}
    return document.unit, wire.dumps([
            wire.pack_documents([document], 0, 0, authors),
            list(authors.ids)])


def remembered(store, rows):
    "Return the documents that wait as some rows."
    messages = store.quarantine.messages([row['id'] for row in rows])
    return [_remembered(messages[row['id']]) for row in rows]


def _remembered(message):
    tables, authors = json.loads(message)
    document, = wire.unpack_documents(tables, 0, 0, len(authors))
    document.localise_authors(authors)
    return document
