# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What stays at an instance, of rows that were deleted and may come back."
import json

from trytond.model import ModelSQL, Unique, fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import bulk, registry, replica, value
from .among import among, parts


class LocalValue(ModelSQL):
    """Local Values

    A record that comes back gets another row; what does not travel of the
    former one, such as the login of a doctor, nobody else could give it.
    """
    __name__ = 'synchronisation.local_value'

    model = fields.Char("Model", required=True)
    record = fields.Integer("Record", required=True)
    kept = fields.Text("Values", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('record_unique', Unique(table, table.model, table.record),
                'synchronisation.msg_identity_unique'),
            ]

    @classmethod
    def keep(cls, Model, ids):
        "Keep what stays here of rows that are going to be deleted."
        from . import row
        names = registry.local(Model)
        if not names:
            return
        cls._forget(Model, ids)
        rows = row.raw(Model, ids, names)
        bulk.insert(cls, ['model', 'record', 'kept'], [
                [Model.__name__, id_, json.dumps(found)]
                for id_, values in rows.items()
                if (found := {name: item for name, item in values.items()
                        if item is not None})])

    @classmethod
    def bring_back(cls, Model, former, replace=True):
        """Give rows what stayed here of those in the place of which they are.

        former are {id of the former row: id}; what a row has itself stays
        unless it is to be replaced, as where nobody wrote it yet.
        """
        found = cls._find(Model, former) if registry.local(Model) else {}
        if not found:
            return
        rows = [(former[id_], values) for id_, values in found.items()]
        if not replace:
            rows = _without_filled(Model, rows)
        rows = [(id_, _possible(Model, id_, values)) for id_, values in rows]
        replica.write(Model, [row for row in rows if row[1]])
        cls._forget(Model, list(found))

    @classmethod
    def _find(cls, Model, ids):
        "Return {id of a former row: {name: value}}."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        found = {}
        for part in parts(list(ids)):
            cursor.execute(*table.select(table.record, table.kept, where=(
                        (table.model == Model.__name__)
                        & among(table.record, part))))
            found.update(cursor)
        return {id_: {
                name: value.decode(Model._fields[name]._type, item)
                for name, item in json.loads(kept).items()
                # The module may have been updated since
                if name in registry.local(Model)}
            for id_, kept in found.items()}

    @classmethod
    def _forget(cls, Model, ids):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for part in parts(list(ids)):
            cursor.execute(*table.delete(where=(
                        (table.model == Model.__name__)
                        & among(table.record, part))))


def _without_filled(Model, rows):
    "Leave out what the rows have a value of."
    from . import row
    present = row.raw(
        Model, [id_ for id_, _ in rows], registry.local(Model))
    return [(id_, {name: item for name, item in values.items()
                if present[id_][name] is None})
        for id_, values in rows if id_ in present]


def _possible(Model, id_, values):
    "Leave out what is not here any more, and what another row has by now."
    values = {name: item for name, item in values.items()
        if _is_here(Model._fields[name], item)}
    for names in registry.constraints(Model):
        if not values.keys().isdisjoint(names):
            try:
                replica.check_unique(Model, names, [values], [id_])
            except replica.Violation:
                values = {name: item for name, item in values.items()
                    if name not in names}
    return values


def _is_here(field, id_):
    "Whether what a field would refer to is here."
    if field._type not in {'many2one', 'one2one'}:
        return True
    table = Pool().get(field.model_name).__table__()
    cursor = Transaction().connection.cursor()
    cursor.execute(*table.select(table.id, where=table.id == id_))
    return bool(cursor.fetchone())
