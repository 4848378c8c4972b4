# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What the rows of the business refer to, by SQL.

Records are known here by (model, local id).
"""
from sql import Column

from trytond.pool import Pool
from trytond.transaction import Transaction, inactive_records

from . import registry
from .among import among, parts
from .mixin import SyncMode


def targets(Model, ids, owners=False):
    """Yield (local id, (model, local id)) of what rows refer to.

    With owners, only what they belong to.
    """
    relations = registry.relations(Model)
    references = registry.references(Model)
    if owners:
        relations = {n: t for n, t in relations.items()
            if n in Model.sync_owners}
        references = registry.owner_references(Model)
    names = [n for n, target in relations.items()
        if target in registry.models()] + sorted(references)
    if not names:
        return
    table = Model.__table__()
    cursor = Transaction().connection.cursor()
    for part in parts(ids):
        cursor.execute(*table.select(
                table.id, *(Column(table, name) for name in names),
                where=among(table.id, part)))
        for local, *values in cursor:
            for name, value in zip(names, values):
                if value is None:
                    continue
                if name in relations:
                    yield local, (relations[name], value)
                else:
                    model, _, id_ = value.partition(',')
                    if id_.isdecimal():
                        yield local, (model, int(id_))


def belongings(model, ids):
    "Yield the (model, local id) of the rows that belong to these."
    cursor = Transaction().connection.cursor()
    for name, Model in registry.models().items():
        if Model.sync_mode == SyncMode.push_update:
            # Its records stay with who made them
            continue
        table = Model.__table__()
        columns = dict.fromkeys(registry.owner_columns(Model, model), ids)
        for column in registry.owner_references(Model):
            columns[column] = [f'{model},{id_}' for id_ in ids]
        for column, values in columns.items():
            for part in parts(values):
                cursor.execute(*table.select(
                        table.id, where=among(Column(table, column), part)))
                for id_, in cursor.fetchall():
                    yield name, id_


def places(Model, ids):
    "Yield (local id, (model, local id)) of the places where rows happen."
    column = Model.sync_place
    table = Model.__table__()
    cursor = Transaction().connection.cursor()
    for part in parts(ids):
        cursor.execute(*table.select(
                table.id, Column(table, column),
                where=among(table.id, part)))
        for local, place in cursor:
            if place is not None:
                yield local, (registry.relations(Model)[column], place)


def happenings(model, ids):
    "Yield the (model, local id) of the rows that happen at places."
    cursor = Transaction().connection.cursor()
    for Model, column in registry.happenings(model):
        table = Model.__table__()
        for part in parts(ids):
            cursor.execute(*table.select(table.id, where=among(
                        Column(table, column), part)))
            for id_, in cursor.fetchall():
                yield Model.__name__, id_


def attached(model):
    "Return {model: ids} of the rows that belong to one by a Reference."
    cursor = Transaction().connection.cursor()
    result = {}
    for name, Model in registry.models().items():
        table = Model.__table__()
        for column in registry.owner_references(Model):
            cursor.execute(*table.select(table.id, where=(
                        Column(table, column).like(f'{model},%'))))
            result.setdefault(name, []).extend(id_ for id_, in cursor)
    return result


def outside(Model, ids):
    "Return those of the ids whose rows belong to what does not travel."
    names = sorted(registry.owner_references(Model))
    if not names:
        return set()
    table = Model.__table__()
    cursor = Transaction().connection.cursor()
    result = set()
    for part in parts(list(ids)):
        cursor.execute(*table.select(
                table.id, *(Column(table, name) for name in names),
                where=among(table.id, part)))
        result.update(
            id_ for id_, *owners in cursor for owner in owners
            if owner and owner.partition(',')[0] not in registry.models())
    return result


def children(model, ids):
    "Yield (local id, (model, local id) of a row that refers to it, field)."
    cursor = Transaction().connection.cursor()
    for Model, name in _references(model):
        table = Model.__table__()
        column = Column(table, name)
        for part in parts(ids):
            cursor.execute(*table.select(
                    table.id, column, where=among(column, part)))
            for child, local in cursor.fetchall():
                yield local, (Model.__name__, child), name


def referring(model, ids):
    """Yield what children() does of the Reference fields.

    They keep no record: what a person sees of one that is gone is nothing.
    """
    cursor = Transaction().connection.cursor()
    for name, Model in registry.models().items():
        table = Model.__table__()
        for field in sorted(registry.references(Model)):
            column = Column(table, field)
            for part in parts([f'{model},{id_}' for id_ in ids]):
                cursor.execute(*table.select(
                        table.id, column, where=among(column, part)))
                for child, value in cursor.fetchall():
                    yield int(value.partition(',')[2]), (name, child), field


def _references(target):
    """Yield (Model, field name) of the many2one fields to a target.

    What does not travel counts only if the database would refuse.
    """
    travelling = registry.models()
    for model, Model in Pool().iterobject():
        if (not hasattr(Model, '__table__')
                or callable(getattr(Model, 'table_query', None))):
            continue
        for name, field in Model._fields.items():
            if (field._type == 'many2one' and field.sql_type()
                    and field.model_name == target
                    and (model in travelling
                        or field.ondelete == 'RESTRICT')):
                yield Model, name


def is_offered(Model, local):
    "Whether get_unsync_domain lets a record be offered to every instance."
    domain = Model.get_unsync_domain()
    if not domain:
        return True
    with inactive_records():
        return bool(Model.search(
                [('id', '=', local), domain], limit=1, order=[]))
