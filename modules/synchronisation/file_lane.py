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
# After so many answers without a file a run asks no more
PAGES = 3


class FileLane:
    """What a Cycle does about files.

    has_news is whether the hub has records that were not pulled yet.
    """

    def __init__(self, cycle, sends, pulls):
        self.cycle = cycle
        self.sends = sends and cycle.settings.direction != RECEIVES
        # Who only sends is told of what wins over what it sent
        self.pulls = pulls or sends and cycle.settings.direction == SENDS
        # What cannot be sent, or had, in this run
        self.left = set()
        # How often nothing could be sent, and had, of all that was asked for
        self.idle = {'offer': 0, 'ask': 0}
        self.has_news = False
        # The part with which the line broke, and how often it did by then
        self.broken = None, 0
        # Whether it is not known what arrived
        self.is_unsure = self.sends and cycle.wants is None and self.owes()

    def step(self):
        "Send a part and ask for one; return whether there was something."
        if self.is_unsure:
            return self.exchange({})
        message, given = {}, None
        if self.sends and self.idle['offer'] < PAGES:
            message, given = self.offer()
        if self.pulls and self.idle['ask'] < PAGES:
            message.update(self.ask())
        if message:
            return self.exchange(message, given)
        self.let_leave()
        return False

    def owes(self):
        with self.cycle.caller(readonly=True) as caller:
            return bool(caller.hub and caller.hub.owes)

    def offer(self):
        "Return (what the message has of the next part, that part)."
        later, gone = [], []
        with self.cycle.caller(readonly=True) as caller:
            for name, *place, start in self.cycle.wants or ():
                if name in self.left:
                    continue
                source = file_desk.locate(
                    caller.store, name, *place, bool(start))
                if source:
                    return {
                        'offer': self.part(source, name, start),
                        **_filled(later=later, gone=gone)}, (name, start)
                (later if Pool().get('synchronisation.file.want').is_wanted(
                        name) else gone).append(name)
        self.left.update(later, gone)
        self.idle['offer'] += 1
        return _filled(later=later, gone=gone), None

    def part(self, source, name, start):
        "Return the next part of a content as a message has it."
        data = file_row.piece(
            *source, start, min(
                name.size - start, self.size(self.cycle.pace.up)))
        return [name, start, file_desk.encode(data)]

    def ask(self):
        "Return what the message has of what is to come."
        def find():
            with self.cycle.caller() as caller:
                return missing(caller, self.left) if caller.hub else []
        if rows := self.cycle.retried(find):
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
        if 'ask' in message:
            self.take(reply, {row[0]: row[-1] for row in message['ask']})
        return True

    def note_given(self, name, start):
        "Note how far the hub got, and leave alone what it does not take."
        cycle = self.cycle
        here = {row[0]: row[-1] for row in cycle.wants}
        cycle.progress('files', here.get(name, name.size), name.size)
        if name not in here:
            cycle.outcome.files_sent += 1
        elif here[name] <= start:
            self.left.add(name)

    def take(self, reply, asked):
        """Take what the hub answered about {name: how much of it is here}.

        It asks for nothing more if nothing comes.
        """
        cycle = self.cycle
        later, gone = [
            [name for name in file_desk.names_of(reply, what)
                if name in asked] for what in ['later', 'gone']]
        part = file_desk.part(reply['part']) if 'part' in reply else None
        wire.expect(part is None or part.name in asked, 'part')
        self.left.update(later, gone)
        if part is None:
            self.idle['ask'] += 1 if later or gone else PAGES

        def take():
            with cycle.transaction(snapshot=False) as caller:
                Want = Pool().get('synchronisation.file.want')
                Want.put_off(caller.hub.number, later)
                Want.give_up(caller.hub.number, gone)
                # Its record left, or has another file by now
                Want.forget(caller.hub.number, set(gone).difference(
                        Pool().get('synchronisation.file.gap').lacking(gone)))
                return part and file.take(
                    caller.store, caller.hub.number, *part)
        here = cycle.retried(take) or 0
        reach('file.taken')
        if part is None:
            return
        if here == part.name.size:
            cycle.outcome.files_received += 1
        elif here <= asked[part.name]:
            self.left.add(part.name)
        cycle.progress('files', here, part.name.size)

    def let_leave(self):
        "Forget the files of what left the scope, which the hub has by now."
        wants = self.cycle.wants
        if wants is None or len(wants) == file_desk.MOST:
            return

        def leave():
            with self.cycle.caller():
                Pool().get('synchronisation.file').let_leave(
                    [row[0] for row in wants])
        self.cycle.retried(leave)

    def has_changes(self):
        "Whether users changed something meanwhile."
        with self.cycle.caller(readonly=True) as caller:
            return lock.any_row(caller.store.changes)


def _filled(**lists):
    return {name: found for name, found in lists.items() if found}


def missing(caller, left):
    "Return rows of what the hub is asked for, but for some names."
    pool = Pool()
    Part = pool.get('synchronisation.file.part')
    Want = pool.get('synchronisation.file.want')
    number = caller.hub.number
    Want.note(number, {
            name: row for name, *row in gaps(caller.store, number)})
    rows = [row for row in Want.of(number, file_desk.MOST)
        if row[0] not in left]
    here = Part.arrived(number, [row[0] for row in rows])
    return [[*row, here[row[0]]] for row in rows]


def gaps(store, number):
    "Return the [name, model, identity, field] of gaps nobody is asked for."
    found = Pool().get('synchronisation.file.gap').unasked(
        number, file_desk.MOST)
    states = store.records.load('record', {
            (model, local) for _, model, local, _ in found})
    return [[name, model, states[model, local].identity, field]
        for name, model, local, field in found
        if (model, local) in states and not states[model, local].dead]
