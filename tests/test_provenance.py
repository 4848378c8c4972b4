# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Who changed a record last, at which instance, and when."
import datetime as dt

KEYED = 'test_synchronisation.keyed'
NAMES = ['last_change_author', 'last_change_instance']


def employ(node, name):
    "Let the user of a node have a name."
    node.write('res.user', 1, name=name)


def told(node):
    id_, = node.find(KEYED, ('code', '=', 'K'))
    return node.read(KEYED, id_, *NAMES)


def test_last_change(local):
    "Test that every instance tells who changed a record last, and where"
    network = local(2)
    one, two = network.satellites
    for node, name in zip(
            [network.hub, one, two], ["Cleo", "Ona", "Twyla"]):
        employ(node, name)
    begin = dt.datetime.utcnow().replace(microsecond=0)
    thing = one.create(KEYED, code='K', name="first", note="first")
    # Before it has a place in the feed
    assert told(one) == ("Ona", 1)
    one.synchronise()
    two.satellite().fetch(KEYED, ['K'])
    for node in [network.hub, one, two]:
        assert told(node) == ("Ona", 1)
    there, = two.find(KEYED, ('code', '=', 'K'))
    two.write(KEYED, there, name="second")
    one.write(KEYED, thing, note="second")
    two.synchronise()
    one.synchronise()
    two.synchronise()
    # Who came last to the hub
    for node in [network.hub, one, two]:
        assert told(node) == ("Ona", 1)
    here, = network.hub.find(KEYED, ('code', '=', 'K'))
    network.hub.write(KEYED, here, name="third")
    assert told(network.hub) == ("Cleo", 0)
    one.synchronise()
    time, = one.read(KEYED, thing, 'last_change_time')
    assert begin <= time <= dt.datetime.utcnow()
    assert told(one) == ("Cleo", 0)
    # What it gets is nobody's change there
    assert told(two) == ("Ona", 1)


def test_deleter(local):
    "Test that a tombstone tells who deleted"
    network = local(2)
    one, two = network.satellites
    employ(two, "Twyla")
    one.create(KEYED, code='K', name="first")
    one.synchronise()
    two.satellite().fetch(KEYED, ['K'])
    there, = two.find(KEYED, ('code', '=', 'K'))
    two.delete(KEYED, there)
    two.synchronise()
    one.synchronise()
    for node in [network.hub, one, two]:
        with node.transaction():
            tombstone, = [
                state for state in node.pool.get(
                    'synchronisation.record').select(None)
                if state.model == KEYED and state.dead]
            (instance, _, name), = node.pool.get(
                'synchronisation.author').tell([tombstone.changed[0]])
        assert (instance, name) == (2, "Twyla")


def test_two_edits_between_two_runs(local):
    "Test that the last of several edits is told, whatever its field"
    network = local(1)
    one, = network.satellites
    thing = one.create(KEYED, code='K', name="first", note="first")
    one.synchronise()
    employ(one, "Ann")
    one.write(KEYED, thing, note="second")
    with one.transaction():
        ann, = one.pool.get('res.user').create([
                {'name': "Bob", 'login': 'bob', 'groups': [
                        ('add', [g.id for g in one.pool.get('res.group')
                                .search([])])]}])
        bob = ann.id
    with one.transaction(user=bob):
        Keyed = one.pool.get(KEYED)
        Keyed.write([Keyed(thing)], {'name': "second"})
    one.synchronise()
    assert told(network.hub) == ("Bob", 1)
