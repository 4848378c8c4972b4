# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The versions of records that were saved, wherever that was."
import datetime as dt
import json

from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.transaction import Transaction

from . import bulk, words
from .among import among
from .failpoint import reach

# What is told of a version, in this order
TOLD = ['name', 'model', 'identity', 'instance', 'author', 'time', 'deleted',
    'values']


class Version(ModelSQL, ModelView):
    """Saved Version

    Only ever added to: users add what they saved, in their own transactions,
    and the fold says of which record it is.
    """
    __name__ = 'synchronisation.version'

    model = fields.Char("Model", required=True, readonly=True)
    model_name = fields.Function(fields.Char("Kind"), 'get_words')
    record = fields.Integer("Record", readonly=True)
    source = fields.Integer("Row of the History", readonly=True)
    user = fields.Integer("User", readonly=True)
    identity = fields.Char("Identity", readonly=True)
    record_name = fields.Function(fields.Char("Record Name"), 'get_words')
    name = fields.Char("Name", readonly=True)
    instance = fields.Integer(
        "Instance", readonly=True,
        help="The number of the instance at which it was saved.")
    author = fields.Char("Author", readonly=True)
    time = fields.Timestamp(
        "Time", required=True, readonly=True,
        help="When it was saved, by the clock of that instance.")
    deleted = fields.Boolean("Deleted", readonly=True)
    values = fields.Text("Values", readonly=True)
    values_words = fields.Function(fields.Text("Content"), 'get_words')
    pending = fields.Boolean(
        "Pending", readonly=True, help="The hub has not got it yet.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order = [('time', 'DESC'), ('id', 'DESC')]
        table = cls.__table__()
        cls._sql_constraints = [
            ('name_unique', Unique(table, table.name),
                'synchronisation.msg_identity_unique'),
            ]
        cls._sql_indexes |= {
            Index(table, (table.name, Index.Equality())),
            Index(
                table, (table.model, Index.Equality()),
                (table.identity, Index.Equality())),
            Index(
                table, (table.id, Index.Range()),
                where=table.pending == True),  # noqa: E712
            }

    @classmethod
    def capture(cls, saved):
        "Note {(model, id of the row of the history): (record, deleted)}."
        transaction = Transaction()
        user = transaction.context.get('user', transaction.user)
        time = cls.time.sql_format(dt.datetime.utcnow())
        bulk.append(
            cls, ['model', 'record', 'source', 'user', 'time', 'deleted',
                'pending'], [
                [model, record, source, user, time, deleted, False]
                for (model, source), (record, deleted) in saved.items()])

    @classmethod
    def offer_again(cls, models):
        "Let the hub be told again of all versions of some models."
        table = cls.__table__()
        Transaction().connection.cursor().execute(*table.update(
                [table.pending], [True],
                where=table.model.in_(models)
                & (table.identity != None)))  # noqa: E711

    @classmethod
    def undescribed(cls, limit, last=0):
        "Return captured versions after an id of which nobody said all."
        rows = cls._select(lambda table: (
                (table.name == None) & (table.id > last)),  # noqa: E711
            limit)
        return [{name: value for name, value in row.items()
                if value is not None} for row in rows]

    @classmethod
    def pending_after(cls, last, limit):
        "Return the versions after an id that the hub has not got."
        return cls._select(lambda table: (
                (table.pending == True) & (table.id > last)),  # noqa: E712
            limit)

    @classmethod
    def _select(cls, where, limit):
        names = ['id', 'record', 'source', 'user', *TOLD]
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                *(getattr(table, name) for name in names),
                where=where(table), order_by=table.id, limit=limit))
        return [dict(zip(names, row)) for row in cursor]

    @classmethod
    def describe(cls, rows):
        "Say of captured versions what they are, dictionaries with id."
        names = [
            'identity', 'name', 'instance', 'author', 'values', 'pending']
        bulk.update(cls, names, [
                [row['id'], *(row[name] for name in names)] for row in rows])

    @classmethod
    def store(cls, rows, pending):
        "Add versions that came from another instance, unless they are here."
        known = cls.known([row['name'] for row in rows])
        bulk.append(cls, [*TOLD, 'pending'], [
                [*(row[name] for name in TOLD), pending]
                for row in rows if row['name'] not in known])
        reach('versions.stored')

    @classmethod
    def known(cls, names):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.name, where=among(table.name, names)))
        return {name for name, in cursor}

    @classmethod
    def sent(cls, names):
        "Note that the hub has versions."
        table = cls.__table__()
        Transaction().connection.cursor().execute(*table.update(
                [table.pending], [False], where=among(table.name, names)))

    @classmethod
    def get_words(cls, versions, names):
        found = {
            'model_name': lambda version: words.model(version.model),
            'record_name': lambda version: version.identity and words.record(
                version.model, version.identity),
            'values_words': lambda version: '\n'.join(
                f'{name}: {value}' for name, value in words.values(
                    version.model,
                    json.loads(version.values or '{}')).items()),
            }
        return {name: {version.id: found[name](version)
                for version in versions} for name in names}
