# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The changes that have no position yet."
import datetime as dt
import json
from collections import namedtuple

from sql import Table, Window
from sql.aggregate import Min
from sql.functions import CharLength

from trytond.model import ModelSQL, fields
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import bulk, links, registry
from .among import among, parts
from .failpoint import reach
from .field import Position
from .lot import RECORDS, lots
from .protocol import NO_UNIT

# How many records one row of the table may hold, and about how many letters
# one has there
CHUNK, DIGITS = 1000, 8
Captured = namedtuple(
    'Captured', 'id unit model operation fields records rows author time')


class Change(ModelSQL):
    """Captured Change

    Only ever added to by users, in their own transactions, and emptied by
    the fold: nothing in it is shared, so that nobody waits for anybody.
    """
    __name__ = 'synchronisation.change'

    unit = Position("Unit", required=True)
    model = fields.Char("Model", required=True)
    operation = fields.Char("Operation", required=True)
    names = fields.Text("Fields")
    records = fields.Text("Records", required=True)
    rows = fields.Text("Last Values")
    author = fields.Integer("Author", required=True)
    time = fields.Timestamp("Time", required=True)

    @classmethod
    def store(cls, entries):
        "Add what Buffer.entries yields to the table."
        transaction = Transaction()
        author = transaction.context.get('user', transaction.user)
        time = cls.time.sql_format(dt.datetime.utcnow())
        rows = []
        for unit, model, operation, names, ids, last in entries:
            for part in grouped_slice(ids, CHUNK):
                rows.append([
                        unit, model, operation, _dumps(names),
                        _dumps(list(part)), last, author, time])
        bulk.append(cls, [
                'unit', 'model', 'operation', 'names', 'records', 'rows',
                'author', 'time'], rows)

    @classmethod
    def last_rows(cls, Model, ids):
        """Return {id: raw row} of records about to be deleted.

        The rows loaded by a module are left out: the same upgrade deletes
        them at every instance.
        """
        from . import file_row, row
        loaded = _xml_ids(Model, ids)
        ids = [id_ for id_ in ids if id_ not in loaded]
        with Transaction().set_user(0):
            rows = row.raw(Model, ids)
            Pool().get('synchronisation.local_value').keep(Model, ids)
            file_row.let_go(Model, ids)
            return rows

    @classmethod
    def captured(cls, ids=None, limit=None):
        "Return what this snapshot sees, or some, in the order of the capture."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        found = []
        for part in [None] if ids is None else parts(ids):
            cursor.execute(*table.select(
                    table.id, table.unit, table.model, table.operation,
                    table.names, table.records, table.rows, table.author,
                    bulk.moments(table.time), order_by=table.id, limit=limit,
                    where=part and among(table.id, part)))
            found += map(_captured, cursor)
        return _by_unit(found)

    @classmethod
    def lots(cls):
        """Yield lists of what this snapshot sees, so that many fit.

        Each has whole units, and is consumed before the next one.
        """
        changes = cls.captured(limit=RECORDS + 1)
        if sum(len(change.records) for change in changes) <= RECORDS:
            if changes:
                yield changes
            return
        # All are known before the first one is taken away
        for ids in list(lots(cls.in_order(), RECORDS)):
            yield cls.captured(ids)

    @classmethod
    def in_order(cls):
        "Yield (id, unit, about how many records) in the order of the fold."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        first = Min(table.id, window=Window([table.unit]))
        cursor.execute(*table.select(
                table.id, table.unit, CharLength(table.records) / DIGITS + 1,
                order_by=[first, table.id]))
        return cursor

    @classmethod
    def consume(cls, changes):
        # By id: a smaller id may be committed later
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for part in parts([change.id for change in changes]):
            cursor.execute(*table.delete(where=among(table.id, part)))
        reach('changes.consumed')

    @classmethod
    def enrol(cls, Model):
        """Capture the creation of all the rows of a model.

        They were there before the model began to synchronise; which of them
        one transaction made is not known.
        """
        table = Model.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(table.id, order_by=table.id))
        ids = [id_ for id_, in cursor]
        loaded = _xml_ids(Model, ids)
        cls.adopt(
            Model.__name__, [id_ for id_ in ids if id_ not in loaded])
        # What belongs to its records stayed here for them
        for name, owned in links.attached(Model.__name__).items():
            cls.adopt(name, owned)

    @classmethod
    def adopt(cls, model, ids):
        "Capture the creation of rows, of which nothing else is known."
        cls.store([(NO_UNIT, model, 'create', [], ids, None)])


def _by_unit(changes):
    "Return changes with those of a unit together, by its first one."
    # Two transactions that commit at once take their ids in turn
    first = {}
    for change in changes:
        first.setdefault(change.unit, change.id)
    return sorted(changes, key=lambda c: (first[c.unit], c.id))


def _dumps(value):
    return json.dumps(value, separators=(',', ':'))


def _captured(row):
    id_, unit, model, operation, names, ids, rows, author, time = row
    rows = json.loads(rows) if rows else {}
    time = bulk.to_moment(time)
    return Captured(
        id_, unit, model, operation,
        # Most are of one record, of which nothing else is told
        json.loads(names) if names != '[]' else [],
        [int(ids[1:-1])] if ids[1:-1].isdecimal() else json.loads(ids),
        {int(i): r for i, r in rows.items()}, author,
        int(time.replace(tzinfo=dt.timezone.utc).timestamp()))


def _xml_ids(Model, ids):
    data = Table(Pool().get('ir.model.data')._table)
    cursor = Transaction().connection.cursor()
    found = set()
    for part in parts(ids):
        cursor.execute(*data.select(data.db_id, where=(
                    (data.model == Model.__name__)
                    & among(data.db_id, part))))
        found.update(id_ for id_, in cursor)
    return found


def unknown_models(known):
    "Return the models that synchronise but are not among the known names."
    return [Model for name, Model in sorted(registry.models().items())
        if name not in known]
