# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The messages as text: one compact JSON document each.

Records with the same fields form a table, so that each name is written once.
Positions are written relative to the epoch they belong to.  What a hostile
peer sends is checked here for its form; what it may do is checked where it
is applied.  The format is described in docs/reference/protocol.rst.
"""
import json
import math
import re
from itertools import groupby, repeat

from .errors import MessageError
from .message import Document, Entry
from .protocol import first_position
from .value import is_decimal

VERSIONS = [1]
LIMIT = 64 * 1024 * 1024
# JSON escapes the other characters that XML cannot carry
NOT_XML = re.compile('[\ud800-\udfff\ufffe\uffff]')
# What no database can hold in a name
NOT_NAME = re.compile('[\ud800-\udfff\0]')
LONGEST_NAME = 199
# Above the last position, and the last epoch that has one
LAST = 1 << 62
# What has values in it
COMPOUND = {dict, list}
# The years that a date can have
FIRST_TIME, LAST_TIME = -62135596800, 253402300800


def dumps(message):
    "Return the text of a message."
    text = json.dumps(message, separators=(',', ':'), ensure_ascii=False)
    if text.isascii():
        return text
    return NOT_XML.sub(lambda match: f'\\u{ord(match[0]):04x}', text)


def loads(text):
    "Return the message of a text or raise MessageError."
    if not isinstance(text, str) or len(text) > LIMIT:
        raise MessageError("The message is not a text, or too long.")
    try:
        message = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise MessageError("The message is not JSON.") from error
    if not isinstance(message, dict):
        raise MessageError("The message is not an object.")
    return message


def _no_constant(name):
    raise ValueError(name)


def _finite(text):
    value = float(text)
    if not math.isfinite(value):
        # It cannot be written as JSON again
        raise ValueError(text)
    return value


def expect(condition, what):
    "Raise MessageError if a message does not have the right form."
    if not condition:
        raise MessageError(f"The message has a wrong {what}.")


def is_number(value):
    return type(value) is int and abs(value) < LAST


def is_text(value):
    return isinstance(value, str) and not NOT_NAME.search(value)


def is_name(value):
    "Whether a value can name a model, a field, a record or a database."
    return is_text(value) and 0 < len(value) <= LONGEST_NAME


def _are_values(values):
    "Whether values have no more than one level of lists and objects."
    return COMPOUND.isdisjoint(map(type, values)) or all(
        COMPOUND.isdisjoint(map(
                type, value.values() if type(value) is dict else value))
        for value in values if type(value) in COMPOUND)


def is_time(value):
    "Whether a value is seconds since 1970 in a year that people can read."
    return type(value) is int and FIRST_TIME <= value < LAST_TIME


def number(message, name, default=None):
    "Return the whole number of a message under name."
    value = message.get(name, default)
    expect(is_number(value), name)
    return value


def epoch(message, name, default=None):
    "Return the epoch of a message under name."
    value = number(message, name, default)
    expect(0 <= first_position(value) < LAST, name)
    return value


def pairs(message, name):
    "Return the set of (model, identity) that a message has under name."
    value = message.get(name, [])
    expect(isinstance(value, list) and all(
            isinstance(pair, list) and len(pair) == 2
            and all(map(is_name, pair)) for pair in value), name)
    return set(map(tuple, value))


def _shorten(position, epoch):
    return position - first_position(epoch) if position else None


def _lengthen(value, epoch):
    if value is None:
        return 0
    expect(is_number(value), "position")
    position = value + first_position(epoch)
    expect(0 <= position < LAST, "position")
    return position


def _names(value):
    expect(isinstance(value, list) and all(map(is_name, value)),
        "list of names")
    return value


def _mapping(value):
    # An empty name stands for the other fields
    expect(isinstance(value, dict)
        and all(is_name(name) for name in value if name), "mapping")
    return value


class Authors:
    "Number the authors of a message in the order of their appearance."

    def __init__(self):
        self.ids = {}

    def pack(self, author):
        if not author:
            return [None, None]
        id_, time = author
        return [self.ids.setdefault(id_, len(self.ids)), time]


def _unpack_author(author, time, count):
    if author is None:
        return None
    expect(type(author) is int and 0 <= author < count, "author")
    expect(is_time(time), "time")
    return [author, time]


def _unpack_last(value, count):
    if value is None:
        return None
    expect(isinstance(value, list) and len(value) == 2, "author")
    return _unpack_author(*value, count)


def pack_entries(entries, epoch, hub, authors):
    """Return the tables of entries.

    Numbers are relative to the sender's epoch, bases to the hub's.
    """
    tables = []

    def kind(entry):
        return (entry.model, 'd' if entry.deletion
            else 'n' if entry.full else 'w', list(entry.fields))
    for (model, letter, names), rows in groupby(entries, key=kind):
        tables.append([model, letter, names, [
                    _pack_entry(entry, epoch, hub, authors)
                    for entry in rows]])
    return tables


def _pack_entry(entry, epoch, hub, authors):
    extra = {}
    places = {(number, base) for number, base, _ in entry.fields.values()}
    common = _common_base(entry, places)
    if common:
        extra['b'] = _shorten(common, hub)
    if places - {(entry.number, common)}:
        extra['x'] = {
            name: [_shorten(number, epoch), _shorten(base, hub)]
            for name, (number, base, _) in entry.fields.items()
            if number != entry.number or base != common}
    if entry.deletion:
        extra['d'] = {
            name: _shorten(v, hub) for name, v in entry.shown.items()}
    changed = {
        name: authors.pack(author) for name, author in entry.authors.items()
        if name in entry.fields and author != entry.author}
    if changed:
        extra['y'] = changed
    if entry.aliases:
        extra['a'] = entry.aliases
    if entry.sums:
        extra['s'] = {
            name: [[_shorten(number, epoch), change]
                for number, change in changes]
            for name, changes in entry.sums.items()}
    return [entry.identity, _shorten(entry.number, epoch), entry.group,
        *authors.pack(entry.author), extra or None,
        *entry.values.values()]


def _common_base(entry, places):
    "Return the base of most fields; places are the different ones."
    if len(places) > 1:
        bases = [base for _, base, _ in entry.fields.values()]
        return max(set(bases), key=bases.count)
    return next(iter(places))[1] if places else 0


def unpack_entries(tables, epoch, hub, at, authors):
    """Return the entries of a message, in its order.

    authors is how many the message has.
    """
    expect(isinstance(tables, list), "list of tables")
    entries = []
    for table in tables:
        expect(isinstance(table, list) and len(table) == 4, "table")
        model, letter, names, rows = table
        expect(is_name(model) and letter in ['d', 'n', 'w'], "table")
        expect(isinstance(rows, list), "table")
        names = _names(names)
        expect(len(set(names)) == len(names), "list of names")
        for row in rows:
            entry = _unpack_entry(
                model, letter, names, row, epoch, hub, authors)
            entry.at = at
            entries.append(entry)
    return entries


def _unpack_entry(model, letter, names, row, epoch, hub, authors):
    expect(isinstance(row, list) and len(row) == 6 + len(names), "row")
    identity, number, group, author, time, extra, *values = row
    expect(is_name(identity), "identity")
    expect(is_number(number), "number")
    expect(_are_values(values), "value")
    expect(is_number(group) and group >= 0, "group")
    entry = Entry(model, identity, _lengthen(number, epoch))
    # Nothing would be taken for what was there before
    expect(entry.number > 0, "number")
    entry.group = group
    entry.full = letter == 'n'
    entry.author = _unpack_author(author, time, authors)
    # Most records have nothing extra
    extra = _mapping(extra) if extra else {}
    common = _lengthen(extra.get('b'), hub)
    entry.fields = dict(zip(
            names, zip(repeat(entry.number), repeat(common), values)))
    entry.values = dict(zip(names, values))
    if letter == 'd':
        entry.shown = {name: _lengthen(v, hub)
            for name, v in _mapping(extra.get('d')).items()}
    if extra:
        _unpack_extra(entry, extra, epoch, hub, authors)
    return entry


def _unpack_extra(entry, extra, epoch, hub, authors):
    different = _mapping(extra.get('x', {}))
    for name in entry.fields.keys() & different.keys():
        expect(isinstance(different[name], list)
            and len(different[name]) == 2, "field")
        number, base = different[name]
        entry.fields[name] = (
            _lengthen(number, epoch), _lengthen(base, hub),
            entry.fields[name][2])
    for name, author in _mapping(extra.get('y', {})).items():
        expect(isinstance(author, list) and len(author) == 2, "author")
        entry.authors[name] = _unpack_author(*author, authors)
    entry.aliases = _names(extra.get('a', []))
    entry.sums = {
        name: _unpack_changes(changes, epoch) for name, changes
        in _mapping(extra.get('s', {})).items() if name in entry.fields}


def _unpack_changes(changes, epoch):
    expect(isinstance(changes, list) and all(
            isinstance(pair, list) and len(pair) == 2 and _is_amount(pair[1])
            for pair in changes), "change")
    return [[_lengthen(number, epoch), change] for number, change in changes]


def _is_amount(change):
    return is_number(change) or (
        isinstance(change, str) and is_decimal(change))


def pack_documents(documents, epoch, hub, authors):
    """Return the tables of documents.

    Positions are relative to the hub's epoch, what the hub has seen to the
    receiver's.
    """
    tables = []

    def kind(document):
        return document.model, document.kind, list(document.values)
    for (model, letter, names), rows in groupby(documents, key=kind):
        tables.append([model, letter, names, [
                    _pack_document(document, epoch, hub, authors)
                    for document in rows]])
    return tables


def _pack_document(document, epoch, hub, authors):
    extra = {}
    if document.created != document.position:
        extra['c'] = _shorten(document.created, hub)
    if document.unit != document.created:
        extra['u'] = _shorten(document.unit, hub)
    if document.version != document.position:
        extra['v'] = _shorten(document.version, hub)
    if document.versions:
        extra['x'] = {
            name: _shorten(v, hub) for name, v in document.versions.items()}
    if document.place != document.position:
        extra['p'] = _shorten(document.place, hub)
    if document.seen:
        extra['s'] = _shorten(document.seen, epoch)
    if document.lines:
        extra['n'] = {name: _shorten(number, epoch)
            for name, number in document.lines.items()}
    if document.aliases:
        extra['a'] = document.aliases
    if document.last:
        extra['l'] = authors.pack(document.last)
    return [document.identity, _shorten(document.position, hub),
        *authors.pack(document.author), extra or None,
        *document.values.values()]


def unpack_documents(tables, epoch, hub, authors):
    "Return the documents of a message, in its order."
    expect(isinstance(tables, list), "list of tables")
    documents = []
    for table in tables:
        expect(isinstance(table, list) and len(table) == 4, "table")
        model, letter, names, rows = table
        expect(isinstance(model, str) and letter in ['w', 'v', 'd', 'f'],
            "table")
        expect(isinstance(rows, list), "table")
        names = _names(names)
        for row in rows:
            documents.append(_unpack_document(
                    model, letter, names, row, epoch, hub, authors))
    return documents


def _unpack_document(model, letter, names, row, epoch, hub, authors):
    expect(isinstance(row, list) and len(row) == 5 + len(names), "row")
    identity, position, author, time, extra, *values = row
    expect(isinstance(identity, str) and identity, "identity")
    document = Document(model, identity, letter, _lengthen(position, hub))
    document.author = _unpack_author(author, time, authors)
    document.values = dict(zip(names, values))
    if extra:
        _unpack_other(document, _mapping(extra), epoch, hub, authors)
    return document


def _unpack_other(document, extra, epoch, hub, authors):
    if 'c' in extra:
        document.created = _lengthen(extra['c'], hub)
    document.unit = document.created
    if 'p' in extra:
        document.place = _lengthen(extra['p'], hub)
    if 'u' in extra:
        document.unit = _lengthen(extra['u'], hub)
    if 'v' in extra:
        document.version = _lengthen(extra['v'], hub)
    document.versions = {name: _lengthen(v, hub)
        for name, v in _mapping(extra.get('x', {})).items()}
    document.seen = _lengthen(extra.get('s'), epoch)
    document.lines = {name: _lengthen(number, epoch)
        for name, number in _mapping(extra.get('n', {})).items()}
    document.aliases = _names(extra.get('a', []))
    document.last = _unpack_last(extra.get('l'), authors)
