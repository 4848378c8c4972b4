# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Prepared databases."
from contextlib import closing

from . import template


def test_prepare(backend, prepared):
    "Test that a prepared database has the modules, and is nobody else's"
    one = prepared(backend, ['party'])
    other = prepared(backend, ['party'])
    with closing(one.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute('DELETE FROM party_address_format')
        connection.commit()
    with closing(other.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT count(*) FROM ir_module WHERE state = 'activated'")
        assert cursor.fetchone()[0] >= 4
        cursor.execute('SELECT count(*) FROM party_address_format')
        assert cursor.fetchone()[0]


def test_sqlite_wal(prepared):
    "Test that readers of a prepared file do not wait for a writer"
    with closing(prepared('sqlite', ['party']).connect()) as connection:
        cursor = connection.execute('PRAGMA journal_mode')
        assert cursor.fetchone() == ('wal',)


def test_layers():
    "Test that ours go upon the modules of somebody else"
    assert template.get_layers(['party']) == [{'ir', 'res', 'party'}]
    assert template.get_layers(['synchronisation', 'party']) == [
        {'ir', 'res', 'party'}, {'synchronisation'}]
