# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What differs is found, named and put right, whoever made it differ."
import json

import pytest

from trytond.modules.synchronisation import (
    command, configuration, digest, wire)
from trytond.modules.synchronisation.adoption import Adoption
from trytond.modules.synchronisation.cycle import Cycle
from trytond.modules.synchronisation.errors import (
    ConfigurationError, HubUnreachableError, MessageError, RefusedError)
from trytond.modules.synchronisation.replica import Violation

from .damage import corrupt, execute, insert, remove
from .local import Wire
from .tap import before_answer, lost

pytestmark = pytest.mark.long

P = 'test_synchronisation.'
KEYED = P + 'keyed'


def verify(node, *models, repair=False, **options):
    return node.satellite(**options).verify(models, repair).as_dict()


def found(result):
    return [(d['kind'], d['field'], d['here'], d['hub'])
        for d in result['differences']]


def assert_equal(*nodes):
    "Assert that the satellites are proved equal to the hub"
    for node in nodes:
        result = verify(node)
        assert found(result) == []
        assert result['equal'] and result['level'] and result['complete']


@pytest.fixture
def pair(local):
    "A network with a record that hub and clinic have, and its ids"
    net = local(1)
    clinic, = net.satellites
    here = clinic.create(KEYED, code='A', name="Ann")
    clinic.create(KEYED, code='B', name="Bob")
    net.level()
    there, = net.hub.find(KEYED, ('code', '=', 'A'))
    return net, clinic, here, there


def proved(node):
    with node.transaction():
        Instance = node.pool.get('synchronisation.instance')
        return [i.proved for i in Instance.search([]) if i.proved]


def test_equal(pair):
    "Test that equality is proved in two requests, and told at both ends"
    net, clinic, _, _ = pair
    assert clinic.satellite().status()['proved'] is None
    result = verify(clinic)
    assert result['equal'] and result['level'] and result['complete']
    assert result['requests'] == 2
    assert len(proved(net.hub)) == len(proved(clinic)) == 1
    status = clinic.satellite().status()
    assert status['proved'] == proved(clinic)[0].isoformat()
    assert status['last_run']['task'] == 'verify'
    assert status['last_run']['state'] == 'done'


def test_every_mode(local):
    "Test that what each model is meant to have is no difference"
    net = local(2)
    one, two = net.satellites
    for mode in ['full', 'default', 'push_update']:
        one.create(P + f'mode_{mode}', code='S', name="of one")
    for mode in ['full', 'default', 'update', 'push_update']:
        net.hub.create(P + f'mode_{mode}', code='H', name="of the hub")
    # Of this database alone, as it is never sent
    two.create(P + 'mode_update', code='T', name="of two")
    with one.transaction(user=0):
        Model = one.pool.get(P + 'translated')
        Model.write(Model.search([('code', '=', 'MILK')]), {'name': "Milch"})
    net.level()
    assert_equal(one, two)


@pytest.mark.parametrize('values', [{'name': "raw"}, {'name': None}])
def test_value_corrupted_here(pair, values):
    "Test that a value written by SQL is found, and kept in a conflict"
    net, clinic, here, _ = pair
    corrupt(clinic, KEYED, here, **values)
    result = verify(clinic)
    assert found(result) == [('value', 'name', values['name'], "Ann")]
    assert not result['complete'] and not result['equal']
    assert "run \"verify --repair\"" in result['errors'][0]
    assert clinic.read(KEYED, here, 'name') == (values['name'],)
    result = verify(clinic, repair=True)
    assert result['complete'] and not result['equal']
    assert result['moved'] == {KEYED: {
            'pushed': 0, 'pulled': 0, 'waiting': 0, 'differing': 1,
            'repaired': 1}}
    assert clinic.read(KEYED, here, 'name') == ("Ann",)
    assert clinic.values(
        'synchronisation.conflict', 'field', 'loser', 'why') == [
            ('name', json.dumps(values['name']), 'verify')]
    assert clinic.satellite().status()['pending'] == 0
    assert_equal(clinic)


def test_names(pair):
    "Test that what differs is named for programs and for people"
    net, clinic, here, _ = pair
    corrupt(clinic, KEYED, here, note="raw")
    difference, = verify(clinic)['differences']
    identity = difference.pop('identity')
    assert difference == {
        'kind': 'value', 'model': KEYED, 'name': "Ann", 'field': 'note',
        'here': "raw", 'hub': None, 'repaired': False}
    assert command.format_difference(
        {**difference, 'identity': identity}) == (
            f'{KEYED} "Ann" ({identity}): note is "raw" here and null at the '
            "hub")


def test_value_corrupted_twice(pair):
    "Test that no value vanishes, however often it is written by SQL"
    net, clinic, here, _ = pair
    for name in ["one", "two", "one"]:
        corrupt(clinic, KEYED, here, name=name)
        verify(clinic, repair=True)
    assert sorted(loser for loser, in clinic.values(
            'synchronisation.conflict', 'loser')) == [
                '"one"', '"one"', '"two"']


def refuse(*_):
    raise Violation('constraint', "It is refused.")


def test_edit_of_what_a_repair_could_not_write(pair, monkeypatch):
    "Test that it is sent, and nothing is lost"
    net, clinic, here, there = pair
    corrupt(clinic, KEYED, here, name="raw")
    with monkeypatch.context() as patched:
        patched.setattr(Adoption, 'run', refuse)
        verify(clinic, repair=True)
    clinic.write(KEYED, here, name="Edited")
    clinic.create(KEYED, code='C', name="Carl")
    net.level()
    assert net.hub.find(KEYED, ('code', '=', 'C'))
    assert net.hub.read(KEYED, there, 'name') == ("Edited",)
    assert clinic.values('synchronisation.conflict', 'loser') == [('"raw"',)]


def test_value_corrupted_at_hub(pair):
    "Test that each satellite takes what the hub has"
    net, clinic, here, there = pair
    corrupt(net.hub, KEYED, there, name="raw", note="more")
    result = verify(clinic, repair=True)
    assert found(result) == [
        ('value', 'name', "Ann", "raw"),
        ('value', 'note', None, "more")]
    assert clinic.read(KEYED, here, 'name', 'note') == ("raw", "more")
    assert ('name', '"Ann"') in clinic.values(
        'synchronisation.conflict', 'field', 'loser')
    assert_equal(clinic)
    clinic.write(KEYED, here, name="edited")
    clinic.synchronise()
    assert net.hub.read(KEYED, there, 'name') == ("edited",)


def test_row_of_module_corrupted(local):
    "Test that an edited row of a module is put right as any other"
    net = local(1)
    clinic, = net.satellites
    with clinic.transaction(user=0):
        Model = clinic.pool.get(P + 'translated')
        milk, = Model.search([('code', '=', 'MILK')])
        Model.write([milk], {'description': "white"})
    net.level()
    corrupt(clinic, P + 'translated', milk.id, code='RAW')
    result = verify(clinic, repair=True)
    assert found(result) == [('value', 'code', 'RAW', 'MILK')]
    assert clinic.read(P + 'translated', milk.id, 'code') == ('MILK',)
    assert_equal(clinic)


def test_row_missing_here(local):
    "Test that a row is created again, and what referred to it still does"
    net = local(1)
    clinic, = net.satellites
    parent = clinic.create(
        P + 'parent', name="Ann", lines=[('create', [{'name': "one"}])])
    net.level()
    remove(clinic, P + 'parent', parent)
    result = verify(clinic)
    assert [d[0] for d in found(result)] == ['missing-here']
    assert clinic.find(P + 'parent') == []
    assert verify(clinic, repair=True)['complete']
    again, = clinic.find(P + 'parent')
    child, = clinic.find(P + 'child')
    assert clinic.read(P + 'child', child, 'parent') == (again,)
    assert clinic.read(P + 'parent', again, 'name') == ("Ann",)
    assert_equal(clinic)
    clinic.write(P + 'parent', again, name="Anna")
    clinic.synchronise()
    assert net.hub.values(P + 'parent', 'name') == [("Anna",)]


def test_rows_missing_here_that_refer_to_each_other(local):
    "Test that a whole family comes back"
    net = local(1)
    clinic, = net.satellites
    parent = clinic.create(
        P + 'parent', name="Ann", lines=[('create', [{'name': "one"}])])
    net.level()
    for child in clinic.find(P + 'child'):
        remove(clinic, P + 'child', child)
    remove(clinic, P + 'parent', parent)
    assert verify(clinic, repair=True)['complete']
    again, = clinic.find(P + 'parent')
    child, = clinic.find(P + 'child')
    assert clinic.read(P + 'child', child, 'parent') == (again,)
    assert_equal(clinic)


def test_edited_row_missing_here(pair):
    "Test that a row that went with an edit comes back as the hub has it"
    net, clinic, here, _ = pair
    clinic.write(KEYED, here, name="edited")
    remove(clinic, KEYED, here)
    assert [d[0] for d in found(verify(clinic, repair=True))] == [
        'missing-here']
    assert ('A', "Ann") in clinic.values(KEYED, 'code', 'name')
    assert clinic.satellite().status()['pending'] == 0
    assert_equal(clinic)


def test_row_missing_at_hub(pair):
    "Test that what the hub lost is sent again, and goes on being the same"
    net, clinic, here, there = pair
    remove(net.hub, KEYED, there)
    result = verify(clinic)
    assert found(result) == [('missing-hub', None, None, None)]
    result = verify(clinic, repair=True)
    assert result['complete']
    assert clinic.satellite().status()['pending'] == 1
    clinic.synchronise()
    assert ('A', "Ann") in net.hub.values(KEYED, 'code', 'name')
    assert_equal(clinic)
    clinic.write(KEYED, here, name="edited")
    clinic.synchronise()
    assert ('A', "edited") in net.hub.values(KEYED, 'code', 'name')


def test_parent_missing_at_hub(local):
    "Test that what referred to a row that the hub lost does so again"
    net = local(1)
    clinic, = net.satellites
    clinic.create(
        P + 'parent', name="Ann", lines=[('create', [{'name': "one"}])])
    net.level()
    remove(net.hub, P + 'parent', net.hub.find(P + 'parent')[0])
    assert verify(clinic, repair=True)['complete']
    clinic.synchronise()
    parent, = net.hub.find(P + 'parent')
    child, = net.hub.find(P + 'child')
    assert net.hub.read(P + 'child', child, 'parent') == (parent,)
    assert_equal(clinic)


def test_edit_of_row_missing_at_hub(pair):
    "Test that an edit of what the hub lost is not lost with it"
    net, clinic, here, there = pair
    remove(net.hub, KEYED, there)
    clinic.write(KEYED, here, name="edited")
    clinic.synchronise()
    clinic.synchronise()
    assert ('A', "edited") in net.hub.values(KEYED, 'code', 'name')
    assert clinic.satellite().status()['pending'] == 0
    net.level()
    assert_equal(clinic)


def test_master_data_missing_at_hub(local):
    "Test that what only the hub may write is told and not sent"
    net = local(1)
    clinic, = net.satellites
    there = net.hub.create(P + 'mode_update', code='A', name="x")
    net.level()
    remove(net.hub, P + 'mode_update', there)
    result = verify(clinic, repair=True)
    assert [d[0] for d in found(result)] == ['missing-hub']
    assert not result['complete']
    assert "by hand" in result['errors'][0]
    assert clinic.values(P + 'mode_update', 'code') == [('A',)]


def test_extra_row_here(pair):
    "Test that a row inserted by SQL is sent to the hub"
    net, clinic, _, _ = pair
    insert(clinic, KEYED, code='RAW', name="raw")
    row, = clinic.find(KEYED, ('code', '=', 'RAW'))
    assert found(verify(clinic)) == [('extra-here', None, row, None)]
    result = verify(clinic, repair=True)
    assert result['complete'] and result['unsent'] == 1
    clinic.synchronise()
    assert ('RAW', "raw") in net.hub.values(KEYED, 'code', 'name')
    assert_equal(clinic)


def test_extra_row_at_hub(local):
    "Test that a row inserted at the hub by SQL comes with the next pull"
    net = local(1)
    clinic, = net.satellites
    net.level()
    insert(net.hub, P + 'mode_full', code='RAW', name="raw")
    assert found(verify(clinic)) == [('extra-hub', None, None, 1)]
    assert verify(clinic, repair=True)['complete']
    clinic.synchronise()
    assert clinic.values(P + 'mode_full', 'code', 'name') == [('RAW', "raw")]
    assert_equal(clinic)


def test_row_with_another_id(local):
    "Test that a row that a dump gave another id is the same record"
    net = local(1)
    clinic, = net.satellites
    here = clinic.create(P + 'node', name="Ann")
    net.level()
    uuid, = clinic.read(P + 'node', here, 'uuid')
    remove(clinic, P + 'node', here)
    insert(clinic, P + 'node', id=here + 100, name="Ann", uuid=uuid)
    assert verify(clinic, repair=True)['complete']
    net.level()
    assert net.hub.values(P + 'node', 'name') == [("Ann",)]
    assert clinic.find(P + 'node') == [here + 100]
    assert_equal(clinic)


@pytest.mark.parametrize('side', ['here', 'hub'])
def test_deleted_row_inserted_again(pair, side):
    "Test that a deleted record whose row is back is back everywhere"
    net, clinic, here, there = pair
    node, id_ = (clinic, here) if side == 'here' else (net.hub, there)
    clinic.delete(KEYED, here)
    net.level()
    insert(node, KEYED, id=id_, code='A', name="again")
    result = verify(clinic, repair=True)
    assert [d[0] for d in found(result)] == [f'extra-{side}']
    net.level()
    for node in [net.hub, clinic]:
        assert ('A', "again") in node.values(KEYED, 'code', 'name')
    assert_equal(clinic)


def test_deletion_that_was_missed(pair):
    "Test that what only the hub deleted goes, with its values in a conflict"
    net, clinic, here, there = pair
    net.hub.delete(KEYED, there)
    net.level()
    insert(clinic, KEYED, id=here, code='A', name="Ann")
    execute(clinic, 'synchronisation.record', lambda table: table.update(
            [table.dead], [False],
            where=(table.model == KEYED) & (table.record == here)))
    result = verify(clinic, repair=True)
    assert found(result) == [('extra-here', None, None, None)]
    assert result['complete']
    assert not clinic.find(KEYED, ('code', '=', 'A'))
    (loser,), = clinic.values('synchronisation.conflict', 'loser')
    assert json.loads(loser) == {'code': 'A', 'name': "Ann", 'note': None}
    assert_equal(clinic)


def test_unsent_edits(pair):
    "Test that what was not exchanged yet is no difference, and stays"
    net, clinic, here, there = pair
    clinic.write(KEYED, here, name="here")
    net.hub.write(KEYED, net.hub.find(KEYED, ('code', '=', 'B'))[0], name="x")
    clinic.create(KEYED, code='C')
    net.hub.create(P + 'mode_full', code='D')
    for repair in [False, True]:
        result = verify(clinic, repair=repair)
        assert found(result) == []
        assert result['complete'] and not result['level']
        assert (result['unsent'], result['unread']) == (2, 2)
        assert clinic.read(KEYED, here, 'name') == ("here",)
    assert proved(clinic) == proved(net.hub) == []
    net.level()
    assert net.hub.read(KEYED, there, 'name') == ("here",)
    assert_equal(clinic)


def test_unsent_edit_of_corrupted_record(pair):
    "Test that an edit is sent before the rest of the record is compared"
    net, clinic, here, there = pair
    clinic.write(KEYED, here, name="edited")
    corrupt(clinic, KEYED, here, note="raw")
    assert found(verify(clinic, repair=True)) == []
    assert clinic.read(KEYED, here, 'name', 'note') == ("edited", "raw")
    net.level()
    result = verify(clinic, repair=True)
    assert found(result) == [('value', 'note', "raw", None)]
    assert net.hub.read(KEYED, there, 'name', 'note') == ("edited", None)
    assert_equal(clinic)


def test_deletion_on_its_way(pair):
    "Test that a deletion that was not exchanged yet is no difference"
    net, clinic, here, there = pair
    clinic.delete(KEYED, here)
    net.hub.delete(KEYED, net.hub.find(KEYED, ('code', '=', 'B'))[0])
    result = verify(clinic, repair=True)
    assert found(result) == []
    assert (result['unsent'], result['unread']) == (1, 1)
    net.level()
    assert_equal(clinic)


@pytest.mark.parametrize('side', ['here', 'hub'])
@pytest.mark.parametrize('request_', [1, 2, 3])
def test_edit_meanwhile(pair, side, request_):
    "Test that a user who writes during a proof makes no false alarm"
    net, clinic, here, there = pair
    corrupt(clinic, KEYED, here, note="raw")
    node, id_ = (clinic, here) if side == 'here' else (net.hub, there)

    class Tap(Wire):
        def call(self, method, text):
            answer = super().call(method, text)
            if self.requests == request_:
                node.write(KEYED, id_, name="edited")
            return answer
    result = verify(
        clinic, repair=True, transport=lambda settings: Tap(net, settings))
    assert ('value', 'name') not in [d[:2] for d in found(result)]
    assert node.read(KEYED, id_, 'name') == ("edited",)
    net.level()
    verify(clinic, repair=True)
    net.level()
    assert net.hub.read(KEYED, there, 'name', 'note') == ("edited", None)
    assert clinic.read(KEYED, here, 'name', 'note') == ("edited", None)
    assert_equal(clinic)


def test_lost_answer(pair):
    "Test that a proof that was cut leaves nothing behind"
    net, clinic, here, _ = pair
    corrupt(clinic, KEYED, here, name="raw")
    with pytest.raises(HubUnreachableError):
        verify(clinic, repair=True, transport=before_answer(net, lost))
    assert clinic.read(KEYED, here, 'name') == ("raw",)
    assert verify(clinic, repair=True)['complete']
    assert_equal(clinic)


def test_some_models(pair):
    "Test that only the models that are named are compared"
    net, clinic, here, _ = pair
    corrupt(clinic, KEYED, here, name="raw")
    result = verify(clinic, P + 'node')
    assert found(result) == [] and result['equal']
    assert proved(clinic) == proved(net.hub) == []
    assert len(found(verify(clinic, KEYED))) == 1
    with pytest.raises(ConfigurationError, match='"party.none"'):
        verify(clinic, 'party.none')


def test_out_of_scope(local):
    "Test that a satellite is not told of what it may not see"
    net = local(2)
    one, two = net.satellites
    here = one.create(KEYED, code='SECRET', name="secret")
    net.level()
    with one.transaction():
        Record = one.pool.get('synchronisation.record')
        record, = Record.search([
                ('model', '=', KEYED), ('record', '=', here)])
        identity = record.identity
    remove(net.hub, KEYED, net.hub.find(KEYED)[0])
    for question in [
            {'models': {KEYED: [1, '']}},
            {'buckets': {KEYED: [1, [0]]}},
            {'records': {KEYED: [identity]}}]:
        answer = ask(net, two, question)
        assert identity not in json.dumps(answer)
        assert not answer.get('documents') and not answer.get('moving')


def ask(net, node, question):
    "Return the hub's answer to a message of a satellite"
    settings = configuration.load(node.name)
    cycle = Cycle(node.name, settings, 'verify', None, None)
    with cycle.caller() as caller:
        header = caller.header()
        at = caller.hub.at or 0
    text = wire.dumps({**header, 'at': at, 'known': at, **question})
    return json.loads(net.dial(settings).call('verify', text))


@pytest.mark.parametrize('question', [
        {},
        {'proved': False},
        {'models': []},
        {'models': {KEYED: 1}},
        {'models': {KEYED: [0, '']}},
        {'models': {KEYED: [1 << 40, '']}},
        {'models': {KEYED: [True, '']}},
        {'buckets': {KEYED: [1, 0]}},
        {'buckets': {KEYED: [1, [1]]}},
        {'buckets': {KEYED: ['1', [0]]}},
        {'buckets': {KEYED: [2, [[]]]}},
        {'adopt': KEYED},
        {'adopt': [1]},
        {'records': {KEYED: 'A'}},
        {'records': {KEYED: [1]}},
        {'records': {KEYED: ['x'] * 5001}},
        {'models': {}, 'at': 'x'},
        ])
def test_hostile_question(pair, question):
    "Test that a question that is none is answered with a code"
    net, clinic, _, _ = pair
    assert ask(net, clinic, question)['error'] == 'message'


@pytest.mark.parametrize('name', ['at', 'known'])
def test_question_from_the_future(pair, name):
    "Test that a satellite that has read too far is told so"
    net, clinic, _, _ = pair
    reply = ask(net, clinic, {'models': {}, name: 1 << 61})
    assert reply['error'] == 'position'


@pytest.mark.parametrize('change', [
        {'differ': []}, {'differ': {KEYED: 1}}, {'differ': {KEYED: []}},
        {'differ': {'x': []}}, {'unread': 'x'}, {'unread': None},
        {'strangers': 1}, {'records': 1}, {'records': {KEYED: [1]}},
        {'records': {KEYED: [[1, 2]]}}, {'moving': 1}, {'moving': [1]},
        {'strangers': {KEYED: 'x'}}, {'documents': 1}])
def test_hostile_answer(pair, change):
    "Test that an answer that is none ends the run with a code"
    net, clinic, here, _ = pair
    corrupt(clinic, KEYED, here, name="raw")

    class Tap(Wire):
        def call(self, method, text):
            answer = json.loads(super().call(method, text))
            answer.update({
                    k: v for k, v in change.items() if k in answer})
            return json.dumps(answer)
    with pytest.raises(MessageError):
        verify(
            clinic, repair=True, transport=lambda settings: Tap(net, settings))
    assert clinic.read(KEYED, here, 'name') == ("raw",)


def test_unknown_model(pair):
    "Test that a model of the satellite alone is no matter of the hub"
    net, clinic, _, _ = pair
    answer = ask(net, clinic, {'models': {'party.none': [1, '']}})
    assert answer['differ'] == {}


@pytest.mark.parametrize('side', ['here', 'hub'])
@pytest.mark.parametrize('kind', ['value', 'missing', 'extra'])
def test_bytes(local, side, kind):
    "Test that at most twice the bucket that differs goes over the line"
    net = local(1)
    clinic, = net.satellites
    with clinic.transaction():
        clinic.pool.get(KEYED).create([{
                    'code': f'{i:06}', 'name': f"Patient {i}",
                    'note': "A note of some length. " * 10}
                for i in range(1000)])
    net.level()
    node = clinic if side == 'here' else net.hub
    id_, = node.find(KEYED, ('code', '=', '000500'))
    if kind == 'value':
        corrupt(node, KEYED, id_, name="raw")
    elif kind == 'missing':
        remove(node, KEYED, id_)
    else:
        insert(node, KEYED, code='RAW', name="raw")
    everything = sum(
        len(answer) + len(text) for _, text, answer in net.messages)
    bucket = everything / digest.buckets_for(1000)
    result = verify(clinic, KEYED, repair=True)
    assert len(found(result)) == 1
    assert result['bytes_up'] + result['bytes_down'] <= 2 * bucket
    net.level()
    assert_equal(clinic)


def test_digest():
    "Test that a digest tells values apart and not how they are kept"
    def of(**values):
        return digest.of_record('x', values)
    assert of(a=1, b=None) == of(b=None, a=1) == of(a=1)
    assert len({of(a=1), of(a='1'), of(a=True), of(a=1.5), of(b=1),
            digest.of_record('y', {'a': 1})}) == 6
    assert [digest.buckets_for(n) for n in [0, 1, 100, 10000, 10 ** 12]] == [
        1, 1, 8, 64, 4096]


def test_suspended(pair):
    "Test that a proof asks for the same right as every exchange"
    net, clinic, _, _ = pair
    with net.hub.transaction():
        Instance = net.hub.pool.get('synchronisation.instance')
        Instance.write(Instance.search([]), {'state': 'suspended'})
    with pytest.raises(RefusedError):
        verify(clinic)
