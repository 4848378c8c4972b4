# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The files that a satellite sends and asks for, part by part.

They have a lane of their own: between two parts goes what people wait for.
"""
from trytond.pool import Pool

from . import file, file_desk, file_row, lock, wire
from .configuration import RECEIVES, SENDS
from .errors import HubUnreachableError
from .failpoint import reach

# The least that a part has, in bytes
LEAST = 1 << 10


class FileLane:
    """What a Cycle does about files.

    has_news is whether the hub has records that were not pulled yet.
    """

    def __init__(self, cycle, sends, pulls):
        self.cycle = cycle
        self.sends = sends and cycle.settings.direction != RECEIVES
        self.pulls = pulls and cycle.settings.direction != SENDS
        # What cannot be sent, or had, in this run
        self.left = set()
        self.has_news = False
        # The part with which the line broke, and how often it did by then
        self.broken = None, 0
        # Whether it is not known what arrived
        self.is_unsure = self.sends and cycle.wants is None and self.owes()

    def step(self):
        "Send a part and ask for one; return whether there was something."
        if self.is_unsure:
            return self.exchange({})
        message, given = self.offer() if self.sends else ({}, None)
        if self.pulls:
            message.update(self.ask())
        return bool(message) and self.exchange(message, given)

    def owes(self):
        with self.cycle.caller(readonly=True) as caller:
            return bool(caller.hub and caller.hub.owes)

    def offer(self):
        "Return (what the message has of the next part, that part)."
        gone = []
        with self.cycle.caller(readonly=True) as caller:
            for name, *place, start in self.cycle.wants or ():
                if name in self.left:
                    continue
                source = file_desk.locate(
                    caller.store, name, *place, bool(start))
                if source:
                    data = file_row.piece(
                        *source, start, min(
                            name.size - start, self.size(self.cycle.pace.up)))
                    row = [name, start, file_desk.encode(data)]
                    return {'offer': row, 'gone': gone}, (name, start)
                if not Pool().get(
                        'synchronisation.file.want').is_wanted(name):
                    gone.append(name)
                self.left.add(name)
        return ({'gone': gone} if gone else {}), None

    def ask(self):
        "Return what the message has of what is to come."
        with self.cycle.caller(readonly=True) as caller:
            rows = missing(caller, self.left)
        if rows:
            return {'ask': rows, 'limit': self.size(self.cycle.pace.down)}
        return {}

    def size(self, way):
        return max(LEAST, min(file_desk.LARGEST, int(way.bytes)))

    def exchange(self, message, given=None):
        cycle = self.cycle
        with cycle.caller(readonly=True) as caller:
            header = {**caller.header(), **caller.places()}
        try:
            reply = cycle.answer(cycle.send(
                    cycle.pack('file', {**header, **message})))
        except HubUnreachableError as error:
            cycle.redial(error)
            self.is_unsure = given is not None
            self.broken = given, cycle.failures
            return True
        if self.is_unsure and self.broken[0] in [
                (row[0], row[-1]) for row in cycle.wants]:
            # What is small comes through, which helps nobody
            cycle.failures = self.broken[1]
        self.is_unsure = False
        reach('file.answered')
        wire.expect(isinstance(reply.get('news'), bool), 'news')
        self.has_news = reply['news']
        if given:
            self.note_given(*given)
        self.take(reply)
        return True

    def note_given(self, name, start):
        "Note how far the hub got, and leave alone what it does not take."
        here = {row[0]: row[-1] for row in self.cycle.wants}
        if name not in here:
            self.cycle.outcome.files_sent += 1
        elif here[name] <= start:
            self.left.add(name)

    def take(self, reply):
        "Take the part that the hub gave."
        names = [*reply.get('later', []), *reply.get('gone', [])]
        self.left.update(file_desk.gone({'gone': names}))
        cycle = self.cycle

        def give_up():
            with cycle.caller() as caller:
                Pool().get('synchronisation.file.want').give_up(
                    caller.hub.number, reply['gone'])
        if reply.get('gone'):
            cycle.retried(give_up)
        if 'part' not in reply:
            return
        part = file_desk.part(reply['part'])

        def take():
            with cycle.transaction(snapshot=False) as caller:
                return file.take(caller.store, caller.hub.number, *part)
        here = cycle.retried(take)
        reach('file.taken')
        if here == part.name.size:
            cycle.outcome.files_received += 1
        if here is None:
            self.left.add(part.name)
        cycle.progress('files', here or 0, part.name.size)

    def has_changes(self):
        "Whether users changed something meanwhile."
        with self.cycle.caller(readonly=True) as caller:
            return lock.any_row(caller.store.changes)


def missing(caller, left):
    "Return rows of what the hub is asked for, but for some names."
    if not caller.hub:
        return []
    pool = Pool()
    Part = pool.get('synchronisation.file.part')
    Want = pool.get('synchronisation.file.want')
    number = caller.hub.number
    rows = {row[0]: row for row in Want.of(number, file_desk.MOST + len(left))
        if row[0] not in left}
    for row in gaps(caller.store, file_desk.MOST + len(left)):
        if row[0] not in left:
            rows.setdefault(row[0], row)
    chosen = sorted(rows.values(), key=lambda row: row[0].size)
    chosen = chosen[:file_desk.MOST]
    here = Part.arrived(number, [row[0] for row in chosen])
    return [[*row, here[row[0]]] for row in chosen]


def gaps(store, limit):
    "Return the [name, model, identity, field] of what rows lack."
    found = Pool().get('synchronisation.file.gap').first(limit)
    states = store.records.load('record', {
            (model, local) for _, model, local, _ in found})
    return [[name, model, states[model, local].identity, field]
        for name, model, local, field in found
        if (model, local) in states and not states[model, local].dead]
