# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What refers to a row that the hub knows to be another one."
import pytest

from trytond.modules.synchronisation import configuration, lock, reception
from trytond.modules.synchronisation.message import Document
from trytond.modules.synchronisation.store import Store

P = 'test_synchronisation.'
FIELD, KEYED, RESTRICTED = P + 'field', P + 'keyed', P + 'restricted'
COMPOSITE = P + 'composite'


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


@pytest.mark.parametrize('known', [False, True])
def test_relation_that_comes_back_while_another_lives(local, known):
    "Test that two relations of the same two records are one, dead or not"
    net = local(4)
    clinic, other, reader, laptop = net.satellites
    net.enrol(laptop.number, clinic)

    def relate(node, note):
        left, right = [
            node.find(KEYED, ('code', '=', code))[0]
            for code in ['FIXED', 'FREE']]
        return node.create(COMPOSITE, left=left, right=right, note=note)
    relation = relate(laptop, "first")
    laptop.synchronise()
    if known:
        clinic.synchronise()
        reader.satellite().fetch(COMPOSITE, ['["FIXED","FREE"]'])
        assert reader.values(COMPOSITE, 'note') == [("first",)]
    clinic.delete(COMPOSITE, *clinic.find(COMPOSITE))
    clinic.synchronise()
    laptop.write(COMPOSITE, relation, note="second")
    relate(other, "other")
    other.synchronise()
    net.level()
    net.level()
    for node in [net.hub, clinic, other, laptop, *[reader] * known]:
        assert node.values(COMPOSITE, 'note') == [("other",)]
        assert not node.find('synchronisation.quarantine')
        assert ('"second"', '"other"') in node.values(
            'synchronisation.conflict', 'loser', 'winner')


def test_what_was_merged_and_came_again(local):
    "Test that it is merged again"
    clinic, = local(1).satellites
    with clinic.transaction(user=0):
        Alias = clinic.pool.get('synchronisation.alias')
        for name in ['first', 'first', 'second']:
            Alias.store({(KEYED, 'alias'): name})
            assert Alias.resolve([(KEYED, 'alias')]) == {
                (KEYED, 'alias'): name}
            # PostgreSQL would not let it be there twice
            assert Alias.search([('former', '=', 'alias')], count=True) == 1
