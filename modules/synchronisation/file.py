# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The contents of large files by their names, and where each of them is."
from sql import Column, Null
from sql.aggregate import Sum

from trytond import backend
from trytond.model import ModelSQL, Unique, fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import content, file_row, registry
from .among import among, parts
from .failpoint import reach


class File(ModelSQL):
    """File

    The content is that of a field of a record; or data, if no record has it
    any more but what is deleted, or lost a conflict, or is to come.
    """
    __name__ = 'synchronisation.file'

    name = fields.Char("Name", required=True)
    data = fields.Binary("Data")
    model = fields.Char("Model")
    record = fields.Integer("Record")
    field = fields.Char("Field")
    leaving = fields.Boolean(
        "Leaving", help="Its record left the scope of this instance.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('name_unique', Unique(table, table.name),
                'synchronisation.msg_identity_unique'),
            ]

    @classmethod
    def present(cls, names):
        "Return those of the names whose contents are here."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        known = set()
        for part in parts(list(names)):
            cursor.execute(*table.select(
                    table.name, where=among(table.name, part)))
            known.update(name for name, in cursor)
        return {name for name in names if name in known and cls.source(name)}

    @classmethod
    def find(cls, name):
        "Return the content of a name, None if it is not here."
        if source := cls.source(name):
            return file_row.piece(*source, 0, name.size)

    @classmethod
    def source(cls, name, is_begun=False):
        """Return the (Model, id, field) that has a content, or None.

        What somebody began to read is shown by its size, as he has to look
        at the whole in the end.
        """
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.id, table.data != Null, table.model, table.record,
                table.field, where=table.name == name))
        for id_, is_kept, model, record, field in cursor.fetchall():
            if is_kept:
                return cls, id_, 'data'
            # Its module may be gone, and what is written past the programs
            # may be anything
            Model = registry.models().get(model)
            if Model and file_row.has(Model, record, field, name, is_begun):
                return Model, record, field

    @classmethod
    def keep(cls, Model, ids, names, leaving=False):
        """Keep the large contents that rows have, as they will lose them.

        Those that are leaving stay until nobody asks for them.
        """
        for field in names:
            for id_, name in file_row.large(Model, ids, field):
                source = cls.source(name)
                if source is None or source[0] is not cls or not leaving:
                    # Also what was leaving, and is to stay now
                    cls.store(
                        name, file_row.piece(Model, id_, field, 0, name.size),
                        leaving)

    @classmethod
    def let_leave(cls, wanted):
        "Forget what is leaving, but for what somebody wants."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        where = table.leaving == True  # noqa: E712
        if wanted:
            where &= ~table.name.in_(wanted)
        cursor.execute(*table.delete(where=where))

    @classmethod
    def store(cls, name, data, leaving=False):
        "Keep a content that no record has."
        cls._replace(
            name, ['data', 'leaving'], [cls.data.sql_format(data), leaving])
        reach('file.kept')

    @classmethod
    def place(cls, name, model, record, field):
        "Note that the field of a record has the content of a name."
        cls._replace(
            name, ['model', 'record', 'field'], [model, record, field])

    @classmethod
    def _replace(cls, name, names, values):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        if backend.name != 'sqlite':
            # Two users may lose the same content at once
            cursor.execute(
                f'INSERT INTO "{cls._table}" (name) VALUES (%s) '
                'ON CONFLICT (name) DO NOTHING', [name])
        else:
            cursor.execute(*table.delete(where=table.name == name))
            cursor.execute(*table.insert([table.name], [[name]]))
        cleared = dict.fromkeys(
            ['data', 'leaving', 'model', 'record', 'field'])
        cleared.update(zip(names, values))
        cursor.execute(*table.update(
                [Column(table, n) for n in cleared], list(cleared.values()),
                where=table.name == name))


class Part(ModelSQL):
    """File Part

    Of a content that arrives: each part follows on those before.
    """
    __name__ = 'synchronisation.file.part'

    name = fields.Char("Name", required=True)
    instance = fields.Integer("Instance", required=True)
    start = fields.Integer("Start", required=True)
    size = fields.Integer("Size", required=True)
    data = fields.Binary("Data", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('start_unique', Unique(
                    table, table.name, table.instance, table.start),
                'synchronisation.msg_identity_unique'),
            ]

    @classmethod
    def arrived(cls, instance, names):
        "Return {name: how many bytes came from an instance}."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        found = dict.fromkeys(names, 0)
        for part in parts(list(names)):
            cursor.execute(*table.select(
                    table.name, Sum(table.size), where=(
                        (table.instance == instance)
                        & among(table.name, part)),
                    group_by=table.name))
            found.update(cursor)
        return found

    @classmethod
    def store(cls, instance, name, start, data):
        table = cls.__table__()
        columns = [table.name, table.instance, table.start, table.size,
            table.data]
        query, values = table.insert(columns, [
                [name, instance, start, len(data),
                    cls.data.sql_format(data)]])
        # A message that is repeated may arrive twice at once: then trytond
        # tries the second again
        Transaction().connection.cursor().execute(
            query + ' ON CONFLICT DO NOTHING', values)
        reach('part.stored')

    @classmethod
    def whole(cls, instance, name):
        "Return the content that the parts make up."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.data, where=(table.name == name)
                & (table.instance == instance), order_by=table.start))
        return b''.join(bytes(data) for data, in cursor)

    @classmethod
    def forget(cls, name, instance=None):
        "Forget the parts of a content, those of all instances if None."
        table = cls.__table__()
        where = table.name == name
        if instance is not None:
            where &= table.instance == instance
        Transaction().connection.cursor().execute(*table.delete(where=where))


def take(store, instance, name, start, data):
    """Take a part of a content from an instance.

    Return how many bytes of it are here, None if it was damaged.
    """
    pool = Pool()
    File = pool.get('synchronisation.file')
    Part = pool.get('synchronisation.file.part')
    Want = pool.get('synchronisation.file.want')
    if File.present([name]):
        # It came from another one meanwhile, or a record lost it
        fill(store, name, File.find(name))
        return name.size
    here = Part.arrived(instance, [name])[name]
    if start == here and len(data) <= name.size - here:
        Part.store(instance, name, start, data)
        here += len(data)
    if here == name.size:
        whole = Part.whole(instance, name)
        if content.name(whole) != name:
            # The sender may have got another one meanwhile
            Part.forget(name, instance)
            Want.put_off(instance, [name])
            return
        fill(store, name, whole)
    return here


def fill(store, name, data):
    "Give a content to the records that lack it."
    pool = Pool()
    File = pool.get('synchronisation.file')
    if place := pool.get('synchronisation.file.gap').fill(store, name, data):
        File.place(name, *place)
    else:
        # It is of something deleted, or of a value that lost
        File.store(name, data)
    pool.get('synchronisation.file.part').forget(name)
    pool.get('synchronisation.file.want').settle(name)
    reach('file.filled')
