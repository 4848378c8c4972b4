# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Instances whose modules are older or newer than those of others."
import pytest

from .memory.model import MODELS
from .memory.scene import Scene
from .skewed import travel


def without(*names):
    "Return the models as they were before Thing had some fields"
    Thing = MODELS['thing']
    fields = {n: f for n, f in Thing._fields.items() if n not in names}
    return {**MODELS, 'thing': type('Thing', (Thing,), {'_fields': fields})}


@pytest.fixture
def scene():
    "A centre, and a clinic whose modules do not know the field other"
    scene = Scene(1)
    scene.satellites[0].store.update(without('other'))
    return scene


def test_field_that_the_clinic_lacks(scene):
    "Test that the clinic works with the rest, and the field stays as it is"
    one, = scene.satellites
    thing = scene.share(name='first', other='kept')
    assert one.value(thing) == 'first'
    one.write(thing, name='second')
    for _ in range(2):
        one.synchronise()
    assert scene.values(thing) == ['second'] * 2
    assert scene.centre.value(thing, 'other') == 'kept'
    assert not one.waiting() and not one.pending()


def test_clinic_is_updated(scene):
    "Test that it gets what it did not know, and what was there before"
    one, = scene.satellites
    thing = scene.share(name='first', other='told')
    one.synchronise()
    one.store.update(MODELS)
    scene.level()
    assert scene.values(thing, 'other') == ['told'] * 2


def test_field_that_begins_to_travel():
    "Test that what clinics had in a field that stayed local arrives"
    scene = Scene()
    one, two = scene.satellites
    for site in scene.sites:
        site.store.update(without('other'))
    thing = scene.share(name='first')
    for site in [one, two]:
        table = site.store.tables['thing']
        local = site.local(thing)
        table[local] = {**table[local], 'other': f'local {site.number}'}
    for site in scene.sites:
        site.store.update(MODELS)
    scene.level()
    assert len({*scene.values(thing, 'other')}) == 1
    assert {value for conflict in scene.conflicts()
        for value in conflict[1:3]} == {'local 1', 'local 2'}


@pytest.fixture
def newer():
    "A centre whose modules do not know the field other, and a clinic's do"
    scene = Scene(1)
    scene.centre.store.update(without('other'))
    return scene


def test_field_that_the_hub_lacks(newer):
    "Test that the rest arrives, and the field when the hub is updated"
    one, = newer.satellites
    thing = one.create('thing', name='first', other='later')
    for _ in range(2):
        one.push()
    assert newer.values(thing) == ['first'] * 2
    one.write(thing, name='second')
    one.push()
    assert newer.values(thing) == ['second'] * 2
    assert not newer.centre.waiting() and one.pending() == {thing}
    newer.centre.store.update(MODELS)
    newer.level()
    assert newer.values(thing, 'other') == ['later'] * 2
    assert newer.conflicts() == []


def test_field_that_the_hub_lacks_is_not_sent_again(newer):
    "Test that what waits for an update of the hub is not sent meanwhile"
    one, = newer.satellites
    one.create('thing', name='first', other='later')
    for _ in range(2):
        one.push()
    assert not one.build_push().work


def test_record_of_a_model_that_the_hub_lacks():
    "Test that what was created with it does not wait"
    scene = Scene(1)
    one, = scene.satellites
    scene.centre.store.update(
        {name: MODELS[name] for name in MODELS if name != 'offer'})
    with one.unit() as unit:
        thing = unit.create('thing', name='first')
        unit.create('offer', name='offer', key='o')
    one.push()
    assert scene.centre.value(one.key(thing)) == 'first'
    assert set(scene.centre.waiting().values()) == {'model'}
    scene.centre.store.update(MODELS)
    scene.level()
    assert scene.centre.count('offer') == 1


KEYED = 'test_synchronisation.keyed'


@pytest.fixture
def update(local):
    """update(node, names) gives the model Keyed of a node these fields

    Without names it has all of them again.
    """
    nodes = []

    def change(node, names=None):
        nodes.append(node)
        travel(node, KEYED, names)
    yield change
    for node in {*nodes}:
        change(node)


def test_update_of_a_database(local, update):
    "Test on a database that what was left out comes with the update"
    net = local(1)
    clinic, = net.satellites
    hub = net.hub
    hub.create(KEYED, code='A', name="first", note="kept")
    update(clinic, ['code', 'name'])
    clinic.satellite().fetch(KEYED, ['A'])
    record, = clinic.find(KEYED, ('code', '=', 'A'))
    clinic.write(KEYED, record, name="second")
    clinic.synchronise()
    row = ('A', "second", "kept")
    assert row in hub.values(KEYED, 'code', 'name', 'note')
    update(clinic)
    clinic.synchronise()
    assert row in clinic.values(KEYED, 'code', 'name', 'note')


def test_update_of_a_hub(local, update):
    "Test on a database that what the hub lacked arrives with its update"
    net = local(1)
    clinic, = net.satellites
    hub = net.hub
    update(hub, ['code', 'name'])
    clinic.create(KEYED, code='A', name="first", note="later")
    for _ in range(2):
        clinic.synchronise()
    assert ('A', "first", None) in hub.values(KEYED, 'code', 'name', 'note')
    update(hub)
    for _ in range(2):
        clinic.synchronise()
    assert ('A', "first", "later") in hub.values(
        KEYED, 'code', 'name', 'note')
    assert clinic.satellite().status()['pending'] == 0
