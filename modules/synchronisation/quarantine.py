# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What was received but cannot be applied yet."
import datetime as dt
import json

from sql.aggregate import Max

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import bulk, lock, patience, restore, wire, words
from .among import among, parts
from .capture import hold_transaction
from .exceptions import RestoreError
from .failpoint import reach
from .field import Position


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
    unit = Position(
        "Unit", readonly=True,
        help="What came with the same unit waits with it.")
    message = fields.Text(
        "Message", readonly=True, help="The record as it was received.")
    attempts = fields.Integer("Attempts", required=True, readonly=True)
    since = fields.Timestamp("Since", required=True, readonly=True)
    next_try = fields.Timestamp(
        "Next Try", readonly=True,
        help="Tried before if something changes that may be the cause.")
    tried = Position(
        "Tried At", readonly=True,
        help="The last place of a record here when it was tried.")
    life = fields.Integer(
        "Life", readonly=True,
        help="The life of the instance's database in which it was sent.")
    aside = fields.Boolean(
        "Set Aside", readonly=True,
        help="It stays, but is not tried until somebody takes it up again.")
    audit = fields.Text(
        "What Was Done", readonly=True, help="By whom, when and what.")
    record_name = fields.Function(fields.Char("Record"), 'get_words')
    values_words = fields.Function(
        fields.Text("Values", help="The record as it would be."), 'get_words')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'retry': {},
                'set_aside': {
                    'invisible': Eval('aside', False),
                    'depends': ['aside'],
                    },
                'take_up': {
                    'invisible': ~Eval('aside', False),
                    'depends': ['aside'],
                    },
                })
        table = cls.__table__()
        cls._sql_constraints = [
            ('record_unique', Unique(
                    table, table.peer, table.place, table.model,
                    table.identity),
                'synchronisation.msg_identity_unique'),
            ]

    @classmethod
    def __register__(cls, module):
        super().__register__(module)
        # A new version of the modules may have mended the cause
        table = cls.__table__()
        Transaction().connection.cursor().execute(
            *table.update([table.next_try], [None]))

    @classmethod
    @ModelView.button
    def retry(cls, rows):
        "Try at the next run, without waiting for its time."
        cls._note(rows, 'retry', next_try=None, aside=False)

    @classmethod
    @ModelView.button
    def set_aside(cls, rows):
        "Let rows and what came in their units stay without being tried."
        cls._note(cls._mates(rows), 'aside', aside=True)

    @classmethod
    @ModelView.button
    def take_up(cls, rows):
        "Try again what was set aside, with what came in the same units."
        cls._note(cls._mates(rows), 'up', next_try=None, aside=False)

    @classmethod
    def correct(cls, rows, values):
        """Write values into the records of which something waits at the hub.

        They are written as the user and sent with the next run.
        """
        for row in rows:
            if row.place != 'hub':
                raise RestoreError(gettext(
                        'synchronisation.msg_quarantine_correct',
                        peer=row.peer))
            restore.write_local(row.model, row.identity, values)
        names = ', '.join(
            f'{words.field(rows[0].model, name)}: {value}'
            for name, value in values.items()) if rows else ''
        cls._note(rows, 'correct', values=names, next_try=None)

    @classmethod
    def _note(cls, rows, name, values=None, **changes):
        "Write changes and a line that says who did what."
        hold_transaction()
        user = Pool().get('res.user')(Transaction().user)
        line = gettext(
            f'synchronisation.msg_quarantine_note_{name}', user=user.rec_name,
            time=words.time(dt.datetime.now().timestamp()), values=values)
        for row in rows:
            cls.write([row], {
                    **changes,
                    'audit': '\n'.join(filter(None, [row.audit, line]))})

    @classmethod
    def _mates(cls, rows):
        "Return rows with those that wait with the same unit."
        units = {(row.place, row.peer, row.unit) for row in rows}
        return list({*rows, *(
                    row for row in cls.search([
                            ('peer', 'in', [row.peer for row in rows]),
                            ('unit', 'in', [row.unit for row in rows
                                    if row.unit is not None])])
                    if (row.place, row.peer, row.unit) in units)})

    def _parts(self):
        "Return the tables and the authors of a document, or the values."
        message = json.loads(self.message or '{}')
        return message if isinstance(message, list) else (message, None)

    def wire_values(self):
        "Return the values of the waiting record, as they travel."
        values, names = self._parts()
        if names is None:
            return values
        return wire.unpack_documents(values, 0, 0, len(names))[0].values

    @classmethod
    def get_words(cls, rows, names):
        result = {name: {} for name in names}
        for row in rows:
            if 'record_name' in names:
                result['record_name'][row.id] = words.record(
                    row.model, row.identity)
            if 'values_words' in names:
                result['values_words'][row.id] = '\n'.join(
                    f'{name}: {value}' for name, value in words.values(
                        row.model, row.wire_values()).items())
        return result

    @classmethod
    def has_due(cls, peer):
        "Whether something that a peer sent should be tried again now."
        rows = cls.waiting('here', peer)
        if not rows:
            return False
        if lock.any_row(Pool().get('synchronisation.change')):
            return True
        last, now = cls._last_position(), dt.datetime.utcnow()
        return any(patience.is_due(row, now, last) for row in rows)

    @classmethod
    def _last_position(cls):
        record = Pool().get('synchronisation.record').__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*record.select(Max(record.position)))
        return cursor.fetchone()[0] or 0

    @classmethod
    def waiting(cls, place, peer=None):
        """Return what waits, as dictionaries of the fields but the message.

        The oldest come first.
        """
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        where = table.place == place
        if peer is not None:
            where &= table.peer == peer
        names = ['id', 'peer', 'model', 'identity', 'code', 'reason',
            'missing', 'unit', 'attempts', 'next_try', 'tried', 'life',
            'aside']
        cursor.execute(*table.select(
                *(getattr(table, name) for name in names),
                where=where, order_by=table.id))
        rows = [dict(zip(names, row)) for row in cursor]
        for row in rows:
            if isinstance(row['next_try'], str):
                row['next_try'] = dt.datetime.fromisoformat(row['next_try'])
        return rows

    @classmethod
    def messages(cls, ids):
        "Return {id: message} of what waits."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        messages = {}
        for part in parts(ids):
            cursor.execute(*table.select(
                    table.id, table.message, where=among(table.id, part)))
            messages.update(cursor)
        return messages

    @classmethod
    def store(cls, place, peer, rows, numbers=None, life=None):
        """Keep (model, identity, code, reason, missing, unit, message) rows.

        What waited already under the same identity is replaced, and has been
        tried once more.  numbers are the {key: place} at which they were
        tried, if it is not the last one, life is that of the sender.
        """
        rows = {row[:2]: row for row in rows}
        known = {(row['model'], row['identity']): row
            for row in cls.waiting(place, peer)} if rows else {}
        now = dt.datetime.utcnow()
        tried = cls._last_position()
        new, old = [], []
        for key, (_, _, code, reason, missing, *rest) in rows.items():
            missing = json.dumps(sorted(missing))
            if key in known:
                attempts = known[key]['attempts'] + 1
            else:
                attempts = 1
            values = [code, reason, missing, *rest, attempts,
                numbers[key] if numbers else tried,
                cls.next_try.sql_format(
                    patience.next_try(now, attempts, code)), life]
            if key in known:
                old.append([known[key]['id'], *values])
            else:
                new.append([
                        peer, place, *key, *values, False,
                        cls.since.sql_format(now)])
        names = ['code', 'reason', 'missing', 'unit', 'message', 'attempts',
            'tried', 'next_try', 'life']
        bulk.update(cls, names, old)
        bulk.insert(cls, ['peer', 'place', 'model', 'identity', *names,
                'aside', 'since'], new)
        reach('quarantine.stored')

    @classmethod
    def hurry(cls, peer):
        "Try at once what waits at a hub, as its cause may have gone."
        table = cls.__table__()
        Transaction().connection.cursor().execute(*table.update(
                [table.next_try], [None],
                where=(table.peer == peer) & (table.place == 'hub')
                & (table.next_try != None)))  # noqa: E711

    @classmethod
    def release(cls, ids):
        "Forget what does not wait any more."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for part in parts(ids):
            cursor.execute(*table.delete(where=among(table.id, part)))

    def get_rec_name(self, name):
        return f'{self.model} {self.identity}'
