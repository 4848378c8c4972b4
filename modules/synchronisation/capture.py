# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Note every change in the transaction that makes it."
import json
import secrets
from collections import defaultdict
from itertools import groupby

from trytond import backend
from trytond.model import ModelStorage
from trytond.pool import Pool
from trytond.transaction import Transaction

from .failpoint import reach

CREATE, WRITE, DELETE, UNKNOWN = 'create', 'write', 'delete', 'unknown'
# RPC strips the context keys that begin with an underscore, so that no client
# can switch the capture off.
REPLICA = '_synchronisation_replica'


def is_replica():
    "Return whether the running transaction writes received records."
    return bool(Transaction().context.get(REPLICA))


def hold_transaction():
    """Make sure that the row and its change are committed together.

    Cache.sync and Cache.commit of trytond leave the one connection of an
    SQLite database in autocommit, in which a rollback takes nothing back.
    """
    if backend.name == 'sqlite':
        connection = Transaction().connection
        if connection.isolation_level is None:
            connection.isolation_level = 'IMMEDIATE'


class CaptureStorage(ModelStorage):
    """The layer between ModelSQL and ModelStorage that sees what is stored.

    SyncMixin puts it below every override of the business, so that it notes
    the final values and not those that the client sent.
    """
    __slots__ = ()

    @classmethod
    def create(cls, vlist):
        hold_transaction()
        return super().create(vlist)

    @classmethod
    def write(cls, records, values, *args):
        hold_transaction()
        if cls.is_captured():
            cls._let_files_go((records, values) + args)
        super().write(records, values, *args)
        if cls.is_captured():
            Buffer.get().announce(cls.__name__, cls._written(
                    (records, values) + args))

    @classmethod
    def _let_files_go(cls, actions):
        "Keep the files that are replaced, as others may have their names."
        from . import file_row
        actions = iter(actions)
        for records, values in zip(actions, actions):
            file_row.let_go(cls, list(map(int, records)), values)

    @classmethod
    def _written(cls, actions):
        "Return {id: names of the fields} that the actions of a write set."
        # One announcement a write, as two actions may name one record
        written = defaultdict(set)
        actions = iter(actions)
        for records, values in zip(actions, actions):
            names = cls.synchronised_fields() & values.keys()
            for record in records:
                written[int(record)] |= names
        return written

    @classmethod
    def delete(cls, records):
        hold_transaction()
        if cls.is_captured():
            Change = Pool().get('synchronisation.change')
            Buffer.get().bury(
                cls.__name__, Change.last_rows(cls, list(map(int, records))))
        super().delete(records)


class Buffer:
    """The changes of one transaction, written once when it commits.

    It is a data manager of the transaction (see Transaction.join).
    """

    def __init__(self):
        self.created = set()
        self.clear()

    def __eq__(self, other):
        return isinstance(other, Buffer)

    __hash__ = None

    @classmethod
    def get(cls):
        return Transaction().join(cls())

    def clear(self):
        # A stack, as a setter may write the record that is being written
        self.announced = defaultdict(list)
        self.changes = {}
        self.rows = {}
        # {(model, id of the row of the history): (id, whether deleted)}
        self.saved = {}

    def announce(self, model, written):
        "Note the fields, by id, that the write under way sets."
        for id_, names in written.items():
            self.announced[model, id_].append(names)

    def bury(self, model, rows):
        "Note the last values of records that are being deleted."
        for id_, row in rows.items():
            self.rows[model, id_] = row

    def stored(self, model, ids, deleted):
        "Note that the SQL of a create, a write or a delete was done."
        for id_ in ids:
            if deleted:
                if (model, id_) in self.rows:
                    self.add(model, id_, DELETE)
            elif self.announced.get((model, id_)):
                names = self.announced[model, id_].pop()
                if names:
                    self.add(model, id_, WRITE, names)
            elif self._is_new(model, id_):
                self.created.add((model, id_))
                self.add(model, id_, CREATE)
            else:
                # restore_history and party.replace write by SQL and tell
                # only that the record changed
                self.add(model, id_, UNKNOWN)

    def save(self, model, sources, deleted):
        "Note the rows that were added to the history, by id."
        self.saved.update(
            ((model, source), (id_, deleted))
            for id_, source in sources.items())

    def _is_new(self, model, id_):
        # create_records outlives a commit in the middle of a transaction
        return (id_ in Transaction().create_records[model]
            and (model, id_) not in self.created)

    def add(self, model, id_, operation, names=()):
        "Merge a change with what the transaction did to the record before."
        key = model, id_
        before, fields = self.changes.get(key, (None, frozenset()))
        if operation == WRITE and key in self.rows:
            # Its translations go first when a record is deleted
            pass
        elif operation == DELETE and before == CREATE:
            del self.changes[key]
        elif operation == DELETE:
            # What it changed first is new in the last row
            self.changes[key] = DELETE, fields if before != UNKNOWN else (
                Pool().get(model).synchronised_fields())
        elif before in {CREATE, UNKNOWN}:
            pass
        elif before == DELETE or operation in {CREATE, UNKNOWN}:
            # Created anew under its old id is what restore_history does
            self.changes[key] = (
                UNKNOWN if before == DELETE else operation, frozenset())
        else:
            self.changes[key] = WRITE, fields | names

    def tpc_begin(self, transaction):
        pass

    def commit(self, transaction):
        if self.changes:
            Pool().get('synchronisation.change').store(self.entries())
            reach('capture.stored')
        if self.saved:
            Pool().get('synchronisation.version').capture(self.saved)
        self.clear()

    def tpc_vote(self, transaction):
        pass

    def tpc_finish(self, transaction):
        pass

    def tpc_abort(self, transaction):
        self.clear()

    def entries(self):
        """Yield (unit, model, operation, fields, ids, rows) in order.

        One entry holds a run of records with the same change, as each row of
        the table costs about as much as the records in it are free.
        """
        unit = secrets.randbits(62)

        def kind(item):
            (model, _), (operation, names) = item
            return model, operation, sorted(names)
        for (model, operation, names), items in groupby(
                self.changes.items(), key=kind):
            ids = [id_ for (_, id_), _ in items]
            rows = None
            if operation == DELETE:
                rows = json.dumps(
                    {i: self.rows[model, i] for i in ids},
                    separators=(',', ':'))
            yield unit, model, operation, names, ids, rows
