# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Records that the hub knows to be one."
from . import closure, conflict, decision, identity, merge, protocol, registry
from .protocol import UNKNOWN, UNSENT


class UnionMixin:
    "What an Adoption does about records under several names."

    def put_off(self, state):
        """S7: let no edit of a record count as decided on by mistake.

        What the hub knows of the other is counted with it from now on.
        """
        if not (state.dead or state.full):
            added = {name for name, (_, changes) in state.sums.items()
                if changes is not None}
            state.move(state.base.keys() - added, self.position)

    def absorb(self, document, other):
        """S7: make one of what the hub knows to be the same record.

        Not before the hub has decided on the deletion of the other, or on
        what is added up there.
        """
        if self.must_wait(document, other):
            return
        if not other.dead:
            self.take_over(document, other)
            self.refer(document, other)
            self.writing.delete(other.model, other.local)
        self.renamed[other.model, other.identity] = document.identity
        self.absorbed.append((document.key, other))
        state = self.touched[document.key]
        # Who has it from here must be told
        state.position, state.via = self.position, None
        state.join(other)

    def dead_parts(self, document, others):
        """S7: return what became part of a record that the hub has no more.

        What the hub has not decided on is told to it, and may bring it back.
        """
        return {(other.model, other.local): (document, other)
            for other in others
            if not other.dead and not self.is_unsent(document, other)}

    def delete_part(self, document, other):
        state = self.touched.setdefault(document.key, self.state_of(document))
        self.writing.delete(other.model, other.local)
        self.renamed[other.model, other.identity] = document.identity
        self.absorbed.append((document.key, other))
        state.join(other)

    def must_wait(self, document, other):
        if other.dead:
            return other.pending and document.seen_by(other) < other.position
        return any(
            number > document.seen_by(other)
            for _, changes in other.sums.values()
            for number, _ in changes or ())

    def take_over(self, document, other):
        "Let what the hub has not decided on of another be edits of this one."
        Model = self.store.models[other.model]
        row = identity.renamed(
            Model, self.store.read(other.model, [other.local])[other.local],
            {other.key: document.identity})
        current = self.present(document)
        values = {name: value for name, value in row.items()
            if not merge.same(current.get(name), value)}
        state = self.touched[document.key]
        # Who has the other from here takes what this one has
        state.move(values, self.position)
        self.keep_lines(state, other, {
                name for name, value in row.items()
                if value is not None and name not in values})
        edits = {name: values[name]
            for name in self.undecided(document, other) & values.keys()}
        for name in edits.keys() & state.base.keys():
            self.note_twice(state, other, name, edits.pop(name), current)
        for name in edits:
            state.touch(name, self.position)
            state.base[name] = base_under(document, name, other.base[name])
            state.authors[name] = other.author_of(name)
            if name in state.sums:
                state.sums[name] = [edits[name], None]
        self.ids.update(self.store.local_ids(identity.needs(Model, edits)))
        self.change(document, edits)

    def keep_lines(self, state, other, names):
        "Who brought to the other what the hub tells may build on it."
        for name in names:
            if state.version_of(name) == self.position:
                state.touch(name, self.position, protocol.line_of(
                        other.via_of(name), other.identity, state.identity))

    def undecided(self, document, other):
        "Return the fields of another that the hub has not decided on."
        seen = document.seen_by(other)
        merge.settle_full(
            other, registry.names(self.store.models[other.model]), seen)
        return {name for name, base in other.base.items()
            if base == UNSENT or other.place_of(name) > seen}

    def note_twice(self, state, other, name, value, current):
        "Keep as a case what was edited of both: that of the first stays."
        why = merge.policy(self.store.models[state.model], name)
        self.conflicts.append(conflict.describe(
                state.key, merge.Conflict(
                    name, value, current.get(name), other.author_of(name),
                    state.author_of(name),
                    merge.REVIEW if why == merge.REVIEW else 'conflict'),
                other.place_of(name), other.identity, self.position))

    def present(self, document):
        "Return the values that the record of a document will have."
        state = self.touched[document.key]
        if state.local is None:
            return self.writing.new[document.key]
        return {
            **self.current.get(document.key, {}),
            **self.writing.changed[state.model].get(state.local, {})}

    def change(self, document, values):
        state = self.touched[document.key]
        if state.local is None:
            self.writing.complete(document.key, values)
        else:
            self.writing.write(state.model, state.local, values)

    def refer(self, document, other):
        "Let what refers to another record refer to this one."
        for _, (model, local), name in self.store.children(
                other.model, [other.local]):
            if self.writing.releases(other, (model, local), name):
                # It would be below itself, which the hub did not allow
                continue
            if model in self.store.models:
                self.writing.write(model, local, {name: document.identity})
            else:
                self.writing.refer(model, local, name, document.key)
        for _, (model, local), name in self.store.referring(
                other.model, [other.local]):
            self.writing.write(
                model, local, {name: [other.model, document.identity]})

    def rename(self, document, state):
        "Know the record by the identity that it has at the hub."
        if state.identity == document.identity:
            return
        self.renamed[document.model, state.identity] = document.identity
        state.rename(document.identity)
        if not registry.is_pushed(self.store.models[state.model]):
            self.give_up(document, state)
        state.base = {name: base_under(document, name, base)
            for name, base in state.base.items()}
        # The versions of another record say nothing of this one
        state.up, state.ups = UNKNOWN, {}
        # Who has it from here must be told
        state.position, state.via = self.position, None
        if not state.dead:
            self.ids[document.key] = state.local

    def tell_cases_again(self):
        "Tell of cases that came before their record had its present name."
        decision.tell_again(self.store, {
                (model, name) for (model, former), present
                in self.renamed.items() for name in [former, present]},
            lambda: self.position)

    def give_up(self, document, state):
        """E3: keep as cases what a hub lost that is another record there.

        Only the hub writes it, which could not tell it from an edit.
        """
        current = self.current.get(document.key, {})
        for name in state.dirty(current.keys() & document.values.keys()):
            if not merge.same(current[name], document.values[name]):
                self.conflicts.append(conflict.describe(
                        state.key, merge.Conflict(
                            name, current[name], document.values[name],
                            state.author_of(name), document.author, 'lost'),
                        state.place_of(name), None,
                        document.version_of(name)))
        state.full, state.base = False, {}

    def inherit_scopes(self):
        "Who had what was absorbed has the record, or has to drop it."
        closure.inherit(self.store, [
                (other.id, self.touched[key].id)
                for key, other in self.absorbed], self.position)


def base_under(document, name, base):
    """S7: return the base of an edit whose record has another name now.

    Its author saw what the hub tells only if that did not change since.
    """
    if base == UNSENT or name in document.values and (
            document.version_of(name) <= base):
        return base
    return UNKNOWN
