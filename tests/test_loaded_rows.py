# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What happens to the rows that every instance loads with its modules."
from pathlib import Path

from trytond.modules import test_synchronisation

P = 'test_synchronisation.'


def load_language(node, language):
    "Load the translations of the rows of test_synchronisation"
    Translation = node.pool.get('ir.translation')
    folder = Path(test_synchronisation.__file__).parent / 'locale'
    with node.transaction():
        Translation.translation_import(
            language, 'test_synchronisation', [folder / f'{language}.po'])


def test_row_that_is_gone(local):
    "Test that a row that went without a trace does not stop a pull"
    net = local(2)
    one, two = net.satellites
    free, = net.hub.find(P + 'keyed', ('code', '=', 'FREE'))
    net.hub.write(P + 'keyed', free, name="edited")
    one.synchronise()
    # As an update of the module does, which nobody captures
    net.hub.delete(P + 'keyed', free)
    net.hub.create(P + 'mode_full', code='A', name="x")
    net.level(1)
    for node in [one, two]:
        assert node.values(P + 'mode_full', 'code', 'name') == [('A', "x")]


def test_edits_of_loaded_rows(local):
    "Test that edits of rows that modules load travel one by one"
    net = local(1, batch='1')
    clinic, = net.satellites
    for code in ['FREE', 'FIXED']:
        there, = net.hub.find(P + 'keyed', ('code', '=', code))
        net.hub.write(P + 'keyed', there, note="edited")
    clinic.synchronise()
    assert clinic.values(P + 'keyed', 'code', 'note') == [
        ('FIXED', "edited"), ('FREE', "edited")]
    answers = [answer for _, _, answer in net.messages]
    assert [answer.count('"#') for answer in answers] == [1, 1]


def test_language_loaded(local):
    "Test that the translations that a module brings are not edits"
    net = local(1)
    clinic, = net.satellites
    clinic.synchronise()
    load_language(clinic, 'es')
    milk, = clinic.find(P + 'translated', ('code', '=', 'MILK'))
    with clinic.transaction(language='es'):
        Translated = clinic.pool.get(P + 'translated')
        assert Translated(milk).name == "Leche"
    assert clinic.satellite().status()['pending'] == 0
