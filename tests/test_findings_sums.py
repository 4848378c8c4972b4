# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Amounts that several instances change."
import copy
from unittest.mock import patch

from trytond.modules.synchronisation import (
    epoch, fold, intake, merge, message, protocol)

from .memory.model import MODELS, without
from .memory.reading import easier
from .memory.scene import Scene, restore

_offer_fields, _renumber = epoch._offer_fields, epoch.renumber
_take_document = merge.take_document
_count = protocol.count
_sums_of = intake.Application.sums_of
_fold_delete = fold.Folding.fold_delete


def all_changes(self, name, state):
    return [change for _, change in self.sums[name]]


def amount_of_the_hub(state, name, amount, seen):
    state.sums[name] = [amount, []]
    return amount


def begin(scene):
    "Return a line that everybody has, of which 10 are counted."
    thing = scene.share()
    line = scene.centre.create('line', thing=thing, count=10)
    scene.level()
    return line


def add(site, line, amount):
    site.write(line, count=site.value(line, 'count') + amount)


@easier("a field that is added up is one like any other",
    (protocol, 'count', lambda state, name, amount, position: None))
def test_amount_changed_at_two_places():
    "Test that both changes count"
    scene = Scene()
    one, two = scene.satellites
    line = begin(scene)
    add(one, line, 3)
    add(two, line, -1)
    scene.level()
    assert scene.values(line, 'count') == [12] * 3
    assert scene.conflicts() == []


@easier("what is pushed again is added again",
    (message.Entry, 'changes_of', all_changes))
def test_amount_whose_answer_was_lost():
    "Test that a change counts once, and the next one too"
    scene = Scene(1)
    one, = scene.satellites
    line = begin(scene)
    add(one, line, 3)
    one.push_in_vain()
    add(one, line, 4)
    scene.level()
    assert scene.values(line, 'count') == [17] * 2


@easier("what the hub tells takes the place of what is here",
    (merge, 'counted', amount_of_the_hub))
def test_amount_changed_before_the_answer():
    "Test that a pull keeps what was not sent yet"
    scene = Scene(1)
    one, = scene.satellites
    line = begin(scene)
    add(one, line, 3)
    add(scene.centre, line, 5)
    one.pull()
    assert one.value(line, 'count') == 18
    scene.level()
    assert scene.values(line, 'count') == [18] * 2


def test_amount_below_a_middle_tier():
    "Test that changes at three levels add up at all of them"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    line = begin(scene)
    for number, site in enumerate(scene.sites, 1):
        add(site, line, number)
    scene.level(4)
    assert scene.values(line, 'count') == [16] * 3
    assert scene.conflicts() == []


def offer_with_changes(state, lost, time):
    sums = copy.deepcopy(state.sums)
    _offer_fields(state, lost, time)
    state.sums = sums


@easier("of an amount that a hub lost only the last change is told",
    (epoch, '_offer_fields', offer_with_changes))
def test_amount_that_a_hub_lost_and_that_changed_since():
    "Test that a restored hub gets the amount, not the last change alone"
    scene, one, line = lose_an_amount()
    add(one, line, 1)
    restore(scene.centre)
    scene.level()
    assert scene.values(line, 'count') == [16] * 2
    # They are added up again
    add(one, line, 2)
    add(scene.centre, line, 4)
    scene.level()
    assert scene.values(line, 'count') == [22] * 2


def lose_an_amount():
    "Return a Scene whose hub will lose 5, its satellite, and a line."
    scene = Scene(1)
    one, = scene.satellites
    line = begin(scene)
    scene.centre.backup()
    add(one, line, 5)
    scene.level()
    return scene, one, line


def take_as_sum(state, document, current):
    for name, (amount, changes) in state.sums.items():
        state.sums[name] = [amount, changes or []]
    return _take_document(state, document, current)


@easier("an amount that is offered again is what the hub tells",
    (merge, 'take_document', take_as_sum))
def test_amount_that_a_hub_lost_and_tells_otherwise():
    "Test that what was offered again loses as a conflict that all see"
    scene, one, line = lose_an_amount()
    restore(scene.centre)
    add(scene.centre, line, 1)
    one.pull()
    scene.level(4)
    assert scene.values(line, 'count') == [11] * 2
    assert scene.conflicts() == [('count', 15, 11, 'conflict')]


def renumber_changes(state, common, shift, told=0):
    _renumber(state, common, shift)


def restore_what_was_not_told(declared):
    "Return a Scene, its satellite, which told 5 after its backup, and a line."
    scene = Scene()
    one, two = scene.satellites
    line = begin(scene)
    add(one, line, 5)
    # A run without a line
    one.build_push()
    one.backup()
    one.push()
    one.restore(declared)
    return scene, one, line


@easier("what a backup had not told was never told",
    (epoch, 'renumber', renumber_changes))
def test_amount_of_a_backup_that_was_told_later():
    "Test that what a restored clinic tells once more counts once"
    scene, one, line = restore_what_was_not_told(True)
    scene.level()
    assert scene.values(line, 'count') == [15] * 3
    assert scene.conflicts() == []


def test_amount_of_a_backup_of_which_nobody_told():
    "Test that the next message of a restored clinic tells it, too"
    scene, one, line = restore_what_was_not_told(False)
    one.create('offer', key='o')
    scene.level()
    assert scene.values(line, 'count') == [15] * 3


def test_amount_of_a_backup_that_changed_since():
    "Test that what nobody can add up any more is for people to decide"
    scene, one, line = restore_what_was_not_told(True)
    add(one, line, 2)
    scene.level()
    assert scene.values(line, 'count') == [15] * 3
    assert scene.conflicts() == [('count', 17, 15, 'conflict')]


def sums_anew(self, state, values):
    return {name: [values[name], []] for name in _sums_of(
            self, state, values)}


@easier("what comes back was never added to",
    (intake.Application, 'sums_of', sums_anew))
def test_amount_added_before_a_deletion_at_a_middle_tier():
    "Test that it counts if the record comes back"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    line = scene.centre.create('line', thing=scene.share(), count=10)
    scene.level()
    middle.write(line, count=12)
    middle.number_changes()
    middle.delete(line)
    below.write(line, count=15)
    below.push()
    scene.level()
    assert scene.values(line, 'count') == [17] * 3


def delete_without_counting(self, item, key, state, position):
    with patch.object(protocol, 'count', lambda *_: None):
        return _fold_delete(self, item, key, state, position)


@easier("what was added with a deletion goes with it",
    (fold.Folding, 'fold_delete', delete_without_counting))
def test_amount_added_with_a_deletion_that_is_refused():
    "Test that each change before the deletion counts"
    scene = Scene()
    one, two = scene.satellites
    line = scene.centre.create('line', thing=scene.share(), count=10)
    scene.level()
    one.write(line, count=13)
    one.number_changes()
    with one.unit() as unit:
        unit.write(line, count=17)
        unit.delete(line)
    scene.centre.write(line, name='edited')
    scene.level()
    assert scene.values(line, 'count') == [17] * 3


def count_what_is_read(state, name, amount, position):
    if name not in state.sums and state.created != position and not (
            name in state.base or state.full):
        state.sums[name] = [amount, []]
    else:
        _count(state, name, amount, position)


@easier("what a row has is what it had before", (
        protocol, 'count', count_what_is_read))
def test_amount_of_a_record_that_came_without_one():
    "Test that the first amount of a record of an older laptop goes up"
    scene = Scene(1, tier=True)
    middle, below = scene.satellites
    thing = scene.share()
    below.store.update(without(('line', 'count')))
    line = below.create('line', thing=thing)
    for site in [below, middle]:
        site.push()
    middle.write(line, name='edited')
    middle.write(line, count=3)
    below.store.update(MODELS)
    scene.level()
    assert scene.values(line, 'count') == [3] * 3
