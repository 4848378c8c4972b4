# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What was received but cannot be applied yet."
import datetime as dt
import json

from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.transaction import Transaction

from . import bulk


class Quarantine(ModelSQL, ModelView):
    "Quarantined Record"
    __name__ = 'synchronisation.quarantine'

    peer = fields.Integer(
        "Instance", required=True, readonly=True,
        help="The instance that sent it.")
    place = fields.Selection([
            ('here', "Here"),
            ('hub', "At the Hub"),
            ], "Place", required=True, readonly=True, sort=False,
        help="Where it waits; what waits at the hub is kept here too.")
    model = fields.Char("Model", required=True, readonly=True)
    identity = fields.Char("Identity", required=True, readonly=True)
    code = fields.Char("Code", required=True, readonly=True)
    reason = fields.Text("Reason", required=True, readonly=True)
    missing = fields.Text("Missing", readonly=True)
    message = fields.Text(
        "Message", readonly=True, help="The record as it was received.")
    attempts = fields.Integer("Attempts", required=True, readonly=True)
    since = fields.Timestamp("Since", required=True, readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('record_unique', Unique(
                    table, table.peer, table.place, table.model,
                    table.identity),
                'synchronisation.msg_identity_unique'),
            ]

    @classmethod
    def waiting(cls, place, peer=None):
        """Return what waits, as dictionaries of the fields.

        The oldest come first.
        """
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        where = table.place == place
        if peer is not None:
            where &= table.peer == peer
        names = ['id', 'peer', 'model', 'identity', 'code', 'reason',
            'missing', 'message', 'attempts']
        cursor.execute(*table.select(
                *(getattr(table, name) for name in names),
                where=where, order_by=table.id))
        return [dict(zip(names, row)) for row in cursor]

    @classmethod
    def store(cls, place, peer, rows):
        """Keep rows of (model, identity, code, reason, missing, message).

        What waited already under the same identity is replaced, and has been
        tried once more.
        """
        rows = {row[:2]: row for row in rows}
        known = {(row['model'], row['identity']): row
            for row in cls.waiting(place, peer)} if rows else {}
        now = cls.since.sql_format(dt.datetime.utcnow())
        new, old = [], []
        for key, (_, _, code, reason, missing, message) in rows.items():
            missing = json.dumps(sorted(missing))
            if key in known:
                old.append([known[key]['id'], code, reason, missing, message,
                        known[key]['attempts'] + 1])
            else:
                new.append([peer, place, *key, code, reason, missing,
                        message, 1, now])
        names = ['code', 'reason', 'missing', 'message', 'attempts']
        bulk.update(cls, names, old)
        bulk.insert(cls, ['peer', 'place', 'model', 'identity', *names,
                'since'], new)

    @classmethod
    def release(cls, ids):
        "Forget what does not wait any more."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for id_ in ids:
            cursor.execute(*table.delete(where=table.id == id_))

    def get_rec_name(self, name):
        return f'{self.model} {self.identity}'
