# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""A person has one official name, or GNU Health lets nobody edit her.

No constraint of the database says so.
"""
import pytest

from .test_numbers import MODULES, register

NAME = 'gnuhealth.person_name'
ANN = 'TYP123PUI'


def begin(local, **options):
    "Let a clinic know Ann, whom it also calls Nick"
    network = local(1, MODULES, **options)
    one, = network.satellites
    enter(one, register(one, ref=ANN), "Nick", 'nickname')
    synchronise(one, one)
    return network


def synchronise(*nodes):
    for node in nodes:
        assert node.synchronise().complete


def ann(node):
    "Return the id of Ann"
    party, = node.find('party.party', ('ref', '=', ANN))
    return party


def name_of(node, given):
    name, = node.find(NAME, ('given', '=', given))
    return name


def enter(node, party, given, use='official'):
    node.create(NAME, party=party, given=given, use=use)


def use(node, **uses):
    "Use names from now on as another kind, each in a transaction"
    for given, value in uses.items():
        node.write(NAME, name_of(node, given), use=value)


def swap(node):
    "Make Nick the official name of Ann in one transaction"
    names = [(name_of(node, given), value) for given, value in [
            ("Nick", 'official'), ("Ann", 'old')]]
    with node.transaction():
        Name = node.pool.get(NAME)
        for name, value in names:
            Name.write([Name(name)], {'use': value})


def uses(node):
    "Return {given name: how it is used} of all people"
    return dict(node.values(NAME, 'given', 'use'))


def cases(node):
    return node.values('synchronisation.conflict', 'field', 'why')


def check(network):
    "See that all know the same, and that Ann has one official name"
    found = [
        sorted(node.values(NAME, 'given', 'use'))
        for node in [network.hub, *network.satellites]]
    assert all(names == found[0] for names in found)
    assert [use for _, use in found[0]].count('official') == 1, found[0]


def add_bea(network):
    """Let another person come to the first clinic, edited at the centre

    Return her id there.
    """
    one = network.satellites[0]
    bea = register(one, ref='TYP124PUI', name="Bea")
    synchronise(one, one)
    network.hub.write(NAME, name_of(network.hub, "Bea"), given="Beate")
    return bea


def rename_bea(one, bea):
    "Enter the official name of Bea anew, which cannot go at the centre"
    one.delete(NAME, name_of(one, "Bea"))
    enter(one, bea, "Beth")


def test_entered_again(local):
    "Test that a name that stays, as it was edited, is the only official one"
    network = begin(local)
    hub, (one,) = network.hub, network.satellites
    hub.write('party.party', ann(hub), name="Anne")
    one.delete(NAME, name_of(one, "Ann"))
    one.write('party.party', ann(one), name="Anna")
    synchronise(one, one)
    check(network)
    for node in [hub, one]:
        node.write('party.party', ann(node), lastname="Ray")


def test_entered_again_alone(local):
    "Test that there is no conflict if nobody else edited the name"
    network = begin(local)
    hub, (one,) = network.hub, network.satellites
    one.delete(NAME, name_of(one, "Ann"))
    enter(one, ann(one), "Anna")
    synchronise(one, one)
    assert uses(hub) == uses(one) == {"Anna": 'official', "Nick": 'nickname'}
    assert cases(hub) == []


def test_two_that_become_official(local):
    "Test that of two names that become official at once one does"
    network = local(2, MODULES)
    one, two = network.satellites
    for clinic in network.satellites:
        enter(clinic, register(clinic, ref=ANN), f"Nick{clinic.number}",
            'nickname')
    synchronise(one, two, one, two)
    use(one, Ann='old', Nick1='official')
    use(two, Ann='old', Nick2='official')
    synchronise(one, two, one, two)
    check(network)
    assert uses(two) == {
        "Ann": 'old', "Nick1": 'official', "Nick2": 'nickname'}
    assert ('use', 'key') in cases(network.hub)


@pytest.mark.parametrize('together', [True, False])
def test_deletion_that_is_refused(local, together):
    "Test that another name does not become official if the first one stays"
    network = begin(local)
    hub, (one,) = network.hub, network.satellites
    hub.write(NAME, name_of(hub, "Ann"), given="Anne")
    if together:
        names = name_of(one, "Ann"), name_of(one, "Nick")
        with one.transaction():
            first, other = map(one.pool.get(NAME), names)
            first.delete([first])
            other.write([other], {'use': 'official', 'given': "Nicky"})
    else:
        one.delete(NAME, name_of(one, "Ann"))
        use(one, Nick='official')
    synchronise(one, one)
    check(network)
    assert uses(hub)["Anne"] == 'official'


def test_kind_that_is_refused(local):
    "Test the same if the first one is not to be official any more"
    network = begin(local)
    hub, (one,) = network.hub, network.satellites
    use(hub, Ann='old')
    use(hub, Ann='official')
    use(one, Ann='old', Nick='official')
    synchronise(one, one)
    check(network)
    assert uses(hub) == {"Ann": 'official', "Nick": 'nickname'}


def test_swap_in_parts(local):
    "Test that who promotes a name and tells the rest later has no conflict"
    network = begin(local, batch='1')
    hub, (one,) = network.hub, network.satellites
    swap(one)
    register(one, ref='TYP124PUI', name="Bea")
    one.write(NAME, name_of(one, "Ann"), given="Anne")
    synchronise(one, one)
    assert uses(hub) == {
        "Anne": 'old', "Bea": 'official', "Nick": 'official'}
    assert cases(hub) == []


def test_swap_beside_what_is_refused(local):
    "Test that one person keeps out of the trouble with another's name"
    network = begin(local)
    bea = add_bea(network)
    hub, (one,) = network.hub, network.satellites
    swap(one)
    rename_bea(one, bea)
    one.write(NAME, name_of(one, "Ann"), given="Anne")
    synchronise(one, one)
    assert uses(hub)["Anne"] == 'old'
    assert uses(hub)["Nick"] == 'official'


def test_enter_first_beside_what_is_refused(local):
    "Test the same with a name that is entered before the other one goes"
    network = begin(local)
    bea = add_bea(network)
    hub, (one,) = network.hub, network.satellites
    enter(one, ann(one), "Anna")
    rename_bea(one, bea)
    one.delete(NAME, name_of(one, "Ann"))
    synchronise(one, one)
    assert uses(hub)["Anna"] == 'official'
    assert "Ann" not in uses(hub)


def test_promoted_first(local):
    "Test that a name becomes official that is so before the other is not"
    network = begin(local)
    hub, (one,) = network.hub, network.satellites
    use(one, Nick='official')
    synchronise(one)
    use(one, Ann='old')
    synchronise(one, one)
    check(network)
    assert uses(hub)["Nick"] == 'official'
