# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The contents that are asked for, and of whom."
from trytond.model import Index, ModelSQL, Unique, fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import bulk, content
from .among import among, parts


class Want(ModelSQL):
    """Want

    An instance told the name of a content as that of a field of a record.
    """
    __name__ = 'synchronisation.file.want'

    name = fields.Char("Name", required=True)
    instance = fields.Integer("Instance", required=True)
    model = fields.Char("Model", required=True)
    identity = fields.Char("Identity", required=True)
    field = fields.Char("Field", required=True)
    size = fields.Integer("Size", required=True)
    gone = fields.Boolean("Gone", help="The instance has it no more.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('name_unique', Unique(table, table.name, table.instance),
                'synchronisation.msg_identity_unique'),
            ]
        cls._sql_indexes.add(Index(
                table, (table.instance, Index.Equality()),
                (table.size, Index.Range())))

    @classmethod
    def note(cls, instance, wanted):
        """Ask an instance for contents.

        wanted is {Named: (model, identity, field)} of what it told.
        """
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        File = Pool().get('synchronisation.file')
        names = sorted(wanted.keys() - File.present(wanted))
        for part in parts(names):
            # What is told anew is there again
            cursor.execute(*table.delete(
                    where=(table.instance == instance)
                    & among(table.name, part)))
        bulk.insert(
            cls, ['name', 'instance', 'model', 'identity', 'field', 'size',
                'gone'], [
                [name, instance, *wanted[name], name.size, False]
                for name in names])

    @classmethod
    def of(cls, instance, limit=None):
        "Return the [Named, model, identity, field], the small ones first."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.name, table.model, table.identity, table.field,
                where=(table.instance == instance)
                & (table.gone == False),  # noqa: E712
                order_by=[table.size, table.id], limit=limit))
        return [[content.Named(name), *row] for name, *row in cursor]

    @classmethod
    def is_wanted(cls, name, instance=None):
        "Whether an instance, or somebody if None, is asked for a content."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        where = (table.name == name) & (table.gone == False)  # noqa: E712
        if instance is not None:
            where &= table.instance == instance
        cursor.execute(*table.select(table.id, where=where, limit=1))
        return cursor.fetchone() is not None

    @classmethod
    def give_up(cls, instance, names):
        "Ask an instance no more, until it tells the names again."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        for part in parts(list(names)):
            cursor.execute(*table.update(
                    [table.gone], [True],
                    where=(table.instance == instance)
                    & among(table.name, part)))
        Part = Pool().get('synchronisation.file.part')
        for name in names:
            Part.forget(name, instance)

    @classmethod
    def settle(cls, name):
        "Ask nobody any more for a content."
        table = cls.__table__()
        Transaction().connection.cursor().execute(
            *table.delete(where=table.name == name))
