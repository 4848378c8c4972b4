# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What waits, why, and what becomes of it; what is pending."
import json

import pytest

from trytond.modules.synchronisation import (
    adoption, application, caller, desk, intake, patience, pending, protocol,
    reception, wire)
from trytond.modules.synchronisation.caller import unpack
from trytond.modules.synchronisation.message import Document

from .memory.model import MODELS
from .memory.mutants import FAULTS
from .memory.reading import easier
from .memory.scene import Scene

HERE, ABSENT = '0.1.1', '9.9.9'

_admitted = adoption.Adoption.admitted
_take = reception.Reception.take
_begin = pending.Pending.__init__
_add_mates = pending.Pending.add_mates


def take_and_forget(self, documents, whole=True):
    "What waits with what is set aside is taken as done."
    _take(self, documents, whole)
    quarantine = self.store.quarantine
    refused = {waiting.document.key for waiting in self.waiting}
    quarantine.release([
            row['id'] for row in quarantine.waiting('here', self.hub)
            if not row['aside']
            and (row['model'], row['identity']) not in refused])


def admitted_without_references(self):
    "What refers to something that is not here loses the reference."
    for document in self.documents:
        needs = self.reception.needs
        for _, name in needs[document.key] - self.ids.keys():
            document.values = {field: None if value == name else value
                for field, value in document.values.items()}
        needs[document.key] &= self.ids.keys()
    return _admitted(self)


@easier("a reference to what is not here is left empty",
    (adoption.Adoption, 'admitted', admitted_without_references))
def test_answer_that_refers_to_what_is_not_here():
    "Test that the answer to a push waits for what it refers to"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    mine = one.create('thing', name='mine')
    one.push()
    parent = scene.centre.create('thing', name='parent')
    scene.centre.write(thing, parent=parent)
    one.write(thing, parent=mine)
    one.push()
    assert one.value(thing, 'parent') == mine[1]
    assert one.waiting() == {thing: 'missing'}
    one.pull()
    assert one.waiting() == {}
    assert one.value(thing, 'parent') == parent[1]
    scene.level()


@easier("what comes last takes the place of what waits",
    (reception, '_completed', lambda whole, partial: partial))
def test_part_of_what_waits():
    "Test that a part that is told later does not displace the whole"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first', other='first')
    # Here another record has the key of the parent
    parent = scene.centre.create('thing', name='parent', key='same')
    with scene.centre.unit() as unit:
        unit.write(thing, name='second', other='second', parent=parent)
    one.write(thing, name='by one')
    one.create('thing', name='mine', key='same')
    one.pull()
    assert one.waiting() == {parent: 'unique', thing: 'missing'}
    one.settings.batch = 1
    one.exchange(one.build_push())
    one.settings.batch = 50
    scene.level()
    assert scene.values(thing, 'other') == ['second'] * 2
    assert scene.values(thing, 'parent') == [parent[1]] * 2


@easier("a push is acknowledged whatever the hub says of it",
    FAULTS["a push is acknowledged whatever the hub says of it"])
def test_push_that_waits_at_the_hub():
    "Test that what waits at the hub is pending until the hub can take it"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    scene.centre.store.models = {
        name: Model for name, Model in MODELS.items() if name != 'line'}
    line = one.create('line', name='line', thing=thing)
    one.write(thing, name='second')
    one.push()
    assert scene.centre.value(thing) == 'second'
    assert one.pending() == {line}
    assert one.waiting('hub') == scene.centre.waiting() == {line: 'model'}
    scene.centre.store.models = MODELS
    scene.level()
    assert scene.centre.value(line) == 'line'


@easier("only an edit can be pending",
    (protocol.State, 'pending', property(lambda self: bool(self.base))))
def test_pending():
    "Test that all that the hub has not acknowledged is pending, and no more"
    scene = Scene(1)
    one, = scene.satellites
    things = [scene.share(name='first', key=key) for key in 'abc']
    one.write(things[0], name='second')
    one.delete(things[1])
    new = one.create('thing', name='new')
    assert one.pending() == {things[0], things[1], new}
    message = one.build_push()
    answer = one.arrive(message)
    assert len(one.pending()) == 3
    one.write(new, name='newer')
    one.apply(message, answer)
    assert one.pending() == {new}
    one.push()
    assert one.pending() == set()


@easier("what waits with what is set aside is taken as done",
    (reception.Reception, 'take', take_and_forget))
def test_set_aside_in_a_circle():
    "Test that what refers to each other waits on if one of it is set aside"
    scene = Scene(1)
    one, = scene.satellites
    first = scene.centre.create('thing', name='first', key='same')
    second = scene.centre.create(
        'thing', name='second', key='k', parent=first)
    scene.centre.write(first, parent=second)
    mine = one.create('thing', name='mine', key='same')
    one.fetch('k')
    one.pull()
    assert one.waiting() == {first: 'unique', second: 'unique'}
    one.set_aside(first)
    scene.share(name='another', key='another')
    assert one.waiting().keys() == {first, second}
    one.set_aside(first, False)
    one.write(mine, key='mine')
    scene.level()
    assert scene.values(second, 'parent') == [first[1]] * 2


@easier("all that waits is tried with every page",
    (patience, 'concerned', lambda rows, documents: rows))
def test_what_waits_is_not_tried_with_every_page():
    "Test that a page is not delayed by what has nothing to do with it"
    scene = Scene(1)
    one, = scene.satellites
    shared = [scene.share(key=key, name='first') for key in 'abcdef']
    other = scene.centre.create('thing', name='other', key='same')
    scene.centre.write(shared[0], parent=other)
    one.create('thing', name='mine', key='same')
    one.pull()
    assert one.waiting() == {other: 'unique', shared[0]: 'missing'}
    for thing in shared:
        scene.centre.write(thing, name='second')
    pages = []

    def take(self, documents, whole=True):
        _take(self, documents, whole)
        pages.append(other in self.tried)
    one.settings.batch = 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reception.Reception, 'take', take)
        one.pull()
    assert len(pages) >= 3
    # With the record that needs it, and at the end
    assert pages.count(True) == 2
    assert one.waiting() == {other: 'unique', shared[0]: 'missing'}
    assert scene.values(shared[5]) == ['second'] * 2


@pytest.mark.parametrize('missing, unit, found', [
        ([], None, False),
        ([HERE], None, True),
        ([ABSENT], None, False),
        ([], 7, True),
        ([], 8, False),
        ])
def test_concerned(missing, unit, found):
    "Test that what waits is tried with what it waits for and its unit"
    document = Document('thing', HERE, Document.WHOLE, 7)
    row = {'id': 1, 'model': 'thing', 'identity': '0.1.9', 'unit': unit,
        'missing': json.dumps([('thing', name) for name in missing])}
    then = {'id': 2, 'model': 'thing', 'identity': '0.1.8', 'unit': None,
        'missing': json.dumps([('thing', '0.1.9')])}
    rows = [row, then]
    assert patience.concerned(rows, [document]) == (rows if found else [])
    again = Document('thing', '0.1.9', Document.PARTIAL, 9)
    assert patience.concerned(rows, [again]) == rows


def test_what_is_missing_has_another_name_since():
    "Test that who waits for a record by its former name gets it"
    scene = Scene(2)
    one, two = scene.satellites
    first = one.create('thing', name='first', key='k')
    one.push()
    former = two.create('thing', name='first', key='k')
    two.push()
    message = one.build_pull([])
    values = wire.loads(message.text)
    for name in [first, former]:
        message.text = wire.dumps({**values, 'want': [name]})
        told, = unpack(wire.loads(one.arrive(message)))
        assert told.key == first


def add_new_mates(self, chosen, positions, since=0):
    tried = {s.id for s in chosen.values()}
    _add_mates(self, chosen, positions, since)
    for id_ in [id_ for id_, s in chosen.items()
            if id_ not in tried and self.is_tried(s)]:
        del chosen[id_]


def begin_with_what_rests(
        self, store, limit, tried, resting, lacks, waits, position):
    _begin(
        self, store, limit, tried, resting, lacks, bool(resting), position)


@pytest.mark.parametrize('missing, retry', [
        ([HERE], True),
        ([HERE, ABSENT], False),
        ([ABSENT], False),
        ])
def test_some_of_what_is_missing_came(missing, retry):
    "Test that what waits for two records is not sent again for one of them"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='here')
    waiting = one.create('thing', name='waits')
    missing = [thing if key == HERE else ('thing', key) for key in missing]
    scene.centre.store.quarantine.store('here', 1, [
            (*waiting, 'missing', 'It is not here.', missing, None, '{}')],
        life=1)
    answer = wire.loads(one.arrive(one.ask()))
    assert answer.get('retry', False) == retry


def test_late_answer_that_refers_to_what_left():
    "Test that nothing waits for what an old answer refers to"
    scene = Scene(1)
    one, = scene.satellites
    parent = one.create('thing', name='parent')
    child = one.create('thing', name='child', parent=parent)
    message = one.build_push()
    one.synchronise()
    late = one.arrive(message)
    scene.centre.write(child, parent=None)
    scene.centre.take_from(one.number, parent)
    one.pull()
    assert not one.has(parent)
    one.apply(message, late)
    assert one.waiting() == {}
    scene.level()


def all_waiting(self):
    if not self.hub:
        return []
    return self.store.quarantine.waiting('hub', self.hub.number)


@easier("what waits at the hub does so until an answer tells otherwise",
    (caller.Caller, 'still_waiting', all_waiting))
def test_late_answer_that_lets_wait_what_was_taken():
    "Test that nothing waits that the hub took after it refused it"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='v1')
    scene.centre.store.rule = 1
    message = one.build_push()
    late = one.arrive(message)
    assert scene.centre.waiting() == {thing: 'constraint'}
    scene.centre.store.rule = None
    one.synchronise(patience.LAST)
    assert scene.values(thing) == ['v1'] * 2
    one.apply(message, late)
    one.push()
    assert one.waiting('hub') == {}


@easier("what waits at the hub does so until an answer tells otherwise",
    (caller.Caller, 'still_waiting', all_waiting))
def test_what_waits_in_a_backup_and_was_taken_since():
    "Test that a restored satellite learns by a pull that nothing waits"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='v1')
    scene.centre.store.rule = 1
    one.push()
    assert one.waiting('hub') == {thing: 'constraint'}
    one.backup()
    one.write(thing, name='v2')
    one.push()
    assert scene.values(thing) == ['v2'] * 2
    one.restore(False)
    scene.level()
    assert scene.values(thing) == ['v2'] * 2
    assert one.waiting('hub') == {}


def refuse_all(self, group, code, sentence):
    self.waiting += [
        application.Waiting(entry, code, sentence, ()) for entry in group]


@easier("what comes again waits with what came with it",
    (intake.Intake, 'refuse', refuse_all))
def test_repeat_that_comes_with_what_is_refused():
    "Test that nothing waits at the hub that it took before"
    scene = Scene(1)
    one, = scene.satellites
    with one.unit() as unit:
        thing = unit.create('thing', name='a')
        other = unit.create('thing', name='b')
    thing, other = one.key(thing), one.key(other)
    message = one.push_in_vain()
    one.write(thing, name='v1')
    late = one.build_push()
    one.apply(message, one.arrive(message))
    scene.centre.store.rule = 1
    one.arrive(late)
    assert scene.centre.waiting() == {thing: 'constraint'}
    scene.centre.store.rule = None
    scene.level()
    assert scene.values(thing) == ['v1'] * 2
    assert scene.centre.waiting() == {}


@easier("what waits at the hub does so until it is taken",
    (desk.Desk, 'release_settled', lambda self: None))
def test_refused_deletion_of_what_somebody_else_deleted():
    "Test that the hub learns that nobody waits for what it refused"
    scene = Scene()
    one, two = scene.satellites
    thing = scene.share(name='first')
    scene.centre.store.rule = 1
    with one.unit() as unit:
        unit.delete(thing)
        new = unit.create('thing', name='v1')
    one.push()
    assert scene.centre.waiting() == {
        thing: 'constraint', one.key(new): 'constraint'}
    two.delete(thing)
    two.push()
    one.synchronise()
    scene.centre.store.rule = None
    scene.level()
    assert scene.centre.value(one.key(new)) == 'v1'
    assert scene.centre.waiting() == {}


def test_what_a_lost_life_had_refused():
    "Test that the hub keeps for people what only a lost life waited for"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share(name='first')
    one.backup()
    one.write(thing, name='v1')
    scene.centre.store.rule = 1
    one.push()
    one.restore(True)
    scene.centre.store.rule = None
    one.synchronise()
    assert scene.centre.waiting() == {thing: 'constraint'}
    assert 'retry' not in wire.loads(one.arrive(one.ask()))
    one.write(thing, other='other')
    one.synchronise()
    assert scene.centre.waiting() == {}


def try_to_push(site, tried):
    "Push one message of a run; return the keys that it had"
    message = site.build_push(tried)
    tried.update((e.key, e.number) for e in message.work)
    site.apply(message, site.arrive(message))
    return {entry.key for entry in message.work}


def unit_that_waits(scene):
    "Return the keys of a unit that the hub refused once"
    one, = scene.satellites
    with one.unit() as unit:
        first = unit.create('thing', name='v1')
        second = unit.create('thing', name='a')
    scene.centre.store.rule = 1
    return one.key(first), one.key(second)


@easier("what was sent in this run is not sent again",
    (pending.Pending, 'add_mates', add_new_mates))
def test_edit_of_what_was_refused_in_the_same_run():
    "Test that a unit stays whole though a part of it was edited meanwhile"
    scene = Scene(1)
    one, = scene.satellites
    first, second = unit_that_waits(scene)
    tried = pending.Tried()
    assert try_to_push(one, tried) == {first, second}
    one.write(second, name='b')
    scene.centre.store.rule = None
    try_to_push(one, tried)
    assert scene.centre.has(first) == scene.centre.has(second)
    scene.level()
    assert scene.values(first) == ['v1'] * 2
    assert scene.values(second) == ['b'] * 2


@easier("all that is older than a message was sent before it",
    (pending.Pending, '__init__', begin_with_what_rests))
def test_what_waited_and_may_go_while_a_run_goes_on():
    "Test that a unit stays whole though its time comes in the midst of a run"
    scene = Scene(1)
    one, = scene.satellites
    first, second = unit_that_waits(scene)
    one.push()
    scene.centre.store.rule = None
    one.settings.batch = 1
    other = one.create('thing', name='c')
    tried = pending.Tried()
    assert try_to_push(one, tried) == {other}
    one.store.moment += patience.LAST
    one.write(second, name='b')
    assert second in try_to_push(one, tried)
    assert scene.centre.has(first)


def test_late_word_of_what_waits():
    "Test that the hub forgets nothing that began to wait since"
    scene = Scene(1)
    one, = scene.satellites
    scene.centre.store.rule = 1
    first = one.create('thing', name='v1')
    one.push()
    answer = one.arrive(one.ask())
    with one.transaction():
        word = caller.Caller(one.store, one.settings).header()
    word.update({
            'at': 0, 'known': 0, 'entries': [], 'authors': [], 'waits': [],
            'of': wire.loads(answer)['waits']})
    second = one.create('thing', name='v4')
    one.push()
    scene.centre.answer('push', wire.dumps(word))
    assert scene.centre.waiting() == {
        first: 'constraint', second: 'constraint'}


@easier("what goes again with its mates goes alone, too",
    (pending.Pending, 'untried', lambda self, groups, entries: groups))
def test_refused_mate_of_what_comes_next():
    "Test that a run ends though the mate of what it sends next was refused"
    scene = Scene(1)
    one, = scene.satellites
    thing = one.create('thing', name='v1')
    with one.unit() as unit:
        visit = unit.create('visit', name='a', thing=thing)
        line = unit.create('line', name='b', thing=thing)
    visit, line = one.key(visit), one.key(line)
    with one.unit() as unit:
        unit.delete(line)
        unit.write(thing, other='c')
    one.settings.batch = 1
    scene.centre.store.rule = 1
    tried = pending.Tried()
    for _ in range(2):
        assert try_to_push(one, tried)
    assert try_to_push(one, tried) == set()
    scene.centre.store.rule = None
    scene.level()
    assert scene.values(visit) == ['a'] * 2
