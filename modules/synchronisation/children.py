# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What keeps a record: the rows that refer to it.

Records are known here by (model, local id).
"""
from collections import defaultdict

from sql import Column

from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import registry


def staying(states, first, mates, releases):
    """Return the keys of the records that cannot be deleted.

    states are those that should be, by key; first those of them that stay
    for another reason; mates {key: keys that stay when it does}.
    releases(state, child, field) tells whether a row that refers to a record
    will not any more.
    """
    owners = defaultdict(list)
    stay = list(first)
    for key, (child, name) in _children(states):
        if not releases(states[key], child, name):
            if child in states:
                owners[child].append(key)
            else:
                stay.append(key)
    result = set()
    while stay:
        key = stay.pop()
        if key not in result:
            result.add(key)
            stay += owners[key]
            stay += mates.get(key, ())
    return result


def _children(states):
    "Yield (key, (key of a row that refers to it, field))."
    by_model = defaultdict(list)
    for model, local in states:
        by_model[model].append(local)
    cursor = Transaction().connection.cursor()
    for Model, name, target in _references(by_model):
        table = Model.__table__()
        column = Column(table, name)
        for part in grouped_slice(by_model[target]):
            cursor.execute(*table.select(
                    table.id, column, where=column.in_(list(part))))
            for child, local in cursor.fetchall():
                yield (target, local), ((Model.__name__, child), name)


def _references(targets):
    """Yield (Model, field name, target) of the many2one fields to targets.

    What does not travel counts only if the database would refuse.
    """
    travelling = registry.models()
    for model, Model in Pool().iterobject():
        if (not hasattr(Model, '__table__')
                or callable(getattr(Model, 'table_query', None))):
            continue
        for name, field in Model._fields.items():
            if (field._type == 'many2one' and field.sql_type()
                    and field.model_name in targets
                    and (model in travelling
                        or field.ondelete == 'RESTRICT')):
                yield Model, name, field.model_name
