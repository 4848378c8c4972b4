# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a hub tells of its feed, a page at a time."
from unittest.mock import patch

from trytond.modules.synchronisation import batch, closure, feed, pending
from trytond.modules.synchronisation.message import Document

from .memory import store
from .memory.reading import easier, fault
from .memory.scene import KNOWN, Scene, documents, entries

_page = feed.Feed.page
_document = feed.Feed._document
_members = store.Records.members


def page_from(self, at, upto, limit):
    self.at = at
    return _page(self, at, upto, limit)


def document_since(self, item, rows):
    "What changed since the cursor, instead of all there is."
    document = _document(self, item, rows)
    if document.alive and not item.lacking:
        document.kind = Document.PARTIAL
        document.values = {
            name: value for name, value in document.values.items()
            if item.state.version_of(name) > self.at}
    return document


def groups_in_order(items, units, needs):
    "Units, those that are needed first, as if there were no circles."
    component = batch._join(items, units)
    groups = {}
    for item in items:
        groups.setdefault(component[item], []).append(item)
    return list(groups.values())


def groups_alone(items, units, needs):
    return [[item] for item in items]


def needed_alone(self, needs):
    missing = set().union(*needs.values()) - needs.keys() - self.known
    self.known |= missing
    return [state for state in self.store.records.load(
            'identity', missing).values() if state.full]


def members_by_position(self, instance, after, link, limit):
    return [found for found in _members(self, instance, after, link, limit)
        if found[0].position > after]


@easier("a page tells the fields that changed since the cursor",
    (feed.Feed, 'page', page_from),
    (feed.Feed, '_document', document_since))
def test_record_that_moved_behind_the_page():
    "Test that a record which moves on in the feed takes all its edits along"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first', other='first')
    between = scene.share(name='first', key='between')
    one.settings.batch = 1
    scene.centre.write(thing, name='second')
    scene.centre.write(between, name='second')
    scene.centre.write(thing, other='second')
    one.pull()
    assert scene.values(thing) == scene.values(between) == ['second'] * 2
    assert scene.values(thing, 'other') == ['second'] * 2


@fault("the mates of a unit are not completed")
def test_unit_of_which_a_part_moved_on():
    "Test that what was created together is never seen in part"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    with scene.centre.unit() as unit:
        lines = [unit.create('line', thing=thing) for _ in range(2)]
    lines = [scene.centre.key(line) for line in lines]
    scene.centre.write(thing, name='second')
    scene.centre.write(lines[0], name='moved')
    one.settings.batch = 1
    lanes = [KNOWN]
    while lanes:
        lanes = one.exchange(one.ask(*lanes))
        assert len({one.has(line) for line in lines}) == 1
    assert all(map(one.has, lines))


@easier("what a record needs goes without what was created with it",
    (pending.Pending, 'needed', needed_alone))
def test_needed_record_that_moved_on():
    "Test that what another needs goes with what was created with it"
    scene = Scene(1)
    one, = scene.satellites
    with one.unit() as unit:
        thing = unit.create('thing', key='a')
        line = unit.create('line', thing=thing[1])
    one.create('thing', parent=thing[1])
    with one.unit() as unit:
        for made in [thing, line]:
            unit.write(made, name='second')
    thing, line = map(one.key, [thing, line])
    one.settings.batch = 1
    one.exchange(one.build_push())
    assert scene.centre.has(thing) and scene.centre.has(line)
    scene.level()


@fault("a page ends within a unit")
def test_edits_of_one_transaction():
    "Test that no edit of a transaction is left behind by a page"
    scene = Scene(1)
    one, = scene.satellites
    things = [scene.share(name='first', key=key) for key in 'abc']
    with scene.centre.unit() as unit:
        for thing in things:
            unit.write(thing, name='second')
    one.settings.batch = 1
    one.pull()
    assert [one.value(thing) for thing in things] == ['second'] * 3


@easier("what a page refers to comes with its own page",
    (feed.Feed, 'complete', lambda self, items, wanted=(): items))
def test_parent_that_moved_behind_the_page():
    "Test that a child does not wait for a parent that was edited since"
    scene = Scene(1)
    one, = scene.satellites
    parent = scene.centre.create('thing', key='a')
    child = scene.centre.create('line', thing=parent)
    one.fetch('a')
    scene.centre.create('offer', key='between')
    scene.centre.write(parent, name='second')
    one.settings.batch = 1
    one.exchange(one.ask(KNOWN))
    assert one.waiting() == {}
    assert one.has(child) == one.has(parent)
    one.pull()
    assert one.value(child, 'thing') == parent[1]


@easier("each record is applied by itself", (batch, 'groups', groups_alone))
def test_unit_of_which_a_part_waits():
    "Test that what was created with a record that waits waits with it"
    scene = Scene(1)
    one, = scene.satellites
    one.create('offer', key='taken')
    with scene.centre.unit() as unit:
        made = [unit.create('offer', key=key) for key in ['good', 'taken']]
    made = [scene.centre.key(key) for key in made]
    one.pull()
    assert set(one.waiting()) == set(made)
    assert not one.has(made[0])
    scene.level()
    assert [site.count('offer') for site in scene.sites] == [2, 2]


@easier("units go one after the other, whatever they refer to",
    (batch, 'groups', groups_in_order))
def test_units_that_need_each_other():
    "Test that units which refer to each other in a circle do not wait"
    scene = Scene(1)
    one, = scene.satellites
    first = one.create('thing', name='first')
    second = one.create('thing', name='second', parent=first)
    with one.unit() as unit:
        third = unit.create('thing', name='third', parent=second)
        unit.write(first, name='edited')
    third = one.key(third)
    one.exchange(one.build_push())
    assert one.waiting('hub') == {}
    assert scene.centre.value(first) == 'edited'
    assert scene.centre.value(third, 'parent') == second[1]
    scene.level()


@easier("what comes into scope is found by its last change",
    (store.Records, 'members', members_by_position))
def test_old_record_that_is_asked_for():
    "Test that who asks for a record gets it, though he has read past it"
    scene = Scene(1)
    one, = scene.satellites
    old = scene.centre.create('thing', name='old', key='old')
    scene.share(name='new', key='new')
    one.fetch('old')
    one.pull()
    assert one.value(old) == 'old'


@fault("what a record refers to does not follow it")
def test_reference_to_what_the_receiver_lacks():
    "Test that a record brings what it comes to refer to"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    parent = scene.centre.create('thing', name='parent')
    scene.centre.write(thing, parent=parent)
    one.pull()
    assert one.value(thing, 'parent') == parent[1]
    assert one.value(parent) == 'parent'
    assert one.waiting() == {}


def large(site):
    "Let a site have records of which two are too large for one message"
    return [site.create('thing', name=key * 60, key=key) for key in 'abcdef']


@easier("a message has so many records, however large",
    (batch, 'size', lambda values: 0))
def test_push_of_large_records():
    "Test that a message is cut before it is larger than a hub takes"
    with patch.object(batch, 'MOST', 100):
        scene = Scene()
        one, two = scene.satellites
        made = large(one)
        message = one.build_push()
        assert entries(message) == 1
        assert not message.work.last
        one.push()
        assert one.pending() == set()
        two.fetch(*'abcdef')
        scene.level()
    assert all(two.has(thing) for thing in made)


@easier("an answer has so many records, however large",
    (batch, 'size', lambda values: 0))
def test_pull_of_large_records():
    "Test that an answer is cut before it is larger than a satellite takes"
    with patch.object(batch, 'MOST', 100):
        scene = Scene(1)
        one, = scene.satellites
        made = large(scene.centre)
        for key in 'abcdef':
            one.fetch(key)
        answer = one.arrive(one.ask(KNOWN))
        assert documents(answer) == 1
        scene.level()
    assert all(one.has(thing) for thing in made)


def move_on_to_mates(self, taken):
    self.since = min(
        (s.position for s in self.chosen if s.key not in taken),
        default=self.last + 1 if self.chosen else self.since)


@easier("the next message begins with what the last one left",
    (pending.Pending, 'move_on', move_on_to_mates))
def test_push_that_chose_a_mate_from_beyond():
    "Test that no message passes by what was changed before what it left"
    scene = Scene(1)
    one, = scene.satellites
    one.settings.batch = 1
    with one.unit() as unit:
        unit.create('thing', name='first')
        offer = unit.create('offer', name='offer', key='a')
    offer = one.key(offer)
    with one.unit() as unit:
        unit.create('thing', name='second')
        line = unit.create('line', name='line', thing=one.key(('thing', 1)))
    line = one.key(line)
    one.delete(offer)
    one.number_changes()
    one.write(line, name='edited')
    one.push()
    assert scene.centre.count('thing') == 2
    assert scene.centre.value(line) == 'edited'


def test_unit_that_is_too_large():
    "Test that what belongs together goes together, however large"
    with patch.object(batch, 'MOST', 100):
        scene = Scene(1)
        one, = scene.satellites
        with one.unit() as unit:
            thing = unit.create('thing', name='1' * 60, key='1')
            unit.create('line', name='2' * 60, thing=thing[1])
        assert entries(one.build_push()) == 2
        scene.level()
    assert scene.centre.count('thing') == scene.centre.count('line') == 1


@easier("all that is granted enters the scope at one place",
    (closure, 'PART', 1000))
def test_much_that_is_granted():
    "Test that what belongs to a record is told page by page, however much"
    with patch.object(closure, 'PART', closure.PART // 50):
        scene = Scene(1)
        one, = scene.satellites
        thing = scene.centre.create('thing', name='thing', key='a')
        for number in range(30):
            scene.centre.create('line', name=f'{number}', thing=thing)
        one.fetch('a')
        one.settings.batch = 5
        answer = one.arrive(one.ask(KNOWN))
        assert documents(answer) <= 6
        scene.level()
    assert one.count('line') == 30
