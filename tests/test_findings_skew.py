# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Modules that are older at one end than at the other."
from unittest.mock import patch

from trytond.modules.synchronisation import (
    adoption, caller, intake, merge, protocol, reception)

from .memory.model import MODELS, without
from .memory.reading import easier
from .memory.scene import Scene

_count = protocol.count
_is_unsent = adoption.Adoption.is_unsent
_settle_full = merge.settle_full
_take_document = merge.take_document


def push(site):
    "Push; what the hub lacks is known only once it has answered."
    for _ in range(2):
        site.push()


def shown_with_all(state, pushes):
    state.dead, state.shown = True, {
        **state.ups, **state.base, '': state.up}
    state.full = False


@easier("who deletes a record saw a version of each field",
    (protocol, 'bury', shown_with_all))
def test_deletion_of_what_an_older_hub_lacks_a_field_of():
    "Test that it is taken, and with it what was written since"
    scene = Scene(1)
    one, = scene.satellites
    scene.centre.store.update(without(('thing', 'other')))
    thing = scene.share(name='first')
    one.write(thing, name='second', other='of a later version')
    push(one)
    one.delete(thing)
    offer = one.create('offer', key='new')
    one.push()
    assert not scene.centre.has(thing)
    assert scene.centre.has(offer)
    scene.centre.store.update(MODELS)
    scene.level()


def is_pushed(self, document, state):
    with patch.object(adoption, 'UNSENT', None):
        return _is_unsent(self, document, state)


@easier("what was left out for an older hub is there",
    (adoption.Adoption, 'is_unsent', is_pushed))
def test_withdrawal_of_what_an_older_hub_lacks_a_field_of():
    "Test that a record stays until the hub has all that was entered of it"
    scene = Scene(1)
    one, = scene.satellites
    scene.centre.store.update(without(('thing', 'other')))
    thing = one.create('thing', name='name', other='of a later version')
    push(one)
    scene.centre.take_from(one.number, thing)
    one.pull()
    assert one.waiting() == {thing: 'unsent'}
    scene.centre.store.update(MODELS)
    scene.level()
    assert scene.values(thing, 'other') == ['of a later version', None]


@easier("an amount that the hub lacked was counted with the rest",
    (caller, 'renumber_sums', lambda *_: None))
def test_amount_of_which_an_older_hub_lacks_the_field():
    "Test that it counts once the hub knows what it is"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share()
    scene.centre.store.update(without(('line', 'count')))
    line = one.create('line', thing=thing)
    one.push()
    one.write(line, count=10)
    push(one)
    one.write(line, name='edited')
    push(one)
    scene.centre.store.update(MODELS)
    scene.level()
    assert scene.values(line, 'count') == [10, 10]


def count_what_was_not_sent(state, document, current):
    state.base = {name: max(base, protocol.UNKNOWN)
        for name, base in state.base.items()}
    return _take_document(state, document, current)


@easier("an older hub has counted what it was told",
    (merge, 'take_document', count_what_was_not_sent))
def test_amount_of_a_record_that_an_older_hub_tells_of():
    "Test that the hub's word on the record does not end the amount"
    scene = Scene(1)
    one, = scene.satellites
    thing = scene.share()
    scene.centre.store.update(without(('line', 'count')))
    line = one.create('line', thing=thing)
    push(one)
    one.write(line, code='a', count=3)
    push(one)
    scene.centre.store.update(MODELS)
    scene.centre.write(line, name='of the centre')
    one.exchange(one.ask())
    assert one.value(line, 'count') == 3
    scene.level()
    assert scene.values(line, 'count') == [3, 3]


def test_older_instance_that_is_updated_before_an_answer():
    "Test that an answer to an older version does not end the reading again"
    scene = Scene(1)
    one, = scene.satellites
    one.store.update(without(('thing', 'other')))
    thing = scene.share(name='first', other='other')
    # Something to take with the answer
    scene.centre.create('offer', key='new')
    asked = one.ask()
    answer = one.arrive(asked)
    one.store.update(MODELS)
    one.apply(asked, answer)
    scene.level()
    assert scene.values(thing, 'other') == ['other'] * 2


def read_what_others_sent(reply_of):
    def build_pull(self, lanes, reply=None):
        message = reply_of(self, lanes, reply)
        message.pop('again', None)
        return message
    return build_pull


@easier("who reads the feed again has what it sent",
    (caller.Caller, 'build_pull', read_what_others_sent(
            caller.Caller.build_pull)))
def test_field_of_what_an_older_instance_edited():
    "Test that it is told, though nobody else touched the record since"
    scene = Scene(1)
    one, = scene.satellites
    one.store.update(without(('thing', 'other')))
    thing = scene.share(name='first', other='other')
    one.write(thing, name='second')
    one.push()
    one.store.update(MODELS)
    scene.level()
    assert scene.values(thing, 'other') == ['other'] * 2
    # And that once only
    assert not one.store.instances.of_hub().again


def strip_for_ever(self, document):
    Model = self.store.models[document.model]
    for name in document.values.keys() - Model.synchronised_fields():
        del document.values[name]


@easier("what an older instance does not know need not wait",
    (reception.Reception, 'strip', strip_for_ever))
def test_field_of_what_waits_at_an_older_instance():
    "Test that a record that waited meanwhile has what became known"
    scene = Scene(1)
    one, = scene.satellites
    one.store.update(without(('thing', 'other')))
    thing = scene.centre.create('thing', name='v1', other='other', key='k')
    one.store.rule = 1
    one.fetch('k')
    one.pull()
    assert one.waiting() == {thing: 'constraint'}
    one.store.update(MODELS)
    one.store.rule = None
    scene.level()
    assert scene.values(thing, 'other') == ['other'] * 2


@easier("a record was deleted with all the fields that it has",
    (intake.Application, 'blank', lambda self, model: {}))
def test_record_that_an_older_instance_deleted():
    "Test that it comes back although the last values lack a field"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    middle.store.update(without(('line', 'count')))
    thing = below.create('thing', name='thing')
    line = below.create('line', thing=thing, name='line', count=None)
    push(below)
    middle.synchronise()
    scene.centre.delete(line)
    middle.synchronise()
    middle.store.update(MODELS)
    scene.level()
    assert {site.count('line') for site in scene.sites} == {1}


def settle_what_was_sent(state, names, seen):
    base = dict(state.base)
    _settle_full(state, names, seen)
    for name in state.base.keys() - base.keys() - set(names):
        del state.base[name]


def count_and_settle(state, name, amount, position):
    _count(state, name, amount, position)
    if name in state.sums and not state.sums[name][1]:
        state.base.pop(name, None)


@easier("what is as it was need not be sent",
    (protocol, 'count', count_and_settle),
    (merge, 'settle_full', settle_what_was_sent))
def test_amount_that_an_older_hub_lacks():
    "Test that it is sent once the hub is updated, whatever else was edited"
    scene = Scene(1)
    one, = scene.satellites
    scene.centre.store.update(without(('line', 'count')))
    thing = one.create('thing', name='thing')
    line = one.create('line', thing=thing, name='first', count=None)
    one.push()
    pushed = one.build_push()
    answer = one.arrive(pushed)
    one.write(line, name='second')
    one.number_changes()
    one.write(line, count=1)
    one.apply(pushed, answer)
    scene.centre.store.update(MODELS)
    scene.level()
    assert scene.values(line, 'count') == [1] * 2


@easier("what a message was built of is all that a record has",
    (merge, 'settle_full', settle_what_was_sent))
def test_fields_that_are_new_while_a_record_is_on_its_way():
    "Test that what is entered in them is sent"
    scene = Scene(1)
    one, = scene.satellites
    one.store.update(without(('thing', 'other')))
    thing = one.create('thing', name='name')
    pushed = one.build_push()
    answer = one.arrive(pushed)
    one.store.update(MODELS)
    one.write(thing, other='entered')
    one.apply(pushed, answer)
    scene.level()
    assert scene.values(thing, 'other') == ['entered'] * 2
