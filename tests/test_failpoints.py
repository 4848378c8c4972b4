# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""A process dies at each named place, once and again, and goes on.

A story in which each place is reached is told once without any death and then
once for each place, at which, in every chapter, somebody dies.  Who died
starts again and does the same once more.  In the end every database must have
what it has without deaths: nothing less, and nothing twice.
"""
import ast
import re
from collections import Counter
from contextlib import contextmanager

import pytest

from trytond.modules.synchronisation import failpoint
from trytond.modules.synchronisation.errors import HubUnreachableError
from trytond.transaction import Transaction

from . import damage, tree
from .environment import ROOT
from .local import Wire
from .test_restore import Backup

pytestmark = pytest.mark.long

P = 'test_synchronisation.'
FULL, KEYED, PARENT, CHILD, HISTORY = (
    P + name
    for name in ['mode_full', 'keyed', 'parent', 'child', 'history'])
FIELD = P + 'field'
# Of a file that goes in two parts
SIZE = 200_000
TABLE = ROOT / 'docs' / 'explanation' / 'failpoints.rst'
OPTIONS = {'batch': '2'}
ROW = re.compile(r'^   \* - ``(\S+)``\n     - (.+)$', re.MULTILINE)


def documented():
    "Return {name: who reaches it} of the table"
    return dict(ROW.findall(TABLE.read_text()))


def deaths():
    "Return the (name, who dies there) of the table"
    return [(name, who) for name, words in documented().items()
        for who in words.split(', ')]


class Died(BaseException):
    "Nothing catches it, as nothing catches the loss of power."


class Reaper:
    """It notes the places that are reached and lets one process die.

    Once somebody died it reaches nothing more until it is started again.
    """

    def __init__(self):
        # How often each place is reached, by chapter
        self.reached = [Counter()]
        self.name = self.who = None
        self.at_hub = False
        self.left = 0
        self.dead = False
        self.deaths = 0

    def arm(self, name, who, left):
        self.name, self.who, self.left = name, who, left
        self.dead = False

    def reach(self, name):
        who = 'user' if name == 'capture.stored' else (
            'hub' if self.at_hub else 'satellite')
        self.reached[-1][name, who] += 1
        if self.dead:
            raise Died(name)
        if (name, who) == (self.name, self.who):
            self.left -= 1
            if self.left == 0:
                self.dead = True
                self.deaths += 1
                if connection := Transaction().connection:
                    # A process that ends takes its connections with it
                    connection.rollback()
                raise Died(name)


class Line(Wire):
    "A satellite sees no more of the death of its hub than a line that is cut."

    def call(self, method, text):
        reaper = self.network.reaper
        reaper.at_hub = True
        try:
            return super().call(method, text)
        except Died:
            reaper.dead = False
            raise HubUnreachableError("the hub is gone")
        finally:
            reaper.at_hub = False


class Story:
    "What happens in a network; who dies does the same once more."

    def __init__(self, net, reaper):
        self.net = net
        self.reaper = net.reaper = reaper
        self.hub, self.one, self.two = net.hub, *net.satellites
        self.backups = {}

    def tell(self, name=None, who=None, reached=()):
        "reached has how often each place is without deaths, by chapter"
        for number, chapter in enumerate(self.chapters()):
            self.reaper.reached.append(Counter())
            if reached and (count := reached[number + 1][name, who]):
                # Now at the first time, now later
                self.reaper.arm(name, who, 1 + number % count)
            while True:
                try:
                    chapter()
                    break
                except (Died, HubUnreachableError):
                    assert self.reaper.deaths
                self.reaper.arm(None, None, 0)
        self.reaper.arm(None, None, 0)
        self.reaper.reached.append(Counter())
        for _ in range(2):
            for satellite in self.net.satellites:
                self.synchronise(satellite)

    def chapters(self):
        "Yield what somebody does without a break"
        one, two, hub = self.one, self.two, self.hub
        yield lambda: one.create(PARENT, name="parent", lines=[
                ('create', [{'name': "line 1"}, {'name': "line 2"}])])
        yield lambda: one.create(FULL, code='edited', name="first")
        yield lambda: one.create(FULL, code='deleted', name="first")
        yield lambda: one.create(FULL, code='gone', name="first")
        yield lambda: one.create(HISTORY, name="first")
        yield from self.everybody()
        yield lambda: one.write(HISTORY, *one.find(HISTORY), name="second")
        for node in [hub, one, two]:
            yield lambda: self.edit(node, FULL, 'edited', f'of {node.name}')
        yield lambda: self.delete(two, FULL, 'deleted')
        yield lambda: self.delete(two, FULL, 'gone')
        yield lambda: self.edit(one, FULL, 'deleted', "edited meanwhile")
        yield lambda: hub.create(KEYED, code='asked', name="for")
        yield from self.everybody()
        yield lambda: self.fetch(one, 'asked')
        yield from self.merge()
        yield from self.wait()
        yield from self.restore_satellite()
        yield from self.restore_hub()
        yield from self.verify()

    def everybody(self):
        for satellite in self.net.satellites:
            yield lambda: self.synchronise(satellite)

    def merge(self):
        "Two register the same"
        for node in [self.one, self.two]:
            yield lambda: node.create(KEYED, code='same', name="same")
        yield from self.everybody()

    def wait(self):
        "What comes has a key that is taken, until it is given up"
        one = self.one
        yield lambda: one.create(FULL, code='key', name="mine")
        yield lambda: self.recode(self.hub, 'edited', 'key')
        yield lambda: self.satellite(one).pull_all()
        yield lambda: self.recode(one, 'key', 'other')
        yield from self.everybody()

    def restore_satellite(self):
        one = self.one
        yield lambda: self.keep(one)
        yield lambda: self.edit(one, FULL, 'deleted', "of the lost life")
        yield lambda: self.synchronise(one)
        yield lambda: self.backups[one].restore()
        yield lambda: one.create(FULL, code='new life', name="new")
        yield lambda: self.synchronise(one)

    def restore_hub(self):
        one, hub = self.one, self.hub
        yield lambda: self.keep(hub)
        yield lambda: one.create(KEYED, code='lost', name="lost")
        yield lambda: one.create(FULL, code='lost', name="lost")
        yield lambda: self.synchronise(one)
        yield lambda: self.backups[hub].restore()
        yield lambda: self.satellite(hub).restored()
        yield from self.everybody()

    def verify(self):
        one = self.one
        record = {code: one.find(FULL, ('code', '=', code))
            for code in ['other', 'new life']}
        damage.corrupt(one, FULL, *record['other'], name="past Tryton")
        damage.remove(one, FULL, *record['new life'])
        damage.insert(one, KEYED, code='raw', name="past Tryton")
        yield lambda: self.satellite(one).verify(repair=True)
        yield lambda: self.synchronise(one)
        yield lambda: self.satellite(one).verify()

    # What somebody does

    def satellite(self, node):
        return node.satellite(
            transport=lambda settings: Line(self.net, settings))

    def synchronise(self, node):
        self.satellite(node).synchronise()

    def fetch(self, node, code):
        self.satellite(node).fetch(KEYED, [code])

    def edit(self, node, model, code, name):
        record, = node.find(model, ('code', '=', code))
        node.write(model, record, name=name)

    def attach(self, node, text):
        node.create(FIELD, char="scan", binary=text.encode())

    def replace(self, node, text):
        node.write(FIELD, *node.find(FIELD), binary=text.encode())

    def recode(self, node, code, new):
        record, = node.find(FULL, ('code', '=', code))
        node.write(FULL, record, code=new)

    def delete(self, node, model, code):
        record, = node.find(model, ('code', '=', code))
        node.delete(model, record)

    def keep(self, node):
        self.backups[node] = Backup(node)

    def end(self):
        "Return what each database has in the end"
        return [self.end_of(node)
            for node in [self.hub, self.one, self.two]]

    def end_of(self, node):
        with node.transaction():
            Quarantine = node.pool.get('synchronisation.quarantine')
            waiting = [q.code for q in Quarantine.search([])]
            Record = node.pool.get('synchronisation.record')
            pending = Record.search([('pending', '=', True)], count=True)
            Conflict = node.pool.get('synchronisation.conflict')
            conflicts = sorted(
                (c.model, c.field or '', c.why, c.winner, c.loser)
                for c in Conflict.search([]))
            children = sorted(
                (c.parent.name, c.name)
                for c in node.pool.get(CHILD).search([]))
        return {
            'waiting': waiting, 'pending': pending, 'conflicts': conflicts,
            'children': children, 'parents': node.values(PARENT, 'name'),
            'versions': node.values(
                'synchronisation.version', 'instance', 'values', 'pending'),
            'files': [row[:2] for row in node.values(
                    'synchronisation.file', 'name', 'data')],
            'wanted': [node.values(f'synchronisation.file.{name}', 'name')
                for name in ['gap', 'part', 'want']],
            **{model: node.values(model, 'code', 'name')
                for model in [FULL, KEYED]}}


class FileStory(Story):
    "Files go up and down, and one of two edits loses."

    def chapters(self):
        one, two = self.one, self.two
        yield lambda: self.attach(one, 'A' * SIZE)
        yield lambda: self.synchronise(one)
        yield lambda: self.satellite(two).fetch(
            FIELD, [uuid for uuid, in self.hub.values(FIELD, 'uuid')])
        yield lambda: self.synchronise(two)
        for node, letter in [(two, 'B'), (one, 'C')]:
            yield lambda: self.replace(node, letter * SIZE)
        yield from self.everybody()
        yield lambda: self.synchronise(one)
        yield lambda: node.delete(FIELD, *one.find(FIELD))
        yield from self.everybody()


def story_of(name):
    "Return the story in which a place is reached."
    return FileStory if name.startswith(('file.', 'part.')) else Story


@contextmanager
def reaping():
    reaper = Reaper()
    failpoint.hook = reaper.reach
    try:
        yield reaper
    finally:
        failpoint.hook = None


@pytest.fixture(scope='session')
def undisturbed():
    "What was reached, and the end, of a story without deaths, once told"
    return {}


@pytest.fixture
def network(local):
    return local(2, **OPTIONS)


def tell(kind, network, reaper, *arguments):
    story = kind(network, reaper)
    story.tell(*arguments)
    return story.end()


@pytest.fixture
def expected(network, undisturbed):
    """expected(kind) returns a story without deaths.

    That is what is reached in each chapter and the end.
    """
    def told(kind):
        if kind not in undisturbed:
            with reaping() as reaper:
                end = tell(kind, network, reaper)
            undisturbed[kind] = reaper.reached, end
            network.begin(2, OPTIONS)
        return undisturbed[kind]
    return told


def reached_in_code():
    "Return the names that the modules reach"
    for path in (tree.MODULES / 'synchronisation').glob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if (isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == 'reach'):
                name, = node.args
                if isinstance(name, ast.Constant):
                    yield name.value


def test_table(expected):
    "Test that the table has each place, and that the story reaches it"
    assert sorted(documented()) == sorted(reached_in_code())
    for kind in [Story, FileStory]:
        reached, _ = expected(kind)
        mine = {(name, who) for name, who in deaths()
            if story_of(name) is kind}
        assert mine == {
            (name, who) for chapter in reached[:-1] for name, who in chapter
            if story_of(name) is kind}


def test_end(expected):
    "Test that the story ends well, or no death could spoil it"
    _, end = expected(Story)
    hub, *satellites = end
    for database in end:
        assert not database['waiting'] and not database['pending']
        for model in [FULL, PARENT]:
            assert database.get(model) == hub.get(model)
    assert hub['conflicts']


@pytest.mark.parametrize('name, who', deaths())
def test_death(name, who, network, expected):
    "Test that a death at a place changes nothing in the end"
    kind = story_of(name)
    reached, expected_end = expected(kind)
    with reaping() as reaper:
        end = tell(kind, network, reaper, name, who, reached)
    assert reaper.deaths
    assert end == expected_end
