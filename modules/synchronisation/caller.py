# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a satellite does between two messages, on any store."
import datetime as dt
import json
import math
from functools import cached_property

from . import (
    conflict, decision, digest, epoch, merge, patience, reception, registry,
    skew, wire, writing)
from .errors import HubUnreachableError, RefusedError
from .loss import Loss
from .pending import Pending
from .protocol import UNKNOWN, UNSENT, first_position, renumber_sums

# Why a record waits whose natural key another has
KEY_TAKEN = {'unique', 'constraint'}
# Under which name an answer tells of a lane
LANES = {'known': 'at', 'offered': 'known'}
# Who waits for more than this is not level, and is told by each answer so
MOST = 5000
# The time of the last contact is not written at each run
MINUTE = dt.timedelta(minutes=1)


class Caller:
    """A satellite that builds messages and applies their answers.

    Each method is a part of one transaction; time is that of its fold.
    """

    def __init__(self, store, settings, pace=None):
        self.store = store
        self.settings = settings
        # How many records go in one message, each way
        self.push_limit = pace.up.records if pace else settings.batch
        self.pull_limit = pace.down.records if pace else settings.batch
        self._reply = self._documents = None

    @cached_property
    def hub(self):
        "The Peer that is the hub, read when it is asked for: a fold moves it."
        return self.store.instances.of_hub()

    def header(self):
        "Return what every message tells of this instance."
        time = self.store.clock.read_clock()
        return {
            'versions': wire.VERSIONS,
            'from': self.settings.synchronisation_id,
            'database': time.database,
            'epoch': time.epoch,
            'marks': time.told(),
            'hub': self.hub.epoch if self.hub else 0,
            **({'lives': time.history} if time.history else {}),
            }

    def meet(self, reply):
        "Note which instance the hub is, the first time."
        if reply.get('to') != self.settings.synchronisation_id:
            # Else it would take the records that are another one's
            raise HubUnreachableError(
                "What answered is meant for another instance; let what is "
                "between this one and its hub keep no answers.",
                'another-answer')
        number = wire.number(reply, 'instance')
        if self.hub is None:
            self.hub = self.store.instances.meet_hub(
                number, self.settings.synchronisation_url,
                wire.number(reply, 'hub'), reply.get('database'))
        if self.hub.database != reply.get('database'):
            raise RefusedError(
                "Another database answers at synchronisation_url than "
                "the one this instance exchanged with; correct "
                "synchronisation_url.", 'another-hub')
        self.forget_lacks(reply)

    def begin_life(self, time, reply):
        """E1: number anew what the hub knows otherwise from another life.

        Not if the answer is about what this one has told long ago.
        """
        if reply.get('mark') != time.last_mark():
            return
        wire.expect(isinstance(reply.get('common'), str), 'common')
        epoch.begin(
            self.store, time, time.place_of(reply['common']),
            wire.epoch(reply, 'life'))

    def loss(self, reply):
        "Return the Loss that an answer tells of, None if it was made good."
        number, history = reply.get('hub'), reply.get('history')
        wire.expect(wire.is_number(number) and isinstance(history, list)
            and all(map(wire.is_number, history)), 'history')
        if self.hub is None:
            # Nothing of this database was lost
            self.meet(reply)
        # Else the answer comes late
        elif self.hub.epoch == wire.number(reply, 'former'):
            return Loss(number, history)

    # Push

    def build_push(self, time, tried):
        """Return (the next message, its entries).

        tried is the Tried of this run; since is then its new place.
        """
        self.send_left(time)
        rows = self.still_waiting()
        pending = Pending(
            self.store, self.push_limit, tried, self.resting(rows),
            self.lacks(), bool(rows), time.position)
        entries = pending.entries()
        self.since = pending.since
        authors = wire.Authors()
        message = {
            'at': (self.hub.at or 0) if self.hub else 0,
            'known': (self.hub.known or 0) if self.hub else 0,
            'entries': wire.pack_entries(
                entries, time.epoch, self.hub.epoch if self.hub else 0,
                authors),
            }
        if entries:
            message['marks'] = time.mark()
            self.store.clock.write_clock(time)
        if entries.last:
            # The hub takes a conflict only with its record
            if cases := self.cases(tried):
                message['conflicts'] = conflict.tell(cases, authors)
        message['authors'] = self.store.authors.tell(list(authors.ids))
        if held := self.held():
            message['waiting'] = held
        return message, entries

    def count_pending(self):
        return self.store.records.count_pending(list(self.store.models))

    def resting(self, rows):
        """Return {key of what waits at the hub: its place when tried}.

        What was changed since is something new, but not if it was set aside.
        """
        return {
            (row['model'], row['identity']):
            math.inf if row['aside'] else row['tried'] or 0
            for row in patience.resting(rows, self.store.now())}

    def still_waiting(self):
        """Return the rows of what waits at the hub, and release the others.

        The hub may have taken it after it said so, from a late message or
        from another life of this database, or somebody else told it.
        """
        if not self.hub:
            return []
        rows = self.store.quarantine.waiting('hub', self.hub.number)
        keys = {(row['model'], row['identity']) for row in rows}
        pending = {key for key, state in self.store.records.load(
                'identity', keys).items() if state.pending} if rows else ()
        waiting, settled = [], []
        for row in rows:
            kept = (row['model'], row['identity']) in pending
            (waiting if kept else settled).append(row)
        if settled:
            self.store.quarantine.release([row['id'] for row in settled])
        return waiting

    def cases(self, tried):
        "Return conflicts of which the hub does not know all."
        return [row for row in self.store.conflicts.unsent(
                self.settings.batch + len(tried))
            if row['name'] not in tried][:self.settings.batch]

    def held(self):
        "Return the keys of what came but whose natural key is taken here."
        if not self.hub:
            return []
        keys = {(row['model'], row['identity'])
            for row in self.store.quarantine.waiting('here', self.hub.number)
            if row['code'] in KEY_TAKEN}
        # What is here as well is another thing
        states = self.store.records.load('identity', keys)
        return sorted(
            key for key in keys if key not in states or states[key].dead)

    def waits(self, reply):
        """P5: return the push that tells what waits at the hub, or None.

        It is None if the hub told the same.
        """
        if 'waits' not in reply:
            return
        keys = {(row['model'], row['identity'])
            for row in self.still_waiting()}
        if digest.of_keys(keys) == reply['waits'] or len(keys) > MOST:
            return
        return {
            'at': self.hub.at or 0, 'known': self.hub.known or 0,
            'entries': [], 'authors': [], 'waits': sorted(keys),
            'of': reply['waits']}

    def apply_push(self, time, reply, entries):
        """Take the answer to a push.

        Return ({key: (code, reason, missing)} of what waits at the hub, the
        Reception of the documents).
        """
        work = reception.Reception(self.store, time, self.hub.number)
        if not time.has_asked(reply) or self.is_former(reply):
            # Another life of this database asked, or one of the hub answered
            return {}, work
        documents, authors = self.documents(time, reply)
        answered = {entries[i].key for i in reply['answered']}
        waiting = {entries[i].key: (code, reason, missing)
            for i, code, reason, missing in reply['waiting']}
        base = wire.number(reply, 'base') + first_position(
            wire.number(reply, 'hub'))
        self.acknowledge(
            [e for e in entries
                if e.key not in answered and e.key not in waiting], base)
        if documents:
            # An answer does not bring what left the scope meanwhile
            work.take(work.known(documents), entries.last)
        if rows := reply.get('cases'):
            self.hear_cases(rows, authors, time)
        decision.acknowledge(self.store, reply.get('conflicts', []))
        self.note_lacks(reply, waiting)
        self.keep_waiting(entries, waiting)
        self.hurry(reply)
        self.tell_anew(time, set().union(*(
                    map(tuple, missing) for code, _, missing
                    in waiting.values() if code == 'missing')))
        self.send_whole([key for key, (code, _, _) in waiting.items()
                if code == 'whole'])
        time.acknowledge(reply['mark'])
        self.store.clock.write_clock(time)
        return waiting, work

    def lacks(self):
        "Return {model: names} of the fields that the hub does not know."
        return json.loads(self.hub and self.hub.lacks or '{}').get(
            'fields', {})

    def note_lacks(self, reply, waiting):
        "Leave out from now on what the hub does not know, until it does."
        fields = {model: set(names) for model, names in self.lacks().items()}
        for code, _, unknown in waiting.values():
            if code == 'field':
                for model, name in unknown:
                    fields.setdefault(model, set()).add(name)
        if fields:
            self.store.instances.note(self.hub, {'lacks': json.dumps({
                            'of': reply.get('fields'), 'fields': {
                                model: sorted(names)
                                for model, names in fields.items()}})})

    def forget_lacks(self, reply):
        "Send everything again to a hub whose modules were updated."
        if not self.hub.lacks:
            return
        if json.loads(self.hub.lacks).get('of') != reply.get('fields'):
            # The next push sees to it
            self.store.instances.note(self.hub, {'lacks': '{}'})
            self.hub = self.store.instances.of_hub()

    def send_left(self, time):
        "Give what was left out of pushes a place from which it is sent."
        if not self.hub or self.hub.lacks != '{}':
            return
        for part in skew.parts(state for state in self.store.records.every()
                if UNSENT in state.base.values()):
            for state in part:
                left = [name for name, base in state.base.items()
                    if base == UNSENT]
                state.move(left, time.next())
                state.base.update(dict.fromkeys(left, UNKNOWN))
                renumber_sums(state, left)
            self.store.records.keep(part)
        self.store.clock.write_clock(time)
        self.store.instances.note(self.hub, {'lacks': None})
        self.hub = self.store.instances.of_hub()

    def acknowledge(self, entries, base):
        records = self.store.records
        states = records.load('identity', [entry.key for entry in entries])
        for entry in entries:
            if state := states.get(entry.key):
                merge.acknowledge(state, entry, base + entry.group)
        records.keep(list(states.values()), self.store.now())

    def keep_waiting(self, entries, waiting):
        "Show here, too, what waits at the hub."
        quarantine, hub = self.store.quarantine, self.hub.number
        sent = {entry.key for entry in entries}
        quarantine.release([
                kept['id'] for kept in quarantine.waiting('hub', hub)
                if (kept['model'], kept['identity']) in sent - set(waiting)])
        quarantine.store('hub', hub, [
                (*entry.key, code, reason, map(tuple, missing), None,
                    wire.dumps(entry.values))
                for entry in entries if entry.key in waiting
                for code, reason, missing in [waiting[entry.key]]],
            {entry.key: entry.number for entry in entries})

    def tell_anew(self, time, missing):
        """P6: give the hub again what it deleted and others here need.

        It has got no values of it that could come back: the deletion is of a
        life that was lost here, and came before the record.
        """
        if not missing:
            return
        deleted = {document.key: document for document in reception.remembered(
                self.store, [
                    row for row in self.store.quarantine.waiting(
                        'here', self.hub.number)
                    if row['code'] == 'children'])}
        states = {
            key: state for key, state in self.store.records.load(
                'identity', deleted).items()
            if registry.is_pushed(self.store.models[state.model]) and (
                key in missing or state.full
                and state.position <= deleted[key].seen_by(state))}
        if missing & states.keys():
            # All of it, for they may need each other
            position = time.next()
            for state in states.values():
                state.full = True
                state.move(registry.names(
                        self.store.models[state.model]), position)
            self.store.records.keep(list(states.values()))

    def hurry(self, reply):
        "Send what waits at the hub again if it says that it may be taken."
        if reply.get('retry'):
            self.store.quarantine.hurry(self.hub.number)

    def send_whole(self, keys):
        "The hub lacks records that it had: they go whole next time."
        states = self.store.records.load('identity', keys)
        for state in states.values():
            state.full, state.base = not state.dead, {}
        self.store.records.keep(list(states.values()))

    # Pull

    def build_pull(self, lanes, reply=None):
        """Return the next message.

        With the answer to the one before it is that which will follow once
        the answer is applied.
        """
        message = {
            'lanes': lanes,
            **self.places(),
            'early': self.early,
            **(self.moved(reply) if reply else {}),
            'limit': self.pull_limit,
            }
        if message['early'] is None:
            del message['early']
        if self.hub and self.hub.again:
            message['again'] = True
        # What is asked for once comes with the first answer, or not at all
        if not reply and (missing := self.missing()):
            message['want'] = sorted(missing)
        return message

    def missing(self):
        "Return the keys that what waits here refers to."
        missing = set()
        if self.hub:
            for row in self.store.quarantine.waiting('here', self.hub.number):
                missing.update(map(tuple, json.loads(row['missing'] or '[]')))
        return missing

    def apply_pull(self, time, reply):
        "Take the answer to a pull and return the Reception of its documents."
        documents, authors = self.documents(time, reply)
        work = reception.Reception(self.store, time, self.hub.number)
        if self.is_late(time, reply):
            return work
        work.take(documents, is_last(reply))
        if rows := reply.get('conflicts'):
            self.hear_cases(rows, authors, time)
        self.move(reply)
        self.store.clock.write_clock(time)
        return work

    def hear_cases(self, rows, authors, time):
        "Take the conflicts of an answer."
        rows = conflict.hear(rows, authors)
        self.store.want_files(self.hub.number, conflict.values(rows))
        decision.take_told(self.store, rows, time.next())

    def note_owes(self, owes):
        "Remember whether the hub asks for files, for runs without records."
        if bool(self.hub.owes) != owes:
            self.store.instances.note(self.hub, {'owes': owes})

    def pass_by(self, reply):
        "Move the places with an answer that brings nothing."
        if not self.is_late(self.store.clock.read_clock(), reply):
            self.move(reply)

    def is_former(self, reply):
        "Whether an answer is of a life of the hub that was lost since."
        return wire.number(reply, 'hub') != self.hub.epoch

    def is_late(self, time, reply):
        """S1: whether an answer tells less than what is known already.

        Or more than what follows on that: another life asked for it, which
        may have told other marks.
        """
        at, known = self.hub.at or 0, self.hub.known or 0
        return (wire.number(reply, 'epoch') != time.epoch
            or reply.get('mark') not in dict(map(reversed, time.told()))
            or self.is_former(reply)
            or wire.number(reply, 'now') < max(at, known)
            or reply.get('at', [0])[0] > at
            or reply.get('known', [0])[0] > known)

    def has_work(self, reply):
        "Whether there is something to take with the answer to a pull."
        return bool(
            reply['documents'] or reply.get('conflicts')
            or is_last(reply)
            and self.store.quarantine.has_due(self.hub.number))

    def documents(self, time, reply):
        "Return (the documents of an answer, the local ids of its authors)."
        documents = self.unpacked(reply)
        authors = self.store.authors.ids(reply['authors'])
        for document in documents:
            document.localise_authors(authors)
        self.store.want_files(self.hub.number, (
                (document.model, document.identity, document.values)
                for document in documents))
        return documents, authors

    def unpacked(self, reply):
        "Return the documents of an answer, which are read once."
        if self._reply is not reply:
            self._reply, self._documents = reply, unpack(reply)
        return self._documents

    def lock_rows(self, reply, whole=True):
        """Wait for the users who write what an answer is about.

        whole is whether all that waits is tried with it.
        """
        documents = self.unpacked(reply)
        writing.lock_rows(self.store, documents + reception.remembered(
                self.store, reception.waiting(
                    self.store, self.hub.number, documents, whole)))

    def places(self):
        "Return {name: how far the feed of the hub was read}."
        return {
            name: getattr(self.hub, name, None) or 0
            for name in epoch.PLACES}

    @property
    def early(self):
        "What the hub wrote down of what it told before its turn, or None."
        return self.hub and self.hub.early

    def moved(self, reply):
        "S1: return the places that an answer moves, {name: place}."
        places, values = self.places(), {}
        if 'at' in reply:
            from_, upto, more, known = reply['at']
            relied, early = _early(reply)
            # What became known since may have changed in between
            if (from_ == places['at'] <= upto and known == places['known']
                    and relied in {None, self.early}):
                values.update(at=upto, early=early)
                if not more:
                    values['since'] = upto
        if 'known' in reply:
            from_, upto, more = reply['known']
            if from_ == places['known'] <= upto:
                values['known'] = upto
                if places['at'] >= places['known']:
                    # What is offered from here on comes as it is now, so a
                    # pull need not repeat it.  Moved at any other time, told
                    # would hide edits of what was offered before.
                    values['told'] = wire.number(reply, 'now')
        return values

    def has_read_again(self, reply, values):
        "F5: whether all was read that this database had sent, too."
        return bool(self.hub.again and 'known' in values
            and not reply['known'][2]
            and (values.get('since') or self.hub.since))

    def move(self, reply):
        "S1: the places move with the documents, in one transaction."
        self.hurry(reply)
        hub, values = self.hub, self.moved(reply)
        if self.has_read_again(reply, values):
            values['again'] = False
        values.update({
                f'{name}_life': wire.number(reply, 'epoch')
                for name in LANES.values()
                if name in values and not reply[name][2]})
        now = self.store.now()
        moved = any(
            (getattr(hub, n) or 0) != (v or 0) for n, v in values.items())
        if moved or not hub.contact or now - hub.contact > MINUTE:
            self.store.instances.note(hub, {**values, 'contact': now})


def _early(reply):
    """Return (what an answer to a pull leaves out, what the next one may).

    Both as the hub wrote them, or None.
    """
    early = reply.get('early') or [None, None]
    wire.expect(isinstance(early, list) and len(early) == 2 and all(
            text is None or wire.is_text(text) for text in early), 'early')
    return early


def is_last(reply):
    "Whether an answer to a pull says that there is no more."
    return not any(reply[name][2] for name in LANES.values() if name in reply)


def remaining(reply, lanes):
    "Return those of the lanes of a pull in which there is more."
    return [lane for lane in lanes
        if LANES[lane] not in reply or reply[LANES[lane]][2]]


def is_past(reply, lanes, place):
    "Whether what follows in some lanes is newer than a place."
    return all(reply[LANES[lane]][1] >= place
        for lane in lanes if LANES[lane] in reply)


def unasked(reply, lanes):
    "Return those of some lanes of which an answer tells nothing."
    return [lane for lane in lanes if LANES[lane] not in reply]


def unpack(reply):
    """Return the documents of an answer.

    Its numbers of the satellite are those of the life that it names.
    """
    authors = reply.get('authors')
    wire.expect(isinstance(authors, list), 'authors')
    return wire.unpack_documents(
        reply.get('documents'), wire.epoch(reply, 'epoch'),
        wire.number(reply, 'hub'), len(authors))
