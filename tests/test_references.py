# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Fields that refer to a record of any model, or to none."
import pytest

P = 'test_synchronisation.'
FIELD, KEYED = P + 'field', P + 'keyed'
# What the column can hold besides the records that are there
VALUES = {
    'no record': KEYED + ',',
    'no record of the client': KEYED + ',-1',
    'not a record': KEYED + ',a',
    'a record that is gone': KEYED + ',999999',
    'a model that is gone': 'nothing.at_all,3',
    'a model that is gone, no record': 'nothing.at_all,',
    'a row of a module': 'res.user,1',
    'a digit of another kind': KEYED + ',²',
    'no model': ',',
    'no model, some record': ',5',
    'empty': '',
    }


@pytest.fixture
def net(local):
    "A hub and a clinic that have the record A"
    net = local(1)
    net.satellites[0].create(KEYED, code="A")
    net.level(1)
    return net


def create(node, raw, name):
    "Create a record in whose column somebody wrote, maybe past Tryton"
    with node.transaction() as transaction:
        Field = node.pool.get(FIELD)
        record, = Field.create([{'char': name}])
        refer(node, transaction, record.id, raw)
    return record.id


def write(node, id_, raw):
    with node.transaction() as transaction:
        Field = node.pool.get(FIELD)
        # What is captured is that the field was written
        Field.write([Field(id_)], {'reference': KEYED + ',-1'})
        refer(node, transaction, id_, raw)


def refer(node, transaction, id_, raw):
    table = node.pool.get(FIELD).__table__()
    transaction.connection.cursor().execute(*table.update(
            [table.reference], [raw], where=table.id == id_))


def check_equal(net):
    "Check that nothing waits, nothing is pending and nothing differs"
    clinic, = net.satellites
    status = clinic.satellite().status()
    assert status['pending'] == status['quarantined'] == 0
    outcome = clinic.satellite().verify()
    assert outcome.complete, outcome.errors
    assert seen(clinic) == seen(net.hub)


def seen(node):
    "Return the text and the model of the reference of each record"
    return sorted(
        (text, (reference or '').partition(',')[0])
        for text, reference in node.values(FIELD, 'char', 'reference'))


def test_from_clinic(net):
    "Test that a hub takes it, when the record is new and when it changes"
    clinic, = net.satellites
    records = {}
    for name, raw in VALUES.items():
        create(clinic, raw, f'new {name}')
        records[name] = create(clinic, None, name)
    clinic.synchronise()
    for name, raw in VALUES.items():
        write(clinic, records[name], raw)
    clinic.synchronise()
    check_equal(net)


def test_from_hub(net):
    "Test that a clinic takes it, when the record is new and when it changes"
    clinic, = net.satellites
    records = {}
    for name, raw in VALUES.items():
        create(net.hub, raw, f'new {name}')
        records[name] = create(net.hub, None, name)
    clinic.satellite().fetch(
        FIELD, [uuid for uuid, in net.hub.values(FIELD, 'uuid')])
    check_equal(net)
    for name, raw in VALUES.items():
        write(net.hub, records[name], raw)
    clinic.synchronise()
    check_equal(net)


def test_deletion_that_is_refused(net):
    "Test that what comes back where it was deleted is referred to again"
    clinic, = net.satellites
    hub = net.hub
    here, = clinic.find(KEYED, ('code', '=', "A"))
    there, = hub.find(KEYED, ('code', '=', "A"))
    create(clinic, f'{KEYED},{here}', "text")
    clinic.synchronise()
    clinic.delete(KEYED, here)
    hub.write(KEYED, there, name="edited")
    for _ in range(2):
        clinic.synchronise()
    here, = clinic.find(KEYED, ('code', '=', "A"))
    assert clinic.values(FIELD, 'reference') == [(f'{KEYED},{here}',)]
    check_equal(net)


def test_deletion_that_is_undone(net):
    "Test that what comes back by an edit is referred to again at the hub"
    clinic, = net.satellites
    hub = net.hub
    here, = clinic.find(KEYED, ('code', '=', "A"))
    there, = hub.find(KEYED, ('code', '=', "A"))
    create(clinic, f'{KEYED},{here}', "text")
    clinic.synchronise()
    hub.delete(KEYED, there)
    clinic.write(KEYED, here, name="edited")
    for _ in range(2):
        clinic.synchronise()
    there, = hub.find(KEYED, ('code', '=', "A"))
    assert hub.values(FIELD, 'reference') == [(f'{KEYED},{there}',)]
    check_equal(net)
