# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What stays at an instance, of rows that were deleted and may come back."
import json

from trytond.model import Index, ModelSQL, fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import bulk, refusal, registry, replica, value
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
        # Not unique: two users may delete one row at a time
        cls._sql_indexes.add(Index(
                table, (table.model, Index.Equality()),
                (table.record, Index.Equality())))

    @classmethod
    def keep(cls, Model, ids):
        "Keep what stays here of rows that are going to be deleted."
        from . import row
        names = registry.local(Model)
        if not names:
            return
        cls._forget(Model, ids)
        cls._keep(Model, {
                id_: found for id_, values in row.raw(
                    Model, ids, names).items()
                if (found := {name: item for name, item in values.items()
                        if item is not None})})

    @classmethod
    def _keep(cls, Model, rows):
        bulk.insert(cls, ['model', 'record', 'kept'], [
                [Model.__name__, id_, json.dumps(values)]
                for id_, values in rows.items()])

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
        for id_, values in rows:
            for name, item in values.items():
                _write(Model, id_, name, item)
        cls._forget(Model, list(found))

    @classmethod
    def hand_over(cls, Model, former, id_):
        "Let a deleted row have what was kept of another one and not of it."
        if not registry.local(Model):
            return
        found = cls._find(Model, [former, id_])
        if former in found:
            cls._forget(Model, [former, id_])
            cls._keep(Model, {
                    id_: {**found[former], **found.get(id_, {})}})

    @classmethod
    def _find(cls, Model, ids):
        "Return {id of a former row: {name: raw value}}."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        found = {}
        for part in parts(list(ids)):
            cursor.execute(*table.select(table.record, table.kept, where=(
                        (table.model == Model.__name__)
                        & among(table.record, part)), order_by=table.id))
            found.update(cursor)
        return {id_: json.loads(kept) for id_, kept in found.items()}

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


def _write(Model, id_, name, item):
    "Write a raw value, if the row may have it."
    field = Model._fields.get(name)
    if name not in registry.local(Model):
        return
    try:
        with refusal.savepoint():
            if _is_here(field, item):
                replica.write(
                    Model, [(id_, {name: value.decode(field._type, item)})])
    except refusal.REFUSALS:
        # Another row has it by now, or the field is another one
        pass


def _is_here(field, id_):
    "Whether what a field would refer to is here."
    if field._type not in {'many2one', 'one2one'}:
        return True
    table = Pool().get(field.model_name).__table__()
    cursor = Transaction().connection.cursor()
    cursor.execute(*table.select(table.id, where=table.id == id_))
    return bool(cursor.fetchone())
