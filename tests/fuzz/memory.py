# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A hub in memory for the trials."
import json
from contextlib import contextmanager

from trytond.modules.synchronisation import desk, wire
from trytond.modules.synchronisation.desk import Desk
from trytond.modules.synchronisation.errors import SynchronisationError
from trytond.modules.synchronisation.guest import Guest

from ..memory.network import Message, Node
from . import mutation, trial

SENDER = 1


class MemoryGround(trial.Ground):
    good = 'thing', ['name'], [trial.GOOD]

    def __init__(self):
        self.hub = Node(0)
        self.sender = Node(SENDER, self.hub, batch=20)
        self.other = Node(2, self.hub, batch=20)
        self.share()
        self.part()
        self.lexicon = mutation.Lexicon(
            sorted(self.find_words()), sorted(self.find_keys()))
        self.messages = self.find_messages()

    def share(self):
        "Make what the sender knows, and what it does not."
        self.save(self.hub, 'offer', name='offer', key='o')
        self.save(self.hub, 'thing', name=f'{trial.SECRET} of the hub')
        for node, text in [(self.sender, 'mine'), (self.other, trial.SECRET)]:
            thing = self.save(
                node, 'thing', name=text, key=f'{text} key')
            self.save(node, 'line', name=text, thing=thing)
            self.save(node, 'thing', name=f'{text} dead', parent=thing)
            node.synchronise()
        for name in ['edited', 'deleted', 'both']:
            self.save(self.sender, 'thing', name=name, other=name, grave=name)
        self.sender.synchronise()
        self.other.synchronise()

    def part(self):
        "Let both sides go on without each other."
        things = {row['name']: local for local, row
            in self.sender.store.tables['thing'].items()}
        there = {row['name']: local for local, row
            in self.hub.store.tables['thing'].items()}
        with self.hub.store.user(0) as work:
            work.write('thing', there['both'], {'name': 'theirs'})
        with self.sender.store.user(SENDER) as work:
            work.write('thing', things['both'], {
                    'name': 'ours', 'other': 'ours'})
        with self.sender.store.user(SENDER) as work:
            work.write('thing', things['edited'], {
                    'grave': 'new', 'parent': things['both']})
        with self.sender.store.user(SENDER) as work:
            work.delete('thing', things['deleted'])
        with self.sender.store.user(SENDER) as work:
            thing = work.create('thing', {
                    'name': 'new', 'key': 'n', 'parent': things['mine']})
            work.create('line', {'name': 'new', 'thing': thing})
            offer, = self.sender.store.tables['offer']
            work.create('tag', {'thing': thing, 'offer': offer})
        with self.other.store.user(2) as work:
            work.delete('thing', next(
                    local for local, row
                    in self.other.store.tables['thing'].items()
                    if row['name'].endswith('dead')))
        self.other.synchronise()

    def save(self, node, model, **values):
        with node.store.user(node.number) as work:
            return work.create(model, values)

    def find_keys(self):
        clock = self.hub.store.clock.read_clock()
        return {('thing', f'0.{clock.epoch}.9999'), ('thing', '2.1.9999')} | {
            (state.model, state.identity) for node in [self.hub, self.sender]
            for state in node.store.records.all()}

    def find_words(self):
        words = {'n', 'mine key', 'uuid', 'id'}
        for name, Model in self.hub.store.models.items():
            words |= {name, *Model.synchronised_fields()}
        return words

    def find_messages(self):
        push = self.sender.build_push()
        pull = self.sender.build_pull(['known', 'offered'])
        header = {n: v for n, v in json.loads(pull.text).items()
            if n in trial.HEADER}
        want = [list(key) for key in self.lexicon.keys]
        return [
            ('push', json.loads(push.text)), ('push', json.loads(push.text)),
            ('push', {**json.loads(push.text), 'waiting': want[:3]}),
            ('pull', {**json.loads(pull.text), 'want': want}),
            ('fetch', {**header, 'model': 'thing', 'keys': ['n', 'x']})]

    def send(self, method, text):
        try:
            message = wire.loads(text)
            with self.hub.transaction():
                guest = Guest(
                    self.hub.store, self.hub.settings, message, SENDER)
                arguments = {
                    'push': lambda: [desk.pushed_entries(guest)],
                    'pull': lambda: [],
                    'fetch': lambda: desk.fetched_keys(guest)}[method]()
                counter = Desk(self.hub.store, self.hub.fold(), guest)
                reply = getattr(counter, method)(*arguments)
        except SynchronisationError as error:
            reply = {'error': error.code, 'message': str(error),
                **getattr(error, 'details', {})}
        return wire.loads(wire.dumps(reply))

    @contextmanager
    def trial(self):
        kept = self.hub.store.keep()
        try:
            yield
        finally:
            self.hub.store.restore(kept)

    def everything(self):
        return {n: dict(t) for n, t in self.hub.store.tables.items()}

    def rows(self):
        tables = self.hub.store.tables
        return {
            (s.model, s.identity): tables[s.model].get(s.local)
            for s in self.hub.store.records.all()}

    def has_good(self):
        return any(row['name'] == trial.GOOD
            for row in self.hub.store.tables['thing'].values())

    def receive(self, method, reply, entries):
        if method == 'fetch':
            return
        kept = self.sender.store.keep()
        message = Message(self.sender, method, {}, (
                entries if method == 'push' else ['known', 'offered']),
            reply['epoch'])
        try:
            self.sender.apply(message, wire.dumps(reply))
        finally:
            self.sender.store.restore(kept)
