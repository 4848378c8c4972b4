# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the hub does with the messages of a satellite, on any store."
import json
from collections import namedtuple

from . import (
    batch, closure, conflict, decision, digest, document, early, feed, former,
    intake, inventory, registry, repair, saved, wire)
from .configuration import INSTANCES, RECEIVES, SENDS
from .early import Early
from .errors import RefusedError
from .mixin import SyncMode
from .protocol import KEYS, MEMBER, OUT, PARENT, first_position

# A message that asks for more is cut to this
MAXIMUM = 5000


class Page(namedtuple('Page', 'places documents conflicts')):
    "What a pull is told; places are those of the answer."
    __slots__ = ()

    @property
    def is_large(self):
        return sum(batch.size(document.values.values())
            for document in self.documents) > batch.MOST


class Desk:
    """One message of a Guest; time is that of the fold before it.

    Each method returns the answer.  What it writes is one transaction.
    """

    def __init__(self, store, time, guest):
        self.store = store
        self.time = time
        self.guest = guest
        self.message = guest.message

    # Push

    def push(self, entries):
        "Take what a satellite changed."
        guest, time = self.guest, self.time
        guest.check_direction(RECEIVES)
        guest.check_hub(time)
        guest.note_marks()
        authors = self.localise_authors(entries)
        groups = max((entry.group for entry in entries), default=0) + 1
        wire.expect(groups <= len(entries) + 1, 'group')
        first = time.next(groups)
        work = intake.Intake(
            self.store, guest.settings, time, guest.number, first,
            wire.number(self.message, 'known', 0), self.pairs('waiting'))
        work.take(entries)
        self.heard = self.take_conflicts(authors)
        self.store.want_files(guest.number, (
                (entry.model, entry.identity, entry.values)
                for entry in entries))
        self.store.clock.write_clock(time)
        guest.note(at=wire.number(self.message, 'at', 0))
        reply = self.pushed(entries, work, first)
        if name := self.push_name():
            self.store.receipts.keep(guest.number, name, wire.dumps(reply))
        return reply

    def push_name(self):
        "Return the name by which the sender may ask for the answer."
        name = self.message.get('push')
        wire.expect(name is None or wire.is_name(name), 'push')
        return name

    def arrived(self):
        "Tell again what was answered to the push that the message names."
        guest = self.guest
        guest.check_hub(self.time)
        reply = self.store.receipts.find(guest.number, self.push_name())
        return {**guest.header(self.time),
            'reply': reply and wire.loads(reply)}

    def localise_authors(self, entries):
        authors = self.message['authors']
        for author in authors:
            wire.expect(isinstance(author, list) and len(author) == 3
                and type(author[0]) is int and 0 <= author[0] < INSTANCES
                and wire.is_text(author[1])
                and (author[2] is None or wire.is_text(author[2])), 'author')
        ids = self.store.authors.ids(authors)
        for entry in entries:
            entry.author = _localised(entry.author, ids)
            entry.authors = {name: _localised(author, ids)
                for name, author in entry.authors.items()}
        return ids

    def take_conflicts(self, authors):
        """Take what came up, or was decided, below.

        Return [name, number of decisions] of those whose record is known.
        """
        rows = conflict.hear(self.message.get('conflicts', []), authors)
        if not rows:
            return []
        self.store.want_files(self.guest.number, conflict.values(rows))
        # Something may have come up while the record was leaving
        states, allowed = decision.visible(
            self.store, rows, self.guest.number, former=True)
        known, taken = [], {}
        for row in rows:
            key = row['model'], row['identity']
            if key in states:
                known.append([row['name'], len(row['decisions'])])
            if key in allowed and self.is_case(row):
                row['identity'] = states[key].identity
                taken[row['name']] = row
        decision.take_pushed(
            self.store, list(taken.values()), self.time.next(),
            bool(self.guest.settings.synchronisation_url))
        return known

    def is_case(self, row):
        "Whether a conflict is about something that synchronises."
        Model = self.store.models.get(row['model'])
        return Model and (row['field'] is None
            or row['field'] in Model.synchronised_fields())

    def pushed(self, entries, work, first):
        guest, time = self.guest, self.time
        index = {id(entry): i for i, entry in enumerate(entries)}
        authors = wire.Authors()
        documents = document.answers(
            self.store, work.documents, guest.number)
        self.quarantine(entries, work)
        heard = {'conflicts': self.heard} if self.heard else {}
        if cases := self.cases(work.conflicts, documents):
            heard['cases'] = conflict.tell(cases, authors)
        return {
            **guest.header(time),
            'base': first - first_position(time.epoch),
            'answered': [index[id(entry)] for entry, _, _ in work.documents],
            'documents': wire.pack_documents(
                documents, guest.epoch, time.epoch, authors),
            'waiting': [[
                    index[id(w.entry)], w.code, w.reason, sorted(w.missing)]
                for w in work.waiting],
            **heard,
            **self.waits(),
            **self.wants(),
            'authors': self.store.authors.tell(list(authors.ids)),
            }

    def cases(self, conflicts, documents):
        """Return what the sender has to have beside the answer to a push.

        Nobody drops a value who does not have the conflict, and the answer
        that told of it before may have been lost.
        """
        cases = self.store.conflicts.load([row['name'] for row in conflicts])
        if keys := {d.key for d in documents if d.alive}:
            cases.update((row['name'], row)
                for row in self.store.conflicts.open_of(keys))
        return list(cases.values())

    def waiting(self):
        """Return the rows of what the satellite waits for.

        What another of its lives sent stays for people alone: this one sends
        it no more.
        """
        return [row for row in self.store.quarantine.waiting(
                'here', self.guest.number) if row['life'] == self.guest.epoch]

    def waits(self):
        "Tell what waits here for the satellite, and if it may be taken now."
        rows = self.waiting()
        if not rows:
            return {}
        return {'waits': digest.of_keys(map(_key, rows)), **self.retry(rows)}

    def wants(self):
        "Tell of which files the satellite told the names alone."
        wanted = self.store.wanted_files(self.guest.number)
        return {'wants': wanted} if wanted else {}

    def release_settled(self):
        "H13: forget what the satellite does not wait for any more."
        if 'waits' not in self.message:
            return
        rows = {_key(row): row['id'] for row in self.waiting()}
        if digest.of_keys(rows) != self.message.get('of'):
            # It comes late, and something else waits by now
            return
        told = self.pairs('waits')
        names = self.store.aliases.resolve(rows.keys() | told)
        told = {(model, names.get((model, name), name))
            for model, name in told}
        self.store.quarantine.release([
                id_ for (model, name), id_ in rows.items()
                if (model, names.get((model, name), name)) not in told])

    def retry(self, rows):
        "Tell if some of what waits may be taken now."
        rows = [row for row in rows if not row['aside']]
        missing = [{tuple(key) for key in json.loads(row['missing'])}
            for row in rows if row['code'] == 'missing']
        present = self.store.local_ids(set().union(*missing)).keys()
        others = [row for row in rows if row['code'] != 'missing']
        if (any(row['next_try'] is None for row in rows)
                or any(keys and keys <= present for keys in missing)
                or others and self.store.records.is_changed(
                    self.causes({row['model'] for row in others}),
                    min(row['tried'] or 0 for row in others))):
            return {'retry': True}
        return {}

    def causes(self, models):
        "Return the models whose records may be why others wait."
        installed = models & self.store.models.keys()
        return models.union(*(
                registry.relations(self.store.models[model]).values()
                for model in installed))

    def quarantine(self, entries, work):
        "Show at the hub, too, what waits there."
        quarantine, number = self.store.quarantine, self.guest.number
        bad = {id(w.entry) for w in work.waiting}
        known = quarantine.waiting('here', number)
        taken = {entry.key for entry in entries if id(entry) not in bad}
        quarantine.release([row['id'] for row in known if _key(row) in taken])
        self.release_settled()
        quarantine.store('here', number, [
                (*w.entry.key, w.code, w.reason,
                    w.missing if w.code == 'missing' else (), None,
                    wire.dumps(w.entry.values))
                for w in work.waiting], life=self.guest.epoch)

    # Pull

    def pull(self):
        "Tell a satellite what it does not have."
        message, time, guest = self.message, self.time, self.guest
        guest.check_direction(SENDS)
        guest.check_hub(time)
        at = wire.number(message, 'at', 0)
        since = wire.number(message, 'since', 0)
        known = wire.number(message, 'known', 0)
        told = wire.number(message, 'told', 0)
        limit = max(1, min(wire.number(message, 'limit', 500), MAXIMUM))
        again = message.get('again', False)
        wire.expect(isinstance(again, bool), 'again')
        lanes = message.get('lanes')
        wire.expect(isinstance(lanes, list), 'lanes')
        source = feed.Feed(
            self.store, guest.number, '' if again else guest.link, since,
            known, told)
        wanted, _ = former.resolve(self.store, self.pairs('want'))
        page = self.page(source, lanes, at, limit, list(wanted.values()))
        while page.is_large and limit > 1:
            limit = max(1, limit // 4)
            page = self.page(source, lanes, at, limit, list(wanted.values()))
        authors = wire.Authors()
        reply = {
            **guest.header(time), 'now': time.position, **page.places,
            'documents': wire.pack_documents(
                page.documents, guest.epoch, time.epoch, authors)}
        if page.conflicts:
            reply['conflicts'] = conflict.tell(page.conflicts, authors)
        reply['authors'] = self.store.authors.tell(list(authors.ids))
        guest.note(at=at, since=since, known=known)
        return {**reply, **self.waits(), **self.wants()}

    def page(self, source, lanes, at, limit, wanted):
        "Return the Page of some lanes that has about limit records."
        upto, known = self.time.position, source.known
        places, items, conflicts, is_level = {}, [], [], True
        if 'known' in lanes:
            found, told = self.known(source, at, upto, limit)
            items += found.items
            is_level = not found.more
            places['at'] = [at, found.upto, found.more, known]
            if any(told):
                places['early'] = told
            conflicts = self.conflicts(at, found.upto)
        if 'offered' in lanes and is_level:
            found = source.offers(known, upto, limit)
            present = {item.state.id: item for item in items}
            items += [i for i in found.items if i.state.id not in present]
            places['known'] = [known, found.upto, found.more]
        items = source.complete(items, wanted)
        # What is told early has its cases with it
        new = [item for item in items if not item.out and (
                item.lacking or item.place > places.get('at', [0, upto])[1])]
        return Page(
            places, source.documents(items), self.with_open(conflicts, new))

    def known(self, source, at, upto, limit):
        """Return (the page after at, what is told of early, see Early).

        What is urgent goes first if there is more than a page.
        """
        models = registry.urgent(self.store.models)
        name = early.name(models, source, self.time.epoch)
        told = early.read(self.message.get('early'), name)
        relied = told and told.text()
        page = source.page(at, upto, limit)
        if page.more and models:
            told = told or Early(at, upto, name)
            if not told.is_done:
                urgent = source.urgent(told.upto, told.end, limit)
                told = told._replace(
                    upto=urgent.upto if urgent.more else told.end)
                if urgent.items:
                    return (urgent._replace(upto=at, more=True),
                        [relied, told.text()])
        if told:
            page = page._replace(items=source.without(page.items, told.upto))
        return page, [relied, told.text()
            if told and page.upto < told.end else None]

    def pairs(self, name):
        "Return the (model, identity) that the message has under name."
        return wire.pairs(self.message, name)

    def conflicts(self, at, upto):
        "Return the conflicts placed in (at, upto] that the satellite may see."
        rows = self.store.conflicts.between(at, upto)
        _, allowed = decision.visible(self.store, rows, self.guest.number)
        return [row for row in rows
            if (row['model'], row['identity']) in allowed]

    def with_open(self, conflicts, items):
        "Add the open conflicts of records that are new to the satellite."
        names = {row['name'] for row in conflicts}
        return conflicts + [
            row for row in self.store.conflicts.open_of({
                    (item.state.model, name)
                    for item in items
                    for name in [item.state.identity, *item.state.aliases]})
            if row['name'] not in names]

    # Fetch

    def fetch(self, model, keys):
        "Bring records into the scope of a satellite that asks for them."
        guest, time, store = self.guest, self.time, self.store
        guest.check_direction(SENDS)
        found = store.find_by_key(model, keys)
        states = list(store.records.load(
                'record', [(model, local) for local, _ in found]).values())
        reply = {**guest.header(time),
            'missing': sorted(set(keys) - {str(key) for _, key in found})}
        held = self.held(model)
        states += [state for state in held if not state.dead]
        dropped = self.dropped(model)
        if states or held or dropped:
            self.tell_again(dropped, time.next())
            # Who has what is deleted is told so, also if it was told before
            # and somebody's edit had brought it back
            dead, place = [s for s in held if s.dead], time.next()
            store.scopes.enter(
                {(guest.number, state.id) for state in dead}, MEMBER, place)
            self.tell_again(dead, place)
            granted = closure.grant(
                store, guest.number, states, time.next(), time.next)
            reply['records'] = len(granted)
            store.clock.write_clock(time)
        return reply

    def tell_again(self, states, place):
        "Let records be new to the satellite whose scope they never left."
        pair = {state.id: (self.guest.number, state.id) for state in states}
        scopes = self.store.scopes.of(pair)
        for kind in [MEMBER, PARENT]:
            pairs = {pair[id_] for id_ in pair
                if scopes[id_].get(self.guest.number, (0, OUT))[1] == kind}
            self.store.scopes.leave(pairs, place)
            self.store.scopes.enter(pairs, kind, place)

    def dropped(self, model):
        "E3: return what a satellite dropped by a decision that was lost."
        return self.named(model, 'dropped')

    def named(self, model, word):
        "Return the states of the identities that the message names."
        return list(self.store.records.load('identity', [
                    (model, name)
                    for name in names(self.message.get(word, []))]).values())

    def held(self, model):
        """E3: return what a satellite held before the hub was restored.

        Whoever knows its identity had it; where nothing was lost nobody needs
        to be believed that.
        """
        if not self.time.history:
            return []
        states = self.named(model, 'identities')
        scopes = self.store.scopes.of([s.id for s in states])
        # What it has already is not to become more
        return [state for state in states
            if state.dead or state.opened is None
            and scopes[state.id].get(self.guest.number, (0, OUT))[1] == OUT]

    # Saved versions

    def save(self, versions):
        "Keep what was saved at a satellite, and at those below it."
        guest, time = self.guest, self.time
        guest.check_direction(RECEIVES)
        guest.check_hub(time)
        taken, waiting = saved.take(
            self.store, guest.settings, versions, self.may_write)
        return {**guest.header(time), 'taken': taken, 'waiting': waiting}

    def may_write(self, states):
        "Return the keys of those states that the sender has, or had."
        scopes = self.store.scopes.of([s.id for s in states.values()])
        return {key for key, state in states.items()
            if self.guest.number in scopes[state.id]
            or state.opened is not None or state.identity.startswith('#')
            or state.has_pushed(self.guest.number)}

    # Verify

    def verify(self):
        "Tell a satellite how what it has differs from what it should have."
        message, time, guest = self.message, self.time, self.guest
        guest.check_direction(SENDS)
        guest.check_hub(time)
        at = wire.number(message, 'at', 0)
        known = wire.number(message, 'known', 0)
        stock = inventory.Inventory(self.store, guest.number, at, known)
        reply = {**guest.header(time), **stock.answer(message)}
        if 'adopt' in message:
            repair.adopt(self.store, guest.settings, stock.adopted(message))
        if 'documents' in reply:
            authors = wire.Authors()
            reply['documents'] = wire.pack_documents(
                reply['documents'], guest.epoch, time.epoch, authors)
            reply['authors'] = self.store.authors.tell(list(authors.ids))
        if message.get('proved') is True:
            guest.note(proved=self.store.now())
        return reply


def names(value):
    wire.expect(isinstance(value, list) and len(value) <= KEYS
        and all(map(wire.is_text, value)), 'keys')
    return value


def _key(row):
    return row['model'], row['identity']


def _localised(author, ids):
    return author and [ids[author[0]], author[1]]


def pushed_entries(guest):
    "Return the entries of a push, checked for their form."
    message = guest.message
    authors = message.get('authors')
    wire.expect(isinstance(authors, list), 'authors')
    entries = wire.unpack_entries(
        message.get('entries'), guest.epoch, wire.epoch(message, 'hub', 0),
        wire.number(message, 'at', 0), len(authors))
    wire.expect(
        len({entry.key for entry in entries}) == len(entries),
        'record, which it has twice')
    for entry in entries:
        entry.instance, entry.epoch = guest.number, guest.epoch
        entry.lives = guest.lives
    return entries


def fetched_keys(guest):
    "Return (model, keys) of a fetch, checked."
    message, models = guest.message, guest.store.models
    model, keys = message.get('model'), names(message.get('keys'))
    wire.expect(wire.is_name(model), 'model')
    if (model not in models
            or models[model].sync_mode == SyncMode.push_update):
        raise RefusedError(
            f'The records of "{model}" are not given on demand by the hub; '
            'name a model that is.', 'model')
    return model, keys
