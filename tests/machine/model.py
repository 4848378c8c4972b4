# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The models of the histories on SQLite, and what is done to them."

P = 'test_synchronisation.'
# The fields whose values are told apart
TEXTS = {P + name: names for name, names in {
        'parent': ['name'],
        'child': ['name', 'quantity'],
        'node': ['name'],
        'cycle_a': ['name'],
        'cycle_b': ['name'],
        'keyed': ['name', 'note'],
        'mode_full': ['name'],
        'mode_update': ['name'],
        'mode_default': ['name'],
        'optional': ['name'],
        'counter': ['amount'],
        'deactivable': ['name'],
        'history': ['name'],
        'translated': ['name', 'description'],
        'field': ['char'],
        'field-keyed': [],
        'composite': ['note'],
        }.items()}
NUMBERS = {'quantity', 'amount'}
# {model: {field: target}}
LINKS = {P + name: {n: P + target for n, target in links.items()}
    for name, links in {
        'child': {'parent': 'parent'},
        'node': {'next': 'node'},
        'optional': {'keyed': 'keyed'},
        'mode_default': {'update': 'mode_update'},
        'cycle_a': {'b': 'cycle_b'},
        'cycle_b': {'a': 'cycle_a'},
        'field-keyed': {'field': 'field', 'keyed': 'keyed'},
        'composite': {'left': 'keyed', 'right': 'keyed'},
        }.items()}
REQUIRED = {'parent', 'a', 'field', 'left', 'right'}
KEYED = {P + name for name in ['keyed', 'mode_full', 'counter', 'deactivable',
        'translated', 'mode_update', 'mode_default']}
# What no two records may have in common
UNIQUE = {**dict.fromkeys(sorted(KEYED), ['code']),
    P + 'field-keyed': ['field', 'keyed'],
    P + 'composite': ['left', 'right']}
# Nobody makes or deletes these by hand
RELATIONS = {P + 'field-keyed'}
# Written at the hub only
MASTER = {P + 'mode_update'}
FETCHED = [P + name for name in [
        'keyed', 'counter', 'deactivable', 'mode_default', 'translated',
        'node', 'parent', 'field', 'optional']]
# Who wins a conflict, for want of models that say so
POLICIES = {
    P + 'keyed': {'note': 'review'},
    P + 'history': {'name': 'satellite'},
    }
# What all have from the first in most histories, in the order of their links
SHARED = [P + name for name in [
        'parent', 'child', 'keyed', 'mode_full', 'mode_default', 'optional',
        'counter', 'deactivable', 'history', 'translated', 'field']]
