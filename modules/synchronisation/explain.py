# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Where a record is, since when, and why it is not elsewhere, in sentences."
import json

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import configuration, reference, registry, words
from .errors import ConfigurationError
from .protocol import OUT
from .store import Store


class Explanation:
    """What this database knows of the records that a key may mean.

    It reads only, and waits for nobody.
    """

    def __init__(self, database, model, key):
        self.settings = configuration.load(database)
        self.store = Store()
        if model not in self.store.models:
            raise ConfigurationError(
                f'The records of "{model}" do not synchronise here; name a '
                "model that does.")
        self.model = model
        self.Model = self.store.models[model]
        self.key = key
        self.sentences = []

    def as_dict(self):
        self.merged()
        states = self.states()
        for state in states:
            self.tell(state)
        unfolded = set(self.by_key()) - {state.local for state in states}
        for local in sorted(unfolded):
            self.add(f"It is here as record {local} and has never taken part "
                "in a run; the next run notes it.")
        waiting = self.waiting(states)
        for row in waiting:
            self.tell_waiting(row)
        found = bool(states or unfolded or waiting)
        if not found:
            self.absent()
        return {
            'complete': found,
            'model': self.model,
            'key': self.key,
            'identities': [state.identity for state in states],
            'records': sorted({s.local for s in states if not s.dead}
                | unfolded),
            'sentences': self.sentences,
            'errors': [] if found else [self.sentences[0]],
            }

    def add(self, sentence):
        self.sentences.append(sentence)

    # What the key means

    def states(self):
        "Return the states that the key means."
        load = self.store.records.load
        found = load('identity', [(self.model, self.identity)])
        found.update(load(
                'record', [(self.model, id_) for id_ in self.by_key()]))
        if not found and self.key.isdigit() and len(self.key) < 19:
            found = load('record', [(self.model, int(self.key))])
        found = list(found.values()) or self.buried()
        return list({state.id: state for state in found}.values())

    def by_key(self):
        "Return the ids of the rows that have the natural key."
        name = registry.key_field(self.Model)
        kind = self.Model._fields[name]._type if name else None
        if kind not in {'char', 'integer'} or (
                kind == 'integer' and not self.key.isdigit()):
            return []
        key = self.key if kind == 'char' else int(self.key)
        return [id_ for id_, _ in reference.find_by_key(self.Model, [key])]

    def buried(self):
        "Return the states of deleted records that had the natural key."
        name = registry.key_field(self.Model)
        if not name:
            return []
        Record = self.store.records
        table = Record.__table__()
        text = json.dumps(self.key)[1:-1]
        for sign in '\\%':
            text = text.replace(sign, '_')
        found = Record.select(
            (table.model == self.model)
            & (table.dead == True)  # noqa: E712
            & table.state.like(f'%{text}%'),
            table=table, limit=100)
        return [state for state in found
            if state.grave and str(state.grave.get(name)) == self.key]

    def merged(self):
        "Follow an identity that was merged into another."
        key = self.model, self.key
        self.identity = self.store.aliases.resolve([key]).get(key, self.key)
        if self.identity != self.key:
            self.add(f'"{self.key}" was merged into "{self.identity}", being '
                "the same thing made at two places.")

    # What is known of it

    def tell(self, state):
        who = self.author(state.changed)
        if state.left:
            self.add(f'"{state.identity}" left the scope of this instance; '
                "the hub has it.")
        elif state.dead:
            self.add(f'"{state.identity}" was deleted{who}.'
                + (" Its last values are kept, so it can be undone."
                    if state.grave else ""))
        else:
            self.add(f'"{state.identity}" is here as record {state.local}, '
                f"since {self.since(state)}; last changed{who}.")
        if state.aliases:
            self.add("It is also known as " + ', '.join(state.aliases) + ".")
        if self.is_captured(state):
            self.add("It was changed since the last run; the next run sends "
                "or offers that.")
        if self.settings.synchronisation_url:
            self.tell_hub(state)
        self.tell_instances(state)
        self.tell_conflicts(state)

    def author(self, author):
        if not author:
            return ""
        id_, seconds = author
        Author = Pool().get('synchronisation.author')
        return f" by {Author(id_).rec_name} at {words.time(seconds)} UTC"

    def since(self, state):
        table = self.Model.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.create_date, where=table.id == state.local))
        date, = cursor.fetchone() or [None]
        return f'{str(date)[:16]} UTC' if date else "an unknown time"

    def is_captured(self, state):
        "Whether there is a change that has no position yet."
        Change = Pool().get('synchronisation.change')
        table = Change.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.records, where=table.model == self.model, limit=1000))
        return any(state.local in json.loads(ids) for ids, in cursor)

    def tell_hub(self, state):
        if not registry.is_pushed(self.Model):
            self.add("Its model is written at the hub only and never sent "
                "from here.")
        elif state.shown is not None:
            self.add("The hub has not acknowledged its deletion; the next "
                "run sends it.")
        elif state.full:
            self.add("The hub has not acknowledged it; the next run sends all "
                "of it.")
        elif state.base:
            names = ', '.join(words.field(self.model, name)
                for name in sorted(state.base))
            self.add(f"The hub has not acknowledged {names}; the next run "
                "sends that.")
        elif state.hubplace:
            self.add("The hub has all of it; last exchanged at "
                f"{self.exchanged(state)}.")
        else:
            self.add("The hub never had it.")

    def exchanged(self, state):
        record = self.store.records(state.id)
        return (f'{str(record.exchanged)[:16]} UTC' if record.exchanged
            else "an unknown time")

    def tell_instances(self, state):
        Instance = Pool().get('synchronisation.instance')
        scopes = self.store.scopes.of([state.id])[state.id]
        holders = Instance.holders([state])[state.id]
        for instance in Instance.search([('hub', '=', False)]):
            _, kind, _ = scopes.get(instance.number, (None, None, None))
            self.add(f'Instance {instance.number} ("{instance.name}") '
                + self.holding(state, instance, kind, holders))

    def holding(self, state, instance, kind, holders):
        contact = (f'{str(instance.contact)[:16]} UTC' if instance.contact
            else "never")
        if kind == OUT:
            return "does not have it: it left its scope."
        if state.dead and (kind or state.opened is not None):
            return ("is told of the deletion by its next run; last contact: "
                f"{contact}.")
        if instance.number in holders:
            return f"has it; last contact: {contact}."
        if instance.state != 'active':
            return "does not get it: it is suspended."
        if kind or state.opened is not None:
            return f"gets it by its next run; last contact: {contact}."
        return ("does not have it: nobody there made it or asked for it, "
            "and it is not offered to every instance.")

    def tell_conflicts(self, state):
        for row in self.store.conflicts.open_of({
                (self.model, state.identity)}):
            name = (words.field(self.model, row['field']) if row['field']
                else "its deletion")
            self.add(f"Two people disagree about {name}, see conflict "
                f"{row['name']}.")

    # What waits

    def waiting(self, states):
        "Return what waits and may be meant."
        Quarantine = Pool().get('synchronisation.quarantine')
        names = {self.key, self.identity, *(
                name for state in states
                for name in [state.identity, *state.aliases])}
        text = json.dumps(self.key, ensure_ascii=False)
        return [row for row in Quarantine.search([
                    ('model', '=', self.model)], order=[('id', 'ASC')])
            if row.identity in names or text in (row.message or '')]

    def tell_waiting(self, row):
        since = f'{str(row.since)[:16]} UTC'
        if row.place == 'hub':
            where = "What was sent of it waits at the hub"
        else:
            where = f"What instance {row.peer} sent of it waits here"
        self.add(f'{where} as "{row.identity}" since {since}, tried '
            f"{row.attempts} times: {row.reason}")

    def absent(self):
        sentence = f'No "{self.model}" is known here as "{self.key}"; '
        if self.settings.synchronisation_url:
            sentence += (
                "fetch it, if the hub has it, or ask there where it is.")
        else:
            sentence += (
                "look at the instance that made it whether it is pending.")
        self.sentences.insert(0, sentence)
