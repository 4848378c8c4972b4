# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is written past Tryton, by SQL."
from sql import Column

from .machine.model import THINGS, P

# The models of which rows are inserted, and what such a row must have
DAMAGED = THINGS.edited()
INSERTED = {
    'keyed': ['code', 'name'], 'mode_full': ['code', 'name'],
    'node': ['name', 'uuid'], 'parent': ['name', 'uuid']}


def execute(node, model, make):
    "Do SQL that no module sees; make(table) returns the statement"
    table = node.pool.get(model).__table__()
    with node.transaction() as transaction:
        transaction.connection.cursor().execute(*make(table))


def corrupt(node, model, id_, **values):
    execute(node, model, lambda table: table.update(
            [Column(table, name) for name in values], list(values.values()),
            where=table.id == id_))


def remove(node, model, id_):
    execute(node, model, lambda table: table.delete(where=table.id == id_))


def insert(node, model, **values):
    execute(node, model, lambda table: table.insert(
            [Column(table, name) for name in values],
            [list(values.values())]))


def at_random(rng, node, loaded, number):
    "Damage a node somehow; loaded is {model: ids of the rows of modules}"
    model = rng.choice(sorted(DAMAGED))
    ids = sorted(set(node.find(model)) - loaded[model])
    word = rng.choice(['value', 'missing', 'extra'])
    if word == 'extra':
        name = rng.choice(sorted(INSERTED))
        insert(node, P + name, **dict.fromkeys(
                INSERTED[name], f'raw{number}'))
    elif ids and word == 'missing' and (
            node.number or model not in THINGS.master):
        # Nobody may send to the hub what only the hub may write
        remove(node, model, rng.choice(ids))
    elif ids:
        field = rng.choice(THINGS.texts[model])
        raw = number if field in THINGS.numbers else f'raw{number}'
        corrupt(node, model, rng.choice(ids), **{field: raw})
