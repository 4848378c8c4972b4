# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""How a record is named at every instance, and which row that is here.

#module.fs_id   a row that the XML of a module loads
=key            a row of a model that does not travel, by its natural key
anything else   the identity of a record that travels
"""
from collections import defaultdict

from sql.aggregate import Count, Max

from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, inactive_records

from . import registry
from .among import among, parts

_xml_rows = {}


class XMLRows:
    "The rows of every model that the XML of the modules loaded."

    def __init__(self, mark):
        self.mark = mark
        self.names = defaultdict(dict)
        self.ids = defaultdict(dict)

    @classmethod
    def get(cls):
        "Return the rows of the database, read once until they change."
        transaction = Transaction()
        name = transaction.database.name
        mark = cls._mark()
        known = _xml_rows.get(name)
        if known is None or known.mark != mark:
            known = _xml_rows[name] = cls(mark)
            known._read()
        return known

    @staticmethod
    def _mark():
        data = Pool().get('ir.model.data').__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*data.select(Max(data.id), Count(data.db_id)))
        return cursor.fetchone()

    def _read(self):
        data = Pool().get('ir.model.data').__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*data.select(
                data.model, data.db_id, data.module, data.fs_id,
                where=data.db_id != None))  # noqa: E711
        for model, id_, module, fs_id in cursor:
            name = f'#{module}.{fs_id}'
            self.names[model][id_] = name
            self.ids[model][name] = id_


def identities(pairs):
    """Return {(model, local id): identity} of those that have one.

    What is missing belongs to a model that does not travel.
    """
    wanted = defaultdict(set)
    for model, id_ in pairs:
        wanted[model].add(id_)
    result = {}
    if not wanted:
        return result
    rows = XMLRows.get()
    travelling, keyed = registry.models(), registry.keyed()
    for model, ids in wanted.items():
        names = rows.names.get(model, {})
        found = {i: names[i] for i in ids if i in names}
        rest = ids - found.keys()
        if rest and model in travelling:
            found.update(_recorded(model, 'record', 'identity', rest))
        elif rest and model in keyed:
            found.update(_keys(keyed[model], rest))
        result.update(((model, i), name) for i, name in found.items())
    return result


def local_ids(pairs):
    "Return {(model, identity): local id} of the records that are here."
    wanted = defaultdict(set)
    for model, identity in pairs:
        wanted[model].add(identity)
    result = {}
    if not wanted:
        return result
    rows = XMLRows.get()
    travelling, keyed = registry.models(), registry.keyed()
    for model, names in wanted.items():
        ids = rows.ids.get(model, {})
        found = {n: ids[n] for n in names if n in ids}
        rest = {n for n in names if n[:1] not in '#='}
        if rest and model in travelling:
            found.update(_recorded(model, 'identity', 'record', rest))
            found.update(_by_alias(model, rest - found.keys()))
        keys = {n for n in names if n.startswith('=')}
        if keys and model in keyed:
            found.update(_by_key(keyed[model], keys))
        result.update(((model, n), id_) for n, id_ in found.items())
    return result


def _recorded(model, from_, to, values):
    record = Pool().get('synchronisation.record').__table__()
    cursor = Transaction().connection.cursor()
    source, target = getattr(record, from_), getattr(record, to)
    for part in parts(list(values)):
        where = (record.model == model) & among(source, part)
        if to == 'record':
            where &= record.dead == False  # noqa: E712
        cursor.execute(*record.select(source, target, where=where))
        yield from cursor.fetchall()


def _by_alias(model, names):
    if not names:
        return {}
    Alias = Pool().get('synchronisation.alias')
    kept = Alias.resolve([(model, name) for name in names])
    ids = dict(_recorded(model, 'identity', 'record', set(kept.values())))
    return {name: ids[identity] for (_, name), identity in kept.items()
        if identity in ids}


def _keys(Model, ids):
    column = Model.unique_id_column
    for row in Model.read(list(ids), [column]):
        if row[column] is not None:
            yield row['id'], f'={row[column]}'


def _by_key(Model, keys):
    for id_, value in find_by_key(Model, [key[1:] for key in keys]):
        yield f'={value}', id_


def find_by_key(Model, values, column=None):
    """Return the (id, key) of the records whose key is one of values.

    That is the natural key, or another column.
    """
    column = column or Model.unique_id_column
    result = []
    with inactive_records():
        for part in grouped_slice(list(values)):
            found = Model.search([(column, 'in', list(part))], order=[])
            result.extend(
                (row['id'], row[column])
                for row in Model.read([r.id for r in found], [column]))
    return result
