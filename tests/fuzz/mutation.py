# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Messages made wrong, as text and after they were decoded.

What is done to one is drawn from a seed, so that a seed is a message.
"""
import json
from collections import namedtuple

# The texts that mean something to the hub, and the keys of its records
Lexicon = namedtuple('Lexicon', 'words keys')
LARGE = 10_000_000
DEEP = 5000
NUMBERS = [
    0, 1, -1, 2, 511, 512, 1 << 31, 1 << 40, (1 << 40) - 1, 1 << 61, 1 << 62,
    1 << 63, -(1 << 63), 1 << 64, 10 ** 400, -(1 << 40), 0.5, -0.0, 1e308]
TEXTS = [
    '', ' ', 'nan', 'inf', 'NaN', '\0', '\ud800', '\udfff x', '\uffff', '#',
    '#.', '=', '=x', '#ir.lang_en', 'x' * 199, 'x' * 200, 'x,y', '1.1.1',
    '1.5', '2024-02-29', '2024-02-30', '12:30:00', '24:61',
    '2024-02-29T12:30:00+02:00', 'eA==', 'eA', '{"a":1}', '{"a":NaN}',
    '{"a":{"__class__":"date"}}', '[' * 300, "'; DROP TABLE res_user; --",
    '-0', '1e5', '٣', 'model', 'identity']
OTHERS = [None, True, False, [], {}, [None], [[]], {'': 0}, {'': ''}]


def junk(rng, lexicon):
    "Return any value, one of the words more often than others."
    draw = rng.random()
    if draw < .2:
        return rng.choice(lexicon.words)
    if draw < .3:
        return rng.choice(lexicon.keys)[1]
    if draw < .5:
        return rng.choice(TEXTS)
    if draw < .75:
        return rng.choice(NUMBERS)
    if draw < .9:
        return rng.choice(OTHERS)
    if draw < .95:
        return [junk(rng, lexicon) for _ in range(rng.randint(1, 3))]
    if draw < .999:
        return {str(junk(rng, lexicon)): junk(rng, lexicon)
            for _ in range(rng.randint(1, 3))}
    return rng.choice([nested, large])()


def nested():
    value = []
    for _ in range(DEEP // 10):
        value = [value]
    return value


def large():
    return 'x' * LARGE


def broken(rng, text):
    "Return a text that was damaged on the way."
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(text) + 1)
        stop = min(len(text), start + rng.choice([0, 1, 1, 2, 5, 50, 10 ** 6]))
        text = text[:start] + rng.choice([
                '', '', text[start:stop] * 2, chr(rng.randrange(128)),
                chr(rng.randrange(0x11000)), rng.choice('[]{}",:0123456789'),
                rng.choice(['null', 'NaN', '-Infinity', '1e999', '\\u0000',
                        '\\ud800', '9' * 5000, '[' * DEEP, '{"a":' * DEEP]),
                ]) + text[stop:]
    return text


def no_text(rng, text):
    "Return what XML-RPC can bring instead of a text."
    return rng.choice([
            None, True, 0, 1.5, [], [text], {}, {'text': text},
            text.encode(errors='replace'), b'\xff'])


def places(node):
    "Yield (container, key) of everything in a message."
    items = (node.items() if isinstance(node, dict)
        else enumerate(node) if isinstance(node, list) else ())
    for key, value in items:
        yield node, key
        yield from places(value)


def mutated(rng, message, lexicon, aimed):
    "Return a message that was changed after it was decoded."
    message = json.loads(json.dumps(message))
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        rows = list(tables(message))
        if rows and rng.random() < aimed:
            rng.choice(AIMED)(rng, rng.choice(rows), lexicon)
        else:
            anywhere(rng, message, lexicon)
    return message


def anywhere(rng, message, lexicon):
    found = list(places(message))
    if not found:
        return
    node, key = rng.choice(found)
    act = rng.randrange(6)
    if act == 0:
        del node[key]
    elif act == 1 and isinstance(node, list):
        node.insert(key, node[key])
    elif act == 2 and isinstance(node, list):
        other = rng.randrange(len(node))
        node[key], node[other] = node[other], node[key]
    elif act == 3 and isinstance(node, dict):
        node[str(junk(rng, lexicon))] = node.pop(key)
    elif act == 4 and type(node[key]) is int:
        node[key] = rng.choice([
                -node[key], node[key] + 1, node[key] - 1, node[key] << 30,
                node[key] + (1 << 40), node[key] + 0.5, str(node[key])])
    else:
        node[key] = junk(rng, lexicon)


def tables(message):
    entries = message.get('entries')
    for table in entries if isinstance(entries, list) else ():
        if (isinstance(table, list) and len(table) == 4
                and isinstance(table[3], list) and table[3]
                and isinstance(table[2], list)
                and all(isinstance(row, list) and len(row) > 5
                    for row in table[3])):
            yield table


# What is changed in a table of entries so that it still has the right form

def swap_model(rng, table, lexicon):
    table[0] = rng.choice(lexicon.words)


def swap_kind(rng, table, lexicon):
    table[1] = rng.choice('ndw')


def swap_field(rng, table, lexicon):
    if table[2]:
        table[2][rng.randrange(len(table[2]))] = rng.choice(lexicon.words)


def add_field(rng, table, lexicon):
    table[2].append(rng.choice(lexicon.words))
    for row in table[3]:
        row.append(junk(rng, lexicon))


def drop_field(rng, table, lexicon):
    if table[2]:
        place = rng.randrange(len(table[2]))
        del table[2][place]
        for row in table[3]:
            del row[place - len(table[2]) - 1]


def swap_identity(rng, table, lexicon):
    rng.choice(table[3])[0] = junk(rng, lexicon)


def swap_key(rng, table, lexicon):
    table[0], rng.choice(table[3])[0] = rng.choice(lexicon.keys)


def swap_reference(rng, table, lexicon):
    row = rng.choice(table[3])
    known = [key[1] for key in lexicon.keys]
    places = [
        i for i, value in enumerate(row) if i > 5 and value in known]
    if places:
        row[rng.choice(places)] = rng.choice(lexicon.keys)[1]


def swap_number(rng, table, lexicon):
    rng.choice(table[3])[1] = rng.choice([1, 2, 1 << 20, 1 << 30, -5])


def swap_group(rng, table, lexicon):
    rng.choice(table[3])[2] = rng.randrange(4)


def swap_author(rng, table, lexicon):
    rng.choice(table[3])[3:5] = rng.choice([
            [0, 0], [1, 0], [-1, 0], [0, 1 << 40], [0, 1 << 61], [None, None],
            [99, 5], [True, True]])


def swap_more(rng, table, lexicon):
    row = rng.choice(table[3])
    more = row[5] = dict(row[5]) if isinstance(row[5], dict) else {}
    name = rng.choice(table[2] or lexicon.words)
    place = rng.choice([0, 1, 9, -9, 1 << 30, 1 << 41, 1 << 61, None, 'x'])
    key, value = rng.choice([
            ('b', place), ('x', {name: [place, place]}), ('x', {name: place}),
            ('d', {'': place}), ('d', {name: place}),
            ('y', {name: [0, place]}), ('y', {name: [place, 0]}),
            ('a', [rng.choice(lexicon.words)]), ('a', [place]), ('z', place)])
    more[key] = value


def swap_value(rng, table, lexicon):
    row = rng.choice(table[3])
    if len(row) > 6:
        row[rng.randrange(6, len(row))] = junk(rng, lexicon)


def repeat_row(rng, table, lexicon):
    table[3].append(list(rng.choice(table[3])))


AIMED = [
    swap_model, swap_kind, swap_field, add_field, drop_field, swap_identity,
    swap_number, swap_group, swap_author, swap_key, swap_key,
    swap_reference, swap_more, swap_more, swap_value, swap_value, swap_value,
    repeat_row]
