# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The fields whose contents are still to come."
from collections import defaultdict

from trytond.model import Index, ModelSQL, Unique, fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import bulk, content, file_row, lock, replica
from .among import among, parts


class Gap(ModelSQL):
    """Gap

    The field is empty; to others the record has the content of the name.
    """
    __name__ = 'synchronisation.file.gap'

    model = fields.Char("Model", required=True)
    record = fields.Integer("Record", required=True)
    field = fields.Char("Field", required=True)
    name = fields.Char("Name", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('field_unique', Unique(
                    table, table.model, table.record, table.field),
                'synchronisation.msg_identity_unique'),
            ]
        cls._sql_indexes |= {
            Index(table, (table.name, Index.Equality())),
            Index(
                table, (table.model, Index.Equality()),
                (table.record, Index.Equality())),
            }

    @classmethod
    def store(cls, rows):
        "Note lists of a model, a local id, a field and a name."
        bulk.insert(cls, ['model', 'record', 'field', 'name'], rows)

    @classmethod
    def of(cls, model, ids):
        "Return the (id, field, Named) of rows of a model."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        found = []
        for part in parts(list(ids)):
            cursor.execute(*table.select(
                    table.record, table.field, table.name,
                    where=(table.model == model)
                    & among(table.record, part)))
            found += [(id_, field, content.Named(name))
                for id_, field, name in cursor]
        return found

    @classmethod
    def lacking(cls, names):
        "Return those of some names whose contents a row lacks."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        found = set()
        for part in parts(list(names)):
            cursor.execute(*table.select(
                    table.name, where=among(table.name, part)))
            found.update(name for name, in cursor)
        return found

    @classmethod
    def copy_of(cls, model, copies, names):
        "Let copies, {id: id of the copy}, wait for the files in some fields."
        cls.store([
                [model, copies[id_], field, name]
                for id_, field, name in cls.of(model, copies)
                if field in names])

    @classmethod
    def close(cls, model, ids, names):
        "Forget the gaps in some fields of rows."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        for part in parts(list(ids)):
            cursor.execute(*table.delete(
                    where=(table.model == model)
                    & among(table.record, part)
                    & table.field.in_(list(names))))

    @classmethod
    def unasked(cls, instance, limit):
        """Return the (Named, model, local id, field) of some gaps.

        They are those of which an instance did not tell the names.
        """
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        want = Pool().get('synchronisation.file.want').__table__()
        query = table.join(want, 'LEFT', condition=(
                (want.name == table.name) & (want.instance == instance)))
        cursor.execute(*query.select(
                table.name, table.model, table.record, table.field,
                where=want.id == None,  # noqa: E711
                order_by=table.id, limit=limit))
        return [(content.Named(name), *row) for name, *row in cursor]

    @classmethod
    def fill(cls, store, name, data):
        """Give a content to all that lack it.

        Return (model, local id, field) of one of them, None if there is none.
        """
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.model, table.record, table.field,
                where=table.name == name))
        rows = defaultdict(list)
        for model, record, field in cursor.fetchall():
            rows[model, field].append(record)
        filled = None
        for (model, field), ids in sorted(rows.items()):
            if Model := store.models.get(model):
                lock.rows(Model, ids)
                lacking = [
                    id_ for id_, row in file_row.read(
                        Model, ids, [field]).items()
                    if row[field] == name]
                replica.write(
                    Model, [(id_, {field: data}) for id_ in lacking])
                filled = filled or lacking and (model, lacking[0], field)
        cursor.execute(*table.delete(where=table.name == name))
        return filled or None
