# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What waits, why, and what becomes of it; what is pending."
import pytest

from trytond.modules.synchronisation import adoption, protocol, reception, wire
from trytond.modules.synchronisation.caller import unpack

from .memory.model import MODELS
from .memory.mutants import FAULTS
from .memory.reading import easier
from .memory.scene import Scene

HERE, ABSENT = '0.1.1', '9.9.9'

_admitted = adoption.Adoption.admitted


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
            (*waiting, 'missing', 'It is not here.', missing, '{}')])
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
