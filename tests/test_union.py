# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What refers to a row that the hub knows to be another one."
from trytond.modules.synchronisation import configuration, lock, reception
from trytond.modules.synchronisation.message import Document
from trytond.modules.synchronisation.store import Store

P = 'test_synchronisation.'
FIELD, KEYED, RESTRICTED = P + 'field', P + 'keyed', P + 'restricted'


def tell_one(node, staying, other):
    "Let the hub tell that two rows of a satellite are one record."
    with node.transaction(user=0) as transaction:
        settings = configuration.load(transaction.database.name)
        lock.exclusive()
        store = Store()
        time = store.fold(settings)
        states = store.records.load(
            'record', [(KEYED, staying), (KEYED, other)])
        state, former = states[KEYED, staying], states[KEYED, other]
        document = Document(
            KEYED, state.identity, Document.PARTIAL, state.hubplace + 10)
        document.aliases = [former.identity]
        document.seen = time.next()
        work = reception.Reception(store, time, 0)
        work.take([document])
        store.clock.write_clock(time)
        assert not work.waiting


def test_references_of_one_that_goes(local):
    "Test that rows of every kind refer to the one that stays"
    net = local(1)
    clinic, = net.satellites
    staying, other = [clinic.create(KEYED, code=code) for code in 'AB']
    linked = clinic.create(FIELD, char="linked", many2one=other)
    named = clinic.create(FIELD, char="named", reference=f'{KEYED},{other}')
    kept = clinic.create(RESTRICTED, keyed=other)
    net.level(1)
    tell_one(clinic, staying, other)
    assert clinic.find(KEYED, ('code', 'in', ['A', 'B'])) == [staying]
    assert clinic.read(FIELD, linked, 'many2one') == (staying,)
    assert clinic.read(FIELD, named, 'reference') == (f'{KEYED},{staying}',)
    assert clinic.read(RESTRICTED, kept, 'keyed') == (staying,)
