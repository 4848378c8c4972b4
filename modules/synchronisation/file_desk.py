# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the hub does with the parts of files."
import base64
import binascii
from collections import namedtuple

from trytond.pool import Pool

from . import conflict, content, decision, file, file_row, lock, registry, wire
from .configuration import RECEIVES
from .reference import local_ids

# How many files one message asks for, and how large a part is
MOST, LARGEST = 50, 1 << 22


class Offer(namedtuple('Offer', 'name start data')):
    "A part of a content."
    __slots__ = ()

    @property
    def is_last(self):
        return self.start + len(self.data) >= self.name.size


class FileDesk:
    """One message of a Guest about files.

    time is the clock's Time; what is written is one transaction.
    """

    def __init__(self, store, time, guest):
        self.store = store
        self.time = time
        self.guest = guest
        self.message = guest.message

    def answer(self, offer):
        "Take an Offer, or None, and tell of what the satellite asks for."
        guest = self.guest
        guest.check_hub(self.time)
        reply = guest.header(self.time)
        if offer or self.message.get('gone') or self.message.get('later'):
            guest.check_direction(RECEIVES)
            self.take(offer)
        # Who only sends is told of what wins over what it sent
        if asked := heard(self.message.get('ask', []), 'ask'):
            reply.update(self.give(asked))
        return {
            **reply, 'news': self.has_news(),
            'wants': wanted(self.store, guest.number)}

    def take(self, offer):
        "Take a part that the hub asked for, and hear what is not there."
        Want = Pool().get('synchronisation.file.want')
        number = self.guest.number
        Want.give_up(number, names_of(self.message, 'gone'))
        Want.put_off(number, names_of(self.message, 'later'))
        if offer and Want.is_wanted(offer.name, number):
            file.take(self.store, number, *offer)

    def give(self, asked):
        """Return the first part that is here of what is asked for.

        What comes before it is to come yet, or nobody has it.
        """
        limit = max(1, min(wire.number(self.message, 'limit', 1), LARGEST))
        pool = Pool()
        Want = pool.get('synchronisation.file.want')
        allowed = self.allowed(asked)
        later, none = [], []
        for name, model, identity, field, start in asked:
            source = None
            if (model, identity) in allowed:
                source = self.source(
                    name, model, identity, allowed[model, identity], field,
                    bool(start))
            if source:
                data = file_row.piece(
                    *source, start, min(limit, max(0, name.size - start)))
                return {
                    'part': [name, start, encode(data)],
                    'later': later, 'gone': none}
            # Not by whom it is asked of
            (later if Want.is_wanted(name, but=self.guest.number)
                else none).append(name)
        return {'later': later, 'gone': none}

    def source(self, name, model, identity, local, field, is_begun):
        """Return the (Model, id, field) that has a content, or None.

        It is that of a record, or of a case of it; who knows a name alone
        gets nothing.
        """
        if local is not None and (local, field, name) in Pool().get(
                'synchronisation.file.gap').of(model, [local]) or any(
                name in told.values() for _, _, told in conflict.values(
                    self.store.conflicts.open_of({(model, identity)}))):
            File = Pool().get('synchronisation.file')
            if source := File.source(name, is_begun):
                return source
        # Last, as another one of the same size is taken for what was begun
        return own(self.store, model, local, field, name, is_begun)

    def allowed(self, asked):
        "Return {(model, identity): local id} of what the guest may see."
        rows = [{'model': model, 'identity': identity}
            for _, model, identity, *_ in asked]
        states, allowed = decision.visible(
            self.store, rows, self.guest.number)
        return {key: states[key].local for key in allowed}

    def has_news(self):
        "Whether a pull may bring something."
        places = [wire.number(self.message, n, 0) for n in ['at', 'known']]
        return (self.time.position > max(places)
            or lock.any_row(self.store.changes))


def own(store, model, local, field, name, is_begun):
    "Return the (Model, id, field) if a record has the content itself."
    Model = store.models.get(model)
    if (Model and local is not None and field in registry.files(Model)
            and file_row.has(Model, local, field, name, is_begun)):
        return Model, local, field


def locate(store, name, model, identity, field, is_begun):
    "Return the (Model, id, field) that has a content here, or None."
    File = Pool().get('synchronisation.file')
    local = local_ids({(model, identity)}).get((model, identity))
    return File.source(name, is_begun) or own(
        store, model, local, field, name, is_begun)


def wanted(store, instance):
    "Return what an instance is asked for, as a message has it."
    pool = Pool()
    rows = pool.get('synchronisation.file.want').of(instance, MOST)
    here = pool.get('synchronisation.file.part').arrived(
        instance, [name for name, *_ in rows])
    return [[*row, here[row[0]]] for row in rows]


def heard(rows, what='wants'):
    "Return what somebody asks for, checked for its form."
    wire.expect(isinstance(rows, list) and len(rows) <= MOST, what)
    return [_heard(row, what) for row in rows]


def _heard(row, what):
    wire.expect(isinstance(row, list) and len(row) == 5, what)
    text, model, identity, field, start = row
    name = content.named(text)
    wire.expect(name is not None
        and all(map(wire.is_name, [model, identity, field]))
        and wire.is_number(start) and 0 <= start <= name.size, what)
    return [name, model, identity, field, start]


def names_of(message, what):
    "Return the names that a message has: of what is gone, or comes later."
    names = message.get(what, [])
    wire.expect(isinstance(names, list) and len(names) <= MOST
        and all(map(content.named, names)), what)
    return names


def offered(message):
    "Return the Offer of a message, or None."
    row = message.get('offer')
    return None if row is None else part(row, 'offer')


def part(row, what='part'):
    "Return the Offer that a list of a message is, checked."
    wire.expect(isinstance(row, list) and len(row) == 3, what)
    text, start, data = row
    name = content.named(text)
    wire.expect(name is not None and wire.is_number(start) and start >= 0
        and isinstance(data, str), what)
    try:
        data = base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error):
        data = None
    wire.expect(data is not None and 0 < len(data) <= LARGEST, what)
    return Offer(name, start, data)


def encode(data):
    return base64.b64encode(data).decode('ascii')
