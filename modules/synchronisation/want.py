# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The contents that are asked for, and of whom."
import time

from trytond.model import Index, ModelSQL, Unique, fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import bulk, content
from .among import among, parts
from .field import Wide

DAY = 24 * 60 * 60


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
    next = Wide(
        "Not Before", required=True,
        help="Until when others go first, in seconds since 1970.")

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
                (table.next, Index.Range())))

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
                'gone', 'next'], [
                [name, instance, *wanted[name], name.size, False, 0]
                for name in names])

    @classmethod
    def of(cls, instance, limit=None):
        """Return the [Named, model, identity, field] to ask for.

        What could not be had goes last, and what is small first.
        """
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        now = int(time.time())
        cursor.execute(*table.select(
                table.name, table.model, table.identity, table.field,
                where=(table.instance == instance)
                # Or the clock was wrong
                & ((table.next <= now) | (table.next > now + 2 * DAY)),
                order_by=[table.next, table.size, table.id], limit=limit))
        return [[content.Named(name), *row] for name, *row in cursor]

    @classmethod
    def is_wanted(cls, name, instance=None, but=None):
        """Whether an instance, or somebody if None, is asked for a content.

        But for one instance.
        """
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        where = (table.name == name) & (table.gone == False)  # noqa: E712
        if instance is not None:
            where &= table.instance == instance
        if but is not None:
            where &= table.instance != but
        cursor.execute(*table.select(table.id, where=where, limit=1))
        return cursor.fetchone() is not None

    @classmethod
    def put_off(cls, instance, names):
        "Let others go first, as these cannot be had now."
        cls._delay(instance, names, False, 0)

    @classmethod
    def _delay(cls, instance, names, gone, seconds):
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        for part in parts(list(names)):
            cursor.execute(*table.update(
                    [table.gone, table.next],
                    [gone, int(time.time()) + seconds],
                    where=(table.instance == instance)
                    & among(table.name, part)))

    @classmethod
    def give_up(cls, instance, names):
        "Ask an instance once a day only, unless it tells the names again."
        cls._delay(instance, names, True, DAY)
        Part = Pool().get('synchronisation.file.part')
        for name in names:
            Part.forget(name, instance)

    @classmethod
    def forget(cls, instance, names):
        "Ask an instance for some contents no more."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        for part in parts(list(names)):
            cursor.execute(*table.delete(
                    where=(table.instance == instance)
                    & among(table.name, part)))

    @classmethod
    def settle(cls, name):
        "Ask nobody any more for a content."
        table = cls.__table__()
        Transaction().connection.cursor().execute(
            *table.delete(where=table.name == name))
