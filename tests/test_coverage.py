# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is told of the models of a database, without one."
import pytest

from . import pool_only

P = 'test_synchronisation.'


@pytest.fixture(scope='module')
def rows():
    return pool_only.describe('test_synchronisation')


def test_bound(rows):
    "Test that a model is told with its mode, its key and what it lacks"
    row = rows[P + 'composite']
    assert (row['module'], row['state'], row['mode'], row['key']) == (
        'test_synchronisation', 'bound', 'default', ['pair'])
    assert rows[P + 'field.line']['owners'] == ['field']
    assert rows[P + 'field.line']['key'] == []
    assert not any(
        row['missing'] for name, row in rows.items()
        if row['state'] == 'bound' and name != P + 'insider')


def test_unbound(rows):
    "Test that what nobody bound is told, and what refers to it"
    assert rows[P + 'outsider']['state'] == 'unbound'
    assert rows[P + 'insider']['missing'] == [
        'It refers to "test_synchronisation.outsider" by "outsider", which '
        'does not travel.']


def test_internal(rows):
    "Test that what is Tryton's or the engine's is not told"
    assert not any(
        name.startswith(('ir.', 'res.', 'synchronisation.')) for name in rows)


def test_show(rows, capsys):
    "Test that a model has a line, and what it lacks one below"
    from trytond.modules.synchronisation import console
    console.show_models({'rows': [
                rows[P + 'composite'], rows[P + 'field.line'],
                rows[P + 'insider'], rows[P + 'outsider'],
                {'model': 'm', 'state': 'left out', 'reason': "It is."}]})
    assert capsys.readouterr().out.splitlines() == [
        P + 'composite  default, known by pair',
        P + 'field.line  default, each its own',
        P + 'insider  default, each its own',
        '  ' + rows[P + 'insider']['missing'][0],
        P + 'outsider  unbound',
        'm  left out: It is.',
        '3 bound, 1 left out, 1 unbound']
