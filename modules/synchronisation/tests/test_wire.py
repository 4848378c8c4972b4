# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
import copy
import random
import unittest
import xmlrpc.client

from trytond.modules.synchronisation import wire
from trytond.modules.synchronisation.errors import MessageError
from trytond.modules.synchronisation.message import Document, Entry
from trytond.modules.synchronisation.protocol import first_position

EPOCH, HUB = 7, 3
VALUES = [
    None, True, False, 0, -1, 2 ** 31, 1.5, -1e308, '', "text", "ñ\n\t\x01",
    '\ud800', '\ufffe', ['model', 'identity'], {'en': "water", 'es': None}]
JUNK = [
    None, True, 0, -1, 1 << 70, 1.5, '', 'w', 'identity', [], [[]], {},
    {'': 0}, {'name': [None, None]}, [None] * 7]


class WireTestCase(unittest.TestCase):
    "Test the messages as text"

    def test_entries(self):
        "Test random entries are read as they were written"
        rng = random.Random(1)
        for _ in range(300):
            entries = [random_entry(rng) for _ in range(rng.randint(0, 6))]
            self.assertEqual(
                list(map(content, sent_entries(entries))),
                list(map(content, entries)))

    def test_documents(self):
        "Test random documents are read as they were written"
        rng = random.Random(2)
        for _ in range(300):
            documents = [
                random_document(rng) for _ in range(rng.randint(0, 6))]
            self.assertEqual(
                list(map(content, sent_documents(documents))),
                list(map(content, documents)))

    def test_at(self):
        "Test each entry knows how far the sender had read"
        entry, = unpack_entries(packed_entries([Entry('m', 'i', 5)])[0], at=9)
        self.assertEqual(entry.at, 9)

    def test_deletion_of_what_nobody_saw(self):
        "Test a deletion is one though nothing was shown to the deleter"
        entry = Entry('m', 'i', 5)
        entry.shown = {}
        entry, = sent_entries([entry])
        self.assertTrue(entry.deletion)

    def test_relative_positions(self):
        "Test positions are as short in a late epoch as in an early one"
        def text(epoch, hub):
            entry = Entry('m', 'i', first_position(epoch) + 5)
            entry.fields['name'] = (
                first_position(epoch) + 4, first_position(hub) + 3, "x")
            document = Document(
                'm', 'i', Document.WHOLE, first_position(hub) + 2)
            document.seen = first_position(epoch) + 1
            authors = wire.Authors()
            return wire.dumps({
                    'entries': wire.pack_entries(
                        [entry], epoch, hub, authors),
                    'documents': wire.pack_documents(
                        [document], epoch, hub, authors),
                    })
        self.assertEqual(text(1, 1), text(400, 300))
        self.assertNotRegex(text(400, 300), '[0-9]{3}')

    def test_position_of_an_earlier_epoch(self):
        "Test a version that an earlier life of the hub gave is kept"
        entry = Entry('m', 'i', first_position(EPOCH) + 1)
        entry.fields['name'] = (
            entry.number, first_position(HUB - 1) + 8, "x")
        sent, = sent_entries([entry])
        self.assertEqual(sent.fields, entry.fields)

    def test_names_once(self):
        "Test the names of the fields are written once for alike records"
        def document(identity):
            document = Document('m', identity, Document.WHOLE, 1)
            document.values = {'a_long_name': identity}
            return document
        tables, _ = packed_documents([document(str(i)) for i in range(50)])
        self.assertEqual(wire.dumps(tables).count('a_long_name'), 1)

    def test_characters(self):
        "Test a message passes through XML whatever its characters are"
        codes = [
            *range(0x3000), *range(0xd700, 0xe010), *range(0xfdc0, 0x10010),
            0x1f9d1, 0x1fffe, 0x10ffff]
        # A pair of surrogates would be one character
        message = {'text': '-'.join(map(chr, codes))}
        text = wire.dumps(message)
        body = xmlrpc.client.dumps((text,), 'method').encode()
        (received,), _ = xmlrpc.client.loads(body)
        self.assertEqual(wire.loads(received), message)

    def test_compact(self):
        "Test a message has no blanks that nobody needs"
        self.assertEqual(
            wire.dumps({'a': [1, None], 'é': "x y"}),
            '{"a":[1,null],"é":"x y"}')

    def test_not_a_message(self):
        "Test a text that is no message is refused in one sentence"
        for text in [
                None, 5, b'{}', '', '{', '[]', '"text"', 'null', '{}{}',
                '{"a":NaN}', '{"a":-Infinity}', '{"a":1e999}',
                '{"a":\n', "{'a':1}",
                '{"a":%s}' % ('9' * 10000), '[' * 100000,
                '{"a":' * 100000, '{"a":"' + 'x' * wire.LIMIT + '"}']:
            with self.subTest(text=repr(text)[:20]), \
                    self.assertRaises(MessageError):
                wire.loads(text)

    def test_malformed_entries(self):
        "Test whatever is wrong with entries is a MessageError"
        row = ['i', 5, 0, None, None, None]
        for table in [
                None, 'table', [], ['m', 'w', []], ['m', 'w', [], [], []],
                [5, 'w', [], []], ['m', 'x', [], []], ['m', '', [], []],
                ['m', [], [], []], ['m', None, [], []], ['m', 'w', 'ab', []],
                ['m', 'w', [5], []], ['m', 'w', ['a', 'a'], []],
                ['m', 'w', [], {}], ['m', 'w', [], ['row']],
                ['m', 'w', [], [row[:5]]], ['m', 'w', ['a'], [row]],
                *(['m', letter, ['a'], [changed]] for letter, changed in [
                        ('w', replaced(row, 0, 5)),
                        ('w', replaced(row, 0, '')),
                        ('w', replaced(row, 0, 'i' * 200)),
                        ('w', replaced(row, 1, None)),
                        ('w', replaced(row, 1, '5')),
                        ('w', replaced(row, 1, True)),
                        ('w', replaced(row, 1, 1 << 62)),
                        ('w', replaced(row, 1, -first_position(EPOCH) - 6)),
                        ('w', replaced(row, 0, 'a\0')),
                        ('w', replaced(row, 0, '\ud800')),
                        ('w', [*row, [[1]]]),
                        ('w', [*row, {'a': {}}]),
                        ('w', replaced(row, 2, -1)),
                        ('w', replaced(row, 2, 0.5)),
                        ('w', replaced(row, 3, 0)),
                        ('w', replaced(row, 3, 1)),
                        ('w', replaced(row, 3, 'ann', 1)),
                        ('w', replaced(row, 3, 0, 1 << 40)),
                        ('w', replaced(row, 3, 0, -(1 << 40))),
                        ('w', replaced(row, 5, 5)),
                        ('w', replaced(row, 5, [1])),
                        ('w', replaced(row, 5, {'b': 'x'})),
                        ('w', replaced(row, 5, {'x': []})),
                        ('w', replaced(row, 5, {'x': {'a': [1]}})),
                        ('w', replaced(row, 5, {'x': {'a': ['1', 1]}})),
                        ('w', replaced(row, 5, {'y': {'a': 1}})),
                        ('w', replaced(row, 5, {'y': {'a': [1, 1]}})),
                        ('w', replaced(row, 5, {'a': 'alias'})),
                        ('w', replaced(row, 5, {'a': [5]})),
                        ('d', replaced(row, 5, None)),
                        ('d', replaced(row, 5, {'d': {'a': 'x'}})),
                        ])]:
            with self.subTest(table=table), self.assertRaises(MessageError):
                unpack_entries([table])
        for tables in [None, 5, 'tables', {}]:
            with self.subTest(tables=tables), self.assertRaises(MessageError):
                unpack_entries(tables)

    def test_malformed_documents(self):
        "Test whatever is wrong with documents is a MessageError"
        row = ['i', 5, None, None, None]
        for table in [
                None, 'table', [], ['m', 'w', [], [], []],
                [None, 'w', [], []], ['m', 'n', [], []], ['m', {}, [], []],
                ['m', 'w', [], 5], ['m', 'w', 'ab', [row + [1, 2]]],
                ['m', 'w', [5], [row + [1]]], ['m', 'w', [], [row[:4]]],
                *(['m', 'w', [], [changed]] for changed in [
                        replaced(row, 0, 5), replaced(row, 0, ''),
                        replaced(row, 1, '5'), replaced(row, 1, 1 << 62),
                        replaced(row, 2, 0), replaced(row, 2, -1, 1),
                        replaced(row, 4, 'x'), replaced(row, 4, {'c': 'x'}),
                        replaced(row, 4, {'u': []}),
                        replaced(row, 4, {'v': True}),
                        replaced(row, 4, {'x': []}),
                        replaced(row, 4, {'x': {'a': '1'}}),
                        replaced(row, 4, {'s': 1.5}),
                        replaced(row, 4, {'a': [None]}),
                        ])]:
            with self.subTest(table=table), self.assertRaises(MessageError):
                unpack_documents([table])

    def test_mutated(self):
        "Test thousands of damaged messages are read or are a MessageError"
        rng = random.Random(3)
        for _ in range(3000):
            tables, count = packed_entries(
                [random_entry(rng) for _ in range(3)])
            damaged = mutated(rng, tables)
            self.assertReads(
                lambda tables: unpack_entries(tables, count), damaged)
            tables, count = packed_documents(
                [random_document(rng) for _ in range(3)])
            damaged = mutated(rng, tables)
            self.assertReads(
                lambda tables: unpack_documents(tables, count), damaged)

    def test_damaged_text(self):
        "Test thousands of texts damaged on the line are a MessageError"
        rng = random.Random(4)
        for _ in range(3000):
            tables, count = packed_entries(
                [random_entry(rng) for _ in range(3)])
            text = list(wire.dumps({'entries': tables}))
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(text))
                text[at:at + rng.randint(0, 3)] = rng.choice(
                    ['', '[', ']', '{', '}', '"', ',', '9', 'e', '\\', '\0'])
            self.assertReads(lambda text: unpack_entries(
                    wire.loads(text).get('entries'), count), ''.join(text))

    def assertReads(self, read, message):
        try:
            read(message)
        except MessageError:
            pass
        except Exception as error:
            self.fail(f"{error!r} for {message!r}")


def replaced(row, index, value, time=None):
    "Return a row with one value and the value of one field"
    row = list(row)
    row[index] = value
    if time is not None:
        row[index + 1] = time
    return row + ["value"]


def random_position(rng, epoch):
    return rng.choice([
            0, first_position(epoch) + rng.randint(0, 9),
            first_position(epoch) + rng.randint(0, 1 << 39),
            first_position(epoch - 1) + rng.randint(1, 1 << 39)])


def random_author(rng):
    return rng.choice([None, [rng.randint(50, 53), rng.randint(0, 1 << 37)]])


def random_names(rng):
    return rng.sample(['a', 'b', 'name', 'ключ'], rng.randint(0, 4))


def random_entry(rng):
    entry = Entry(
        rng.choice(['model.a', 'model.b']), rng.choice(['1.1.1', 'é', '#m.f']),
        rng.choice([1, EPOCH]) + random_position(rng, EPOCH))
    entry.group = rng.randint(0, 5)
    entry.full = rng.random() < 0.5
    entry.author = random_author(rng)
    for name in random_names(rng):
        entry.fields[name] = (
            rng.choice([entry.number, random_position(rng, EPOCH)]),
            random_position(rng, HUB), rng.choice(VALUES))
        author = random_author(rng)
        if author != entry.author:
            entry.authors[name] = author
    if rng.random() < 0.3:
        entry.shown = {
            n: random_position(rng, HUB) for n in ['', *random_names(rng)]}
        entry.full = False
    entry.aliases = rng.choice([[], ['other'], ['a', 'b']])
    return entry


def random_document(rng):
    document = Document(
        rng.choice(['model.a', 'model.b']), rng.choice(['1.1.1', 'é', '#m.f']),
        rng.choice('wvdf'), random_position(rng, HUB))
    for name in ['created', 'unit', 'version']:
        setattr(document, name, rng.choice([
                    document.position, document.created,
                    random_position(rng, HUB)]))
    for name in random_names(rng):
        document.values[name] = rng.choice(VALUES)
        if rng.random() < 0.5:
            document.versions[name] = random_position(rng, HUB)
    document.seen = random_position(rng, EPOCH)
    document.aliases = rng.choice([[], ['other']])
    document.author = random_author(rng)
    return document


def content(message):
    "Return all that a message says"
    # What begins so is only known in advance
    return {name: getattr(message, name) for name in message.__slots__
        if not name.startswith('_')}


def packed_entries(entries):
    "Return tables as they arrive and the authors they name"
    authors = wire.Authors()
    tables = wire.pack_entries(entries, EPOCH, HUB, authors)
    return arrived(tables), list(authors.ids)


def packed_documents(documents):
    authors = wire.Authors()
    tables = wire.pack_documents(documents, EPOCH, HUB, authors)
    return arrived(tables), list(authors.ids)


def arrived(tables):
    return wire.loads(wire.dumps({'tables': tables}))['tables']


def unpack_entries(tables, authors=(), at=0):
    return wire.unpack_entries(tables, EPOCH, HUB, at, len(authors))


def unpack_documents(tables, authors=()):
    return wire.unpack_documents(tables, EPOCH, HUB, len(authors))


def sent_entries(entries):
    tables, authors = packed_entries(entries)
    entries = unpack_entries(tables, authors)
    for entry in entries:
        entry.author = named(entry.author, authors)
        entry.authors = {
            n: named(a, authors) for n, a in entry.authors.items()}
    return entries


def sent_documents(documents):
    tables, authors = packed_documents(documents)
    documents = unpack_documents(tables, authors)
    for document in documents:
        document.author = named(document.author, authors)
    return documents


def named(author, authors):
    return author and [authors[author[0]], author[1]]


def mutated(rng, message):
    "Return a copy of a message with some of its parts damaged"
    message = copy.deepcopy(message)
    for _ in range(rng.randint(1, 3)):
        parts = list(walk(message))
        if not parts:
            break
        container, key = rng.choice(parts)
        damage = rng.random()
        if damage < 0.6:
            container[key] = copy.deepcopy(rng.choice(JUNK))
        elif damage < 0.8:
            del container[key]
        elif isinstance(container, list):
            container.insert(key, copy.deepcopy(rng.choice(JUNK)))
    return message


def walk(container):
    "Yield (container, key) of each part of a message"
    keys = (range(len(container)) if isinstance(container, list)
        else container)
    for key in list(keys):
        yield container, key
        if isinstance(container[key], (list, dict)):
            yield from walk(container[key])
