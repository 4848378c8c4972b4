# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Amounts that several instances change."
from trytond.modules.synchronisation import merge, message, protocol

from .memory.reading import easier
from .memory.scene import Scene


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
