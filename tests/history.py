# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Random histories of a hub and three satellites.

A step is a tuple of a word and of numbers, which choose among what there is
when the step is done, so that any part of a history is a history too.
"""
import random
import sqlite3
from contextlib import closing

from trytond.cache import Cache
from trytond.modules.synchronisation.errors import HubUnreachableError

from . import oracle
from .local import LocalNetwork, Wire
from .oracle import FIELDS, LINKS, MASTER, P

SATELLITES = 3
# How often a word comes up
USER = {'create': 8, 'edit': 12, 'link': 4, 'key': 1, 'unit': 4}
DELETE = {'delete': 4}
EXCHANGE = {'push': 4, 'pull': 4, 'new': 2, 'synchronise': 6, 'fetch': 3,
    'repeat': 2, 'status': 4}
FAULTS = ['unreachable', 'undone', 'lost', 'died']
KINDS = ['parent', 'parent', 'child', 'node', 'node', 'cycle', 'keyed',
    'keyed', 'mode_full', 'optional', 'counter', 'deactivable', 'history',
    'translated', 'mode_update', 'mode_default']
KEYED = {'keyed', 'mode_full', 'counter', 'deactivable', 'translated',
    'mode_update', 'mode_default'}
FETCHED = ['keyed', 'counter', 'deactivable', 'mode_default', 'translated']
KEYS = 4


class Died(Exception):
    "The process of a satellite was killed in the middle of a step."


def draw(seed, length=30):
    "Return the steps of a history."
    rng = random.Random(seed)
    words = {**USER, **EXCHANGE, **(DELETE if seed % 2 else {})}
    steps = []
    for _ in range(length):
        word, = rng.choices(list(words), words.values())
        fault = (rng.choice(FAULTS), rng.randrange(3))
        steps.append((
                word, rng.randrange(SATELLITES + 1),
                tuple(rng.randrange(1000) for _ in range(8)),
                fault if rng.random() < 0.25 else None))
    return steps


def shrink(steps, fails):
    "Return a part of steps, as short as can be found, that fails too."
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            part = steps[:start] + steps[start + size:]
            if fails(part):
                steps = part
            else:
                start += size
        size //= 2
    return steps


class FaultyWire(Wire):
    "A line that fails once, at the request numbered by the fault."

    def __init__(self, network, settings):
        super().__init__(network, settings)
        self.fault, self.left = network.fault or (None, 0)

    def call(self, method, text):
        fault = self.fault if self.left == 0 else None
        self.left -= 1
        if fault == 'unreachable':
            raise HubUnreachableError("the line is down")
        elif fault == 'undone':
            self.undo(method, text)
            raise HubUnreachableError("the hub died before it committed")
        answer = super().call(method, text)
        if fault == 'lost':
            raise HubUnreachableError("the answer was lost")
        elif fault == 'died':
            self.network.dying = True
        return answer

    def undo(self, method, text):
        hub = self.network.hub
        with hub.transaction(user=self.network.users[self.number]) as t:
            getattr(hub.pool.get('synchronisation.hub'), method)(text)
            t.rollback()


class Histories(LocalNetwork):
    "The network in which one history after another is run."

    def __init__(self, template, folder, **options):
        self.fault = None
        self.dying = False
        # A small batch, so that there are many messages
        super().__init__(
            template, folder, SATELLITES, {'batch': '4', **options})
        self.nodes = [self.hub, *self.satellites]
        # Nobody deletes the rows that modules load
        self.loaded = {
            name: set(self.hub.find(P + name)) for name in FIELDS}
        for node in self.satellites:
            mortal(self, node)
        self.keep()

    def dial(self, settings):
        return FaultyWire(self, settings)

    def keep(self):
        "Keep the databases as they are now, as the beginning of each."
        for name in self.names:
            path = self.folder / f'{name}.sqlite'
            copy(path, path.with_suffix('.first'))

    def reset(self):
        for name in self.names:
            path = self.folder / f'{name}.sqlite'
            copy(path.with_suffix('.first'), path)
            Cache.drop(name)
        self.messages.clear()

    def run(self, steps):
        "Run a history from the beginning; AssertionError tells what failed."
        self.reset()
        self.oracle = oracle.Oracle(self)
        for number, (word, site, picks, fault) in enumerate(steps, 1):
            self.number = number
            self.fault, self.dying = fault, False
            getattr(self, word)(site, picks)
        self.fault, self.dying = None, False
        self.number += 1
        for _ in range(2):
            for site in range(1, SATELLITES + 1):
                self.synchronise(site, ())
        self.oracle.check_end()

    # What users do

    def create(self, site, picks):
        with self.user(site) as user:
            user.create(picks)

    def edit(self, site, picks):
        with self.user(site) as user:
            user.edit(picks)

    def link(self, site, picks):
        with self.user(site) as user:
            user.link(picks)

    def key(self, site, picks):
        with self.user(site) as user:
            user.key(picks)

    def delete(self, site, picks):
        with self.user(site) as user:
            user.delete(picks)

    def unit(self, site, picks):
        with self.user(site) as user:
            for i in range(2 + picks[0] % 2):
                mine = picks[i:] + picks[:i]
                [user.create, user.edit, user.link][mine[-1] % 3](mine)

    def user(self, site):
        return User(self, self.nodes[site])

    # What programs do

    def push(self, site, picks):
        self.exchange(site, 'push_all')

    def pull(self, site, picks):
        self.exchange(site, 'pull_all')

    def new(self, site, picks):
        self.exchange(site, 'new')

    def synchronise(self, site, picks):
        self.exchange(site, 'synchronise')

    def fetch(self, site, picks):
        keys = sorted((name, code) for name in FETCHED
            for code, in self.hub.values(P + name, 'code'))
        if keys:
            name, code = keys[picks[0] % len(keys)]
            self.exchange(site, 'fetch', P + name, [code])

    def exchange(self, site, task, *arguments):
        if not site:
            return
        before = len(self.messages)
        satellite = self.nodes[site].satellite()
        try:
            getattr(satellite, task)(*arguments)
        except (HubUnreachableError, Died):
            if not self.fault:
                raise
            self.oracle.note(site, self.messages[before:], last=False)
        else:
            self.oracle.note(site, self.messages[before:], last=True)
        self.dying = False

    def repeat(self, site, picks):
        "A push that the hub had already comes to it once more."
        pushes = [m for m in self.messages if m[0] == 'push']
        if not pushes or not site:
            return
        _, text, _ = pushes[picks[0] % len(pushes)]
        number = int(text.split('"from":')[1].split(',')[0])
        with self.hub.transaction(user=self.users[number]):
            self.hub.pool.get('synchronisation.hub').push(text)

    def status(self, site, picks):
        if site:
            self.oracle.check_pending(site)


class User:
    "One transaction of a user."

    def __init__(self, histories, node):
        self.histories = histories
        self.node = node
        self.oracle = histories.oracle

    def __enter__(self):
        # Others may not edit the rows that modules load
        self.context = self.node.transaction(user=0, active_test=False)
        self.context.__enter__()
        return self

    def __exit__(self, *args):
        return self.context.__exit__(*args)

    def model(self, name):
        return self.node.pool.get(P + name)

    def pick(self, number, names=tuple(FIELDS), own=False):
        "Return one of the records that are here, not loaded if own."
        records = [r for name in names
            for r in self.model(name).search([], order=[('id', 'ASC')])
            if not own or r.id not in self.histories.loaded[name]]
        return records[number % len(records)] if records else None

    def writable(self, names):
        "Return those of the models that may be written here."
        return [n for n in names if not self.node.number or n not in MASTER]

    def value(self, name):
        return self.oracle.value(numeric=name in {'quantity', 'amount'})

    def create(self, picks):
        kinds = self.writable(KINDS)
        kind = kinds[picks[0] % len(kinds)]
        if kind == 'cycle':
            return self.create_cycle()
        values = {}
        if kind in KEYED:
            values['code'] = f'K{picks[1] % KEYS}'
            if self.model(kind).search([('code', '=', values['code'])]):
                return
        if kind in LINKS:
            link, target = LINKS[kind]
            values[link] = self.pick(picks[2], [target])
            if values[link] is None and kind == 'child':
                return
        if kind == 'parent':
            values['lines'] = [('create', [
                        self.values('child') for _ in range(picks[1] % 3)])]
        record, = self.model(kind).create([{**values, **self.values(kind)}])
        self.wrote(record.__class__, record.id)

    def values(self, kind):
        return {name: self.value(name) for name in FIELDS[kind]}

    def create_cycle(self):
        A, B = self.model('cycle_a'), self.model('cycle_b')
        a, = A.create([self.values('cycle_a')])
        b, = B.create([{**self.values('cycle_b'), 'a': a}])
        A.write([a], {'b': b})
        self.wrote(A, a.id)
        self.wrote(B, b.id)

    def edit(self, picks):
        record = self.pick(picks[0], self.writable(FIELDS))
        if record:
            names = FIELDS[short(record)]
            name = names[picks[1] % len(names)]
            before, after = getattr(record, name), self.value(name)
            self.oracle.follow(before, after)
            self.write(record, {name: after})

    def link(self, picks):
        record = self.pick(picks[0], list(LINKS))
        if record:
            name, target = LINKS[short(record)]
            value = self.pick(picks[1], [target])
            if picks[2] % 4 == 0 and short(record) != 'child':
                value = None
            self.write(record, {name: value})

    def key(self, picks):
        "A mistyped key is corrected."
        record = self.pick(picks[0], self.writable(sorted(KEYED)), True)
        if record:
            self.write(record, {'code': f'C{self.oracle.count()}'})

    def delete(self, picks):
        record = self.pick(picks[0], self.writable(FIELDS), True)
        if record:
            before = self.oracle.present(self.node)
            self.wrote(record.__class__, record.id)
            record.__class__.delete([record])
            self.oracle.bury(before - self.oracle.present(self.node))

    def write(self, record, values):
        record.__class__.write([record], values)
        self.wrote(record.__class__, record.id)

    def wrote(self, Model, id_):
        self.oracle.wrote(
            self.node.number, Model.__name__, id_, self.histories.number)


def copy(source, target):
    "Copy a database that others may have open."
    with closing(sqlite3.connect(source)) as source:
        with closing(sqlite3.connect(target)) as target:
            source.backup(target)


def short(record):
    return record.__name__[len(P):]


def mortal(histories, node):
    "Let a satellite die just before it commits what it received."
    Clock = node.pool.get('synchronisation.clock')
    write_clock = Clock.write_clock

    def write(time):
        write_clock(time)
        if histories.dying:
            raise Died
    Clock.write_clock = write
