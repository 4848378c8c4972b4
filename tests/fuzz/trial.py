# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""A hub that is sent wrong messages, and what must hold of its answers.

A ground is a hub and the satellite in whose name the messages come; each
trial finds them as they were before.
"""
import json
import random
from collections import Counter
from contextlib import contextmanager
from functools import cached_property

from trytond.modules.synchronisation import wire
from trytond.modules.synchronisation.pending import Entries

from . import mutation
from .documented import HUB, WAITING

# The record that comes with each push, and has nothing wrong with it
GOOD = 'good'
GOOD_NUMBER = 1 << 20
# What every message begins with
HEADER = {
    'versions', 'from', 'database', 'epoch', 'hub', 'marks', 'lives'}
# Texts that are in nothing which the sender may see
SECRET = 'secret'


class Failure(AssertionError):
    "The hub did what it must not; args are what, and about what."


def expect(condition, *what):
    if not condition:
        raise Failure(*what)


class Ground:
    """The hub and the satellite of the trials.

    messages  the genuine ones, (method, decoded message)
    lexicon   the Lexicon of the hub
    good      (model, fields, values) of a record that can be added to a push
    aimed     how many of the changes are to entries and keep their form
    """
    messages = ()
    lexicon = None
    good = None
    aimed = .6

    @cached_property
    def before(self):
        "What each trial finds."
        with self.trial():
            return self.everything(), self.rows()

    def send(self, method, text):
        "Return the text of the hub's answer, all of whose work is undone."
        raise NotImplementedError

    @contextmanager
    def trial(self):
        "What happens in the block is undone."
        raise NotImplementedError

    def everything(self):
        "Return all that the hub has, to be compared."
        raise NotImplementedError

    def rows(self):
        "Return {(model, identity): values} of the records of the hub."
        raise NotImplementedError

    def has_good(self):
        "Whether the hub has the record that was added to a push."
        raise NotImplementedError

    def receive(self, method, reply, entries):
        "Let the satellite apply an answer, and undo it."
        raise NotImplementedError


def run(ground, seed, share):
    """Try the message of a seed; return the Counter of the codes it met.

    share is how many of the messages are broken as text.
    """
    rng = random.Random(seed)
    method, genuine = rng.choice(ground.messages)
    message = None
    if rng.random() < share:
        text = mutation.broken(rng, wire.dumps(genuine))
        if rng.random() < .01:
            text = mutation.no_text(rng, text)
    else:
        message = mutation.mutated(
            rng, genuine, ground.lexicon, ground.aimed)
    try:
        return attempt(ground, method, message, text if not message else None)
    except Exception as error:
        if message:
            message = shrink(ground, method, genuine, message, error)
        raise Failure(
            f"seed {seed}", method, f'{type(error).__name__}: {error}',
            shown(message or text)) from error


def shown(message):
    text = repr(message)
    return text if len(text) < 5000 else f'{text[:5000]}... ({len(text)})'


def attempt(ground, method, message, text=None):
    "Send one message and check what comes of it."
    good = False
    if message is not None:
        # A seed is the same message with and without the good record
        message = json.loads(json.dumps(message))
        good = add_good(message, ground.good) if method == 'push' else False
        text = json.dumps(message)
    before, rows = ground.before
    with ground.trial():
        reply = ground.send(method, text)
        if 'error' in reply:
            expect(reply['error'] in HUB, 'unknown code', reply)
            expect(isinstance(reply['message'], str), 'no sentence', reply)
            expect(ground.everything() == before, 'changed', reply)
            return Counter([reply['error']])
        codes = check_reply(method, text, reply)
        check_rows(ground, rows, method, text, reply)
        expect(not good or ground.has_good(), 'good record', reply)
    # The answer to another life of the satellite is none for this one
    genuine = ground.messages[0][1]
    if (reply['epoch'] == genuine['epoch']
            and reply['mark'] == genuine['marks'][-1][1]):
        ground.receive(method, reply, entries_of(method, text))
    return codes


def add_good(message, good):
    "Add a record that nothing is wrong with, in a group of its own."
    tables = message.get('entries')
    if not isinstance(tables, list) or not isinstance(
            message.get('authors'), list):
        return False
    groups = {row[2] for table in mutation.tables(message)
        for row in table[3] if type(row[2]) is int}
    group = next(g for g in range(99) if g not in groups)
    model, names, values = good
    tables.append([model, 'n', names, [
                [GOOD, GOOD_NUMBER, group, None, None, None, *values]]])
    return True


def entries_of(method, text):
    if method != 'push':
        return []
    message = json.loads(text)
    return Entries(wire.unpack_entries(
        message['entries'], message['epoch'], message.get('hub', 0),
        message.get('at', 0), len(message['authors'])))


def check_reply(method, text, reply):
    "Check the form of an answer; return the Counter of its codes."
    expect(SECRET not in json.dumps(reply), 'told', reply)
    if method == 'fetch':
        expect({'version', 'hub', 'instance', 'database', 'epoch', 'mark',
                'missing'} <= reply.keys(), 'form', reply)
        return Counter()
    documents = wire.unpack_documents(
        reply['documents'], reply['epoch'], reply['hub'],
        len(reply['authors']))
    if method == 'pull':
        return Counter()
    count = len(entries_of(method, text))
    waiting = [number for number, *_ in reply['waiting']]
    expect(len(documents) == len(reply['answered']), 'answered', reply)
    expect(set(waiting + reply['answered']) <= set(range(count)), 'index',
        reply)
    expect(len(set(waiting + reply['answered'])) == len(
            waiting + reply['answered']), 'twice', reply)
    for _, code, sentence, missing in reply['waiting']:
        expect(code in WAITING, 'unknown code', code)
        expect(isinstance(sentence, str) and len(sentence) < 2000, 'sentence',
            sentence)
    return Counter(code for _, code, _, _ in reply['waiting'])


def check_rows(ground, before, method, text, reply):
    "Check that what waits, and what is not the sender's, is as it was."
    after = ground.rows()
    for key, row in before.items():
        if SECRET in str(row):
            expect(after.get(key) == row, 'foreign', key, row, after.get(key))
    if method == 'push':
        entries = entries_of(method, text)
        for number, code, *_ in reply['waiting']:
            key = entries[number].key
            expect(before.get(key) == after.get(key), 'waiting', code, key)


def shrink(ground, method, genuine, message, error):
    "Return a message that is more like the genuine one and fails alike."
    def fails(candidate):
        try:
            attempt(ground, method, candidate)
        except Exception as found:
            return type(found) is type(error) and (
                found.args[:1] == error.args[:1])
        return False
    for node, key in reversed(list(mutation.places(message))):
        if not isinstance(node, (dict, list)) or (
                isinstance(node, list) and key >= len(node)):
            continue
        value = node[key]
        del node[key]
        if not fails(message):
            if isinstance(node, dict):
                node[key] = value
            else:
                node.insert(key, value)
    for key, value in genuine.items():
        if message.get(key) != value:
            candidate = {**message, key: value}
            if fails(candidate):
                message = candidate
    return message
