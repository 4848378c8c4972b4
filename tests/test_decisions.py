# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What people decide about conflicts reaches every instance."
import pytest

from trytond.model.exceptions import AccessError, ValidationError
from trytond.modules.synchronisation.exceptions import (
    ConflictError, RestoreError)

P = 'test_synchronisation.'
CONFLICT = 'synchronisation.conflict'


def decide(node, decision, conflict=None):
    "Push the button of a conflict, the only one if none is given."
    if conflict is None:
        conflict, = node.find(CONFLICT, ('state', '=', 'open'))
    with node.transaction():
        Conflict = node.pool.get(CONFLICT)
        getattr(Conflict, decision)([Conflict(conflict)])


def record(node):
    found, = node.find(P + 'keyed', ('code', '=', "A"))
    return found


def clash(net, *nodes):
    "Let nodes change the name of the same record and synchronise."
    net.hub.create(P + 'keyed', code="A")
    for node in nodes:
        node.satellite().fetch(P + 'keyed', ["A"])
    for node in nodes:
        node.write(P + 'keyed', record(node), name=f"of {node.number}")
    net.level()


def states(net):
    return [node.values(CONFLICT, 'state', 'decided')
        for node in [net.hub, *net.satellites]]


def names(net):
    return [node.read(P + 'keyed', record(node), 'name')[0]
        for node in [net.hub, *net.satellites]]


@pytest.mark.parametrize('place', [0, 1, 2])
def test_take(local, place):
    "Test that the other value is restored at every instance from any"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    assert names(net) == ["of 1"] * 3
    node = [net.hub, one, two][place]
    decide(node, 'take')
    net.level()
    assert names(net) == ["of 2"] * 3
    found, = states(net)[0]
    assert states(net) == [[found]] * 3
    assert found[0] == 'taken'
    assert found[1].startswith(
        f"Other value taken by Administrator (admin, {place}) at ")
    for node in net.satellites:
        assert node.satellite().status()['pending'] == 0
        assert not node.find(CONFLICT, ('pending', '=', True))


@pytest.mark.parametrize('place', [0, 1, 2])
def test_keep(local, place):
    "Test that a conflict closed at one instance is closed at all"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    decide([net.hub, one, two][place], 'keep')
    net.level()
    assert names(net) == ["of 1"] * 3
    found, = states(net)[0]
    assert states(net) == [[found]] * 3
    assert found[0] == 'kept'


@pytest.mark.parametrize('first, second, value', [
        ('keep', 'take', "of 2"), ('take', 'keep', "of 2"),
        ('take', 'take', "of 2"), ('keep', 'keep', "of 1")])
def test_two_decisions(local, first, second, value):
    "Test that two people who decide at once see both decisions"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    decide(one, first)
    decide(two, second)
    net.level()
    assert names(net) == [value] * 3
    found, = states(net)[0]
    assert states(net) == [[found]] * 3
    assert found[0] == {'keep': 'kept', 'take': 'taken'}[first]
    assert [line.partition(" by Administrator ")[2][:10]
        for line in found[1].splitlines()] == ["(admin, 1)", "(admin, 2)"]


def test_third_instance(local):
    "Test that who gets a record later gets its open conflicts with it"
    net = local(3)
    one, two, three = net.satellites
    clash(net, one, two)
    assert not three.find(CONFLICT)
    three.satellite().fetch(P + 'keyed', ["A"])
    decide(three, 'take')
    net.level()
    assert names(net) == ["of 2"] * 4


def test_stranger(local):
    "Test that nobody decides about records outside the scope"
    net = local(2)
    one, two = net.satellites
    clash(net, one)
    one.write(P + 'keyed', record(one), name="mine")
    net.hub.write(P + 'keyed', record(net.hub), name="hub's")
    one.synchronise()
    two.create(P + 'keyed', code="B")
    two.synchronise()
    local_id, = net.hub.find(P + 'keyed', ('code', '=', "B"))
    other, = net.hub.find('synchronisation.record',
        ('model', '=', P + 'keyed'), ('record', '=', local_id))
    other, = net.hub.read('synchronisation.record', other, 'identity')
    for node in [net.hub, one]:
        with node.transaction():
            Conflict = node.pool.get(CONFLICT)
            Conflict.write(Conflict.search([]), {'identity': other})
    decide(one, 'keep')
    one.synchronise()
    assert net.hub.values(CONFLICT, 'state') == [('open',)]
    assert not one.find(CONFLICT, ('pending', '=', True))


def test_decided_already(local):
    "Test that a conflict is decided once"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    conflict, = one.find(CONFLICT)
    decide(one, 'keep')
    with pytest.raises(ConflictError, match="was decided already"):
        decide(one, 'take', conflict)
    decide(one, 'keep', conflict)
    net.level()
    assert len(states(net)[0][0][1].splitlines()) == 1


def test_lost_answer(local):
    "Test that a decision of which the hub does not answer is told again"
    from .test_regressions import push_in_vain
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    decide(two, 'take')
    push_in_vain(net, two)
    net.level()
    found, = states(net)[0]
    assert states(net) == [[found]] * 3
    assert len(found[1].splitlines()) == 1


def test_rules_of_the_business(local, monkeypatch):
    "Test that to take a value is a write that the model may refuse"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)

    def refuse(records, field_names=None):
        raise ValidationError("no such name")
    monkeypatch.setattr(
        one.pool.get(P + 'keyed'), 'validate_fields', refuse)
    with pytest.raises(ValidationError, match="no such name"):
        decide(one, 'take')
    assert one.values(CONFLICT, 'state') == [('open',)]


def test_access(local):
    "Test that nobody takes a value who may not write it"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    with one.transaction():
        pool = one.pool
        ModelData = pool.get('ir.model.data')
        user, = pool.get('res.user').create([{
                    'name': "Ann", 'login': 'ann', 'groups': [('add', [
                                ModelData.get_id('synchronisation',
                                    'group_synchronisation')])]}])
        Access = pool.get('ir.model.access')
        model, = pool.get('ir.model').search([('model', '=', P + 'keyed')])
        Access.create([{'model': model.id, 'perm_read': True}])
        user = user.id
    with pytest.raises(AccessError), one.transaction(
            user, _check_access=True):
        Conflict = one.pool.get(CONFLICT)
        Conflict.take(Conflict.search([]))
    with pytest.raises(AccessError), one.transaction(
            user, _check_access=True):
        Conflict.write(Conflict.search([]), {'state': 'kept'})
    with one.transaction(user, _check_access=True):
        Conflict.keep(Conflict.search([]))
    net.level()
    assert "Kept by Ann (ann, 1)" in states(net)[2][0][1]


def test_reference(local):
    "Test that a reference is taken as the record that is here"
    net = local(2)
    one, two = net.satellites
    optional = one.create(P + 'optional', name="x")
    for node, code in [(one, "A"), (two, "B")]:
        node.create(P + 'keyed', code=code)
    one.synchronise()
    two.synchronise()
    uuid, = one.read(P + 'optional', optional, 'uuid')
    two.satellite().fetch(P + 'optional', [uuid])
    for node, code in [(one, "A"), (two, "B")]:
        node.write(P + 'optional', node.find(P + 'optional')[0],
            keyed=node.find(P + 'keyed', ('code', '=', code))[0])
    net.level()
    with pytest.raises(RestoreError, match="not here"):
        decide(one, 'take')
    one.satellite().fetch(P + 'keyed', ["B"])
    decide(one, 'take')
    net.level()
    for node in [net.hub, *net.satellites]:
        (found,), = node.values(P + 'optional', 'keyed')
        assert node.read(P + 'keyed', found, 'code') == ("B",)


@pytest.mark.parametrize('place', [0, 1, 2])
def test_deletion(local, place):
    "Test that a deletion that was refused can be done after all"
    net = local(2)
    one, two = net.satellites
    clash(net, one)
    two.satellite().fetch(P + 'keyed', ["A"])
    net.hub.write(P + 'keyed', record(net.hub), name="new")
    two.delete(P + 'keyed', record(two))
    net.level()
    assert names(net) == ["new"] * 3
    assert net.hub.values(CONFLICT, 'why') == [('deletion',)]
    decide([net.hub, one, two][place], 'take')
    net.level()
    for node in [net.hub, one, two]:
        assert not node.find(P + 'keyed', ('code', '=', "A"))
    found, = states(net)[0]
    assert states(net)[1:] == [[found]] * 2


def test_take_of_the_deleted(local):
    "Test that a value is not taken into a record that is deleted"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    net.hub.delete(P + 'keyed', record(net.hub))
    net.level()
    with pytest.raises(RestoreError, match="undo its deletion"):
        decide(one, 'take')
    decide(one, 'keep')
    net.level()
    assert {row[0][0] for row in states(net)} == {'kept'}


def test_texts(local):
    "Test that the texts of all languages are taken"
    net = local(2)
    one, two = net.satellites
    net.hub.create(P + 'translated', code="A", name="a")
    for node in [one, two]:
        node.satellite().fetch(P + 'translated', ["A"])
        found, = node.find(P + 'translated', ('code', '=', "A"))
        node.write(P + 'translated', found, name=f"of {node.number}")
    net.level()
    decide(one, 'take')
    net.level()
    for node in [net.hub, one, two]:
        found, = node.find(P + 'translated', ('code', '=', "A"))
        assert node.read(P + 'translated', found, 'name') == ("of 2",)


def create_pair(pool):
    pool.get(P + 'mode_full').create([
            {'code': code, 'name': "old"} for code in "AB"])


def write_name(pool, name):
    Model = pool.get(P + 'mode_full')
    Model.write(Model.search([('code', '=', "A")]), {'name': name})


def take_other(pool):
    Conflict = pool.get(CONFLICT)
    Conflict.take(Conflict.search([('state', '=', 'open')]))


def delete_one(pool, code):
    Model = pool.get(P + 'mode_full')
    Model.delete(Model.search([('code', '=', code)]))


def undelete_all(pool):
    Record = pool.get('synchronisation.record')
    Record.undelete(Record.search([('dead', '=', True)]))


def read_all(pool):
    Model = pool.get(P + 'mode_full')
    return sorted([r.code, r.name] for r in Model.search([]))


def read_states(pool):
    return [[c.state, c.decided.partition(" at ")[0]]
        for c in pool.get(CONFLICT).search([])]


def test_with_processes(backend, network):
    "Test that decisions and undeletions travel between real databases"
    net = network(backend, ['test_synchronisation'], satellites=2)
    hub, one, two = net.instances
    hub.call(create_pair)
    one.command('run')
    two.command('run')
    for node, name in [(one, "one"), (two, "two")]:
        node.call(write_name, name)
    for node in [one, two, one]:
        node.command('run')
    two.call(take_other)
    one.call(delete_one, "B")
    for node in [one, two, one]:
        assert node.command('run').returncode == 0
    assert two.call(read_all) == [["A", "two"]]
    hub.call(undelete_all)
    for node in [one, two]:
        assert node.command('run').returncode == 0
    for node in [hub, one, two]:
        assert node.call(read_all) == [["A", "two"], ["B", "old"]]
        assert node.call(read_states) == [[
                'taken', "Other value taken by Administrator (admin, 2)"]]


@pytest.mark.parametrize('decision, state', [
        ('keep', 'kept'), ('take', 'taken')])
@pytest.mark.parametrize('place', [0, 1, 2])
def test_decision_about_what_got_another_name(local, decision, state, place):
    "Test that it counts, also below a middle tier where it came up"
    net = local(2)
    middle, laptop = net.satellites
    net.enrol(laptop.number, middle)
    net.hub.create(P + 'keyed', code="A", note="of the centre")
    middle.create(P + 'keyed', code="A", name="first")
    laptop.satellite().fetch(P + 'keyed', ["A"])
    middle.write(P + 'keyed', record(middle), name="middle")
    laptop.write(P + 'keyed', record(laptop), name="laptop")
    laptop.synchronise()
    # The case has the name that the record has at the middle tier
    assert len(middle.find(CONFLICT)) == 1
    net.level(3)
    nodes = [net.hub, middle, laptop]
    case, = nodes[place].find(CONFLICT, ('loser', '=', '"laptop"'))
    decide(nodes[place], decision, case)
    net.level(3)
    assert len(set(names(net))) == 1
    for node in nodes:
        assert ('"laptop"', state) in node.values(CONFLICT, 'loser', 'state')
