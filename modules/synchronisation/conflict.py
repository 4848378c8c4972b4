# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What two instances decided differently."
import hashlib
import json

from sql import Column

from trytond.i18n import gettext
from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import bulk, decision, restore, wire, words
from .among import among, parts
from .capture import WRITE, Buffer, hold_transaction
from .decision import KEPT, OPEN, TAKEN
from .exceptions import ConflictError
from .failpoint import reach
from .field import Position, Wide

# The fields that travel
NAMES = ['name', 'model', 'identity', 'field', 'loser', 'winner', 'loser_by',
    'loser_time', 'winner_by', 'winner_time', 'why']


class Conflict(ModelSQL, ModelView):
    "Synchronisation Conflict"
    __name__ = 'synchronisation.conflict'

    name = fields.Char(
        "Name", required=True, readonly=True,
        help="The same at every instance that knows the conflict.")
    model = fields.Char("Model", required=True, readonly=True)
    identity = fields.Char("Identity", required=True, readonly=True)
    field = fields.Char("Field", readonly=True)
    loser = fields.Text(
        "Other Value", readonly=True,
        help="The value that was not kept, as it travels.")
    winner = fields.Text("Value Kept", readonly=True)
    loser_by = fields.Many2One(
        'synchronisation.author', "Other Author", readonly=True)
    loser_time = Wide("Other Time", readonly=True)
    winner_by = fields.Many2One(
        'synchronisation.author', "Author Kept", readonly=True)
    winner_time = Wide("Time Kept", readonly=True)
    why = fields.Char("Reason", required=True, readonly=True)
    place = Position("Place", required=True, readonly=True)
    state = fields.Selection([
            (OPEN, "Open"),
            (KEPT, "Kept"),
            (TAKEN, "Other Taken"),
            ], "State", required=True, readonly=True, sort=False)
    decisions = fields.Text(
        "Decisions", readonly=True,
        help="Who decided what, and when; the first closed the conflict.")
    pending = fields.Boolean(
        "Pending", readonly=True,
        help="The hub does not know all of it yet.")
    record_name = fields.Function(fields.Char("Record"), 'get_words')
    field_name = fields.Function(fields.Char("Field Name"), 'get_words')
    winner_words = fields.Function(fields.Text("Value Kept"), 'get_words')
    loser_words = fields.Function(fields.Text("Other Value"), 'get_words')
    decided = fields.Function(fields.Text("Decided"), 'get_words')

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons.update({
                'keep': {
                    'invisible': Eval('state') != OPEN,
                    'depends': ['state'],
                    },
                'take': {
                    'invisible': Eval('state') != OPEN,
                    'depends': ['state'],
                    },
                })
        table = cls.__table__()
        cls._sql_indexes |= {
            Index(table, (table.place, Index.Range())),
            Index(table, (table.name, Index.Equality())),
            Index(
                table, (table.model, Index.Equality()),
                (table.identity, Index.Equality())),
            Index(
                table, (table.name, Index.Equality()),
                where=table.pending == True),  # noqa: E712
            }

    @classmethod
    def default_state(cls):
        return OPEN

    @classmethod
    @ModelView.button
    def keep(cls, conflicts):
        "Close conflicts: what was kept stays."
        cls._decide(conflicts, KEPT)

    @classmethod
    @ModelView.button
    def take(cls, conflicts):
        """Close conflicts with the other value, or the other decision.

        It is written as the user, and so an edit like any other.
        """
        for conflict in conflicts:
            if conflict.state != OPEN:
                raise ConflictError(gettext(
                        'synchronisation.msg_conflict_decided',
                        conflict=conflict.rec_name))
            if conflict.field:
                restore.write(conflict.model, conflict.identity, {
                        conflict.field: json.loads(conflict.loser)})
            else:
                restore.delete(conflict.model, conflict.identity)
        cls._decide(conflicts, TAKEN)

    @classmethod
    def _decide(cls, conflicts, name):
        "Note a decision; the next fold gives it its author and its place."
        conflicts = [c for c in conflicts if c.state == OPEN]
        hold_transaction()
        for conflict in conflicts:
            Buffer.get().add(cls.__name__, conflict.id, WRITE, {name})
        cls.write(conflicts, {'state': name})

    @classmethod
    def store(cls, found, place, pending=False):
        """Keep conflicts that came up here, dictionaries of describe().

        A repeat, which has the same name, is not kept twice.
        """
        known = cls.load([row['name'] for row in found])
        cls.keep_rows([
                {**row, 'decisions': [], 'pending': pending}
                for row in {row['name']: row for row in found}.values()
                if row['name'] not in known], place)

    @classmethod
    def keep_rows(cls, rows, place):
        "Store conflicts, new ones and changed ones, at a place of the feed."
        names = ['place', 'state', 'decisions', 'pending']
        new, old = [], []
        for row in rows:
            values = [place, decision.state(row['decisions']),
                json.dumps(row['decisions']), row['pending']]
            if 'id' in row:
                old.append([row['id'], *values])
            else:
                new.append([row[name] for name in NAMES] + values)
        bulk.update(cls, names, old)
        bulk.insert(cls, NAMES + names, new)
        reach('conflicts.stored')

    @classmethod
    def load(cls, names):
        "Return {name: conflict} of those that are here."
        table = cls.__table__()
        return {row['name']: row for part in parts(names)
            for row in cls._select(table, among(table.name, part))}

    @classmethod
    def read_rows(cls, ids):
        "Return the conflicts of local ids."
        table = cls.__table__()
        return [row for part in parts(ids)
            for row in cls._select(table, among(table.id, part))]

    @classmethod
    def between(cls, after, upto):
        "Return the conflicts placed in (after, upto]."
        table = cls.__table__()
        return cls._select(
            table, (table.place > after) & (table.place <= upto))

    @classmethod
    def open_of(cls, keys):
        "Return the open conflicts of the records (model, identity)."
        keys = set(keys)
        table = cls.__table__()
        return [row
            for part in parts([identity for _, identity in keys])
            for row in cls._select(table, (table.state == OPEN)
                & among(table.identity, part))
            if (row['model'], row['identity']) in keys]

    @classmethod
    def open_for(cls, model, why):
        "Return the open conflicts of a model that have a reason."
        table = cls.__table__()
        return cls._select(table, (table.model == model)
            & (table.state == OPEN) & (table.why == why))

    @classmethod
    def unsent(cls, limit):
        "Return some of the conflicts of which the hub does not know all."
        table = cls.__table__()
        return cls._select(
            table, table.pending == True, limit)  # noqa: E712

    @classmethod
    def offer_again(cls):
        "Let the hub be told of all the conflicts again."
        table = cls.__table__()
        Transaction().connection.cursor().execute(
            *table.update([table.pending], [True]))

    @classmethod
    def settle(cls, names):
        "Note that the hub knows all of these conflicts."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for part in parts(names):
            cursor.execute(*table.update(
                    [table.pending], [False],
                    where=among(table.name, part)))

    @classmethod
    def _select(cls, table, where, limit=None):
        names = ['id', *NAMES, 'decisions', 'pending']
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                *(Column(table, name) for name in names),
                where=where, order_by=table.id, limit=limit))
        rows = [dict(zip(names, row)) for row in cursor]
        for row in rows:
            row['decisions'] = json.loads(row['decisions'] or '[]')
            row['pending'] = bool(row['pending'])
        return rows

    @classmethod
    def get_words(cls, conflicts, names):
        result = {name: {} for name in names}
        for conflict in conflicts:
            for name in names:
                result[name][conflict.id] = getattr(
                    conflict, f'_{name}')()
        return result

    def _record_name(self):
        return words.record(self.model, self.identity)

    def _field_name(self):
        return words.field(self.model, self.field) if self.field else None

    def _winner_words(self):
        return self._value(self.winner)

    def _loser_words(self):
        return self._value(self.loser)

    def _value(self, text):
        if self.field:
            return words.value(self.model, self.field, json.loads(text))

    def _decided(self):
        Author = Pool().get('synchronisation.author')
        return '\n'.join(
            gettext(f'synchronisation.msg_conflict_{name}',
                author=Author(author).rec_name, time=words.time(time))
            for name, author, time in json.loads(self.decisions or '[]'))

    def get_rec_name(self, name):
        return f'{self.model} {self.field or ""}'.strip()


def describe(key, conflict, number, link, version):
    """Return a conflict of merge.py as the fields of the model.

    Its name is made of what both ends know: the record, the field, the
    change that was pushed, link being the line of its record, and the version
    it met.
    """
    text = json.dumps([*key, conflict.name, link, number, version])
    loser_by, loser_time = conflict.loser_by or [None, None]
    winner_by, winner_time = conflict.winner_by or [None, None]
    return {
        'name': hashlib.sha256(text.encode()).hexdigest()[:32],
        'model': key[0],
        'identity': key[1],
        'field': conflict.name,
        'loser': json.dumps(conflict.loser, ensure_ascii=False),
        'winner': json.dumps(conflict.winner, ensure_ascii=False),
        'loser_by': loser_by,
        'loser_time': loser_time,
        'winner_by': winner_by,
        'winner_time': winner_time,
        'why': conflict.why,
        }


def tell(rows, authors):
    "Return conflicts as a message carries them."
    return [[
            row['name'], row['model'], row['identity'], row['field'],
            row['loser'], row['winner'],
            *authors.pack(row['loser_by']
                and [row['loser_by'], row['loser_time']]),
            *authors.pack(row['winner_by']
                and [row['winner_by'], row['winner_time']]),
            row['why'], *_tell_decisions(row['decisions'], authors)]
        for row in rows]


def _tell_decisions(decisions, authors):
    if decisions:
        yield [[name, *authors.pack([author, time])]
            for name, author, time in decisions]


def hear(rows, authors):
    """Return the conflicts of a message, checked for their form.

    authors are the local ids of its list.
    """
    wire.expect(isinstance(rows, list), 'conflicts')
    return [_hear(values, authors) for values in rows]


def values(rows):
    "Yield (model, identity, {field: value}) of conflicts, for each value."
    for row in rows:
        for kind in ['loser', 'winner']:
            try:
                value = json.loads(row[kind])
            except (ValueError, RecursionError):
                continue
            yield row['model'], row['identity'], {row['field']: value}


def _hear(values, authors):
    wire.expect(isinstance(values, list)
        and len(NAMES) <= len(values) <= len(NAMES) + 1, 'conflict')
    row = dict(zip(NAMES, values))
    for name in ['name', 'model', 'identity', 'loser', 'winner', 'why']:
        wire.expect(isinstance(row[name], str) and row[name], name)
    wire.expect(isinstance(row['field'], (str, type(None))), 'field')
    for kind in ['loser', 'winner']:
        author, time = row[f'{kind}_by'], row[f'{kind}_time']
        if author is not None:
            row[f'{kind}_by'] = _author(author, time, authors)
        else:
            wire.expect(time is None, 'time')
    row['decisions'] = [
        _hear_decision(values, authors)
        for values in (values[len(NAMES)] if values[len(NAMES):] else [])]
    return row


def _hear_decision(values, authors):
    wire.expect(isinstance(values, list) and len(values) == 3
        and values[0] in [KEPT, TAKEN], 'decision')
    name, author, time = values
    return [name, _author(author, time, authors), time]


def _author(author, time, authors):
    wire.expect(type(author) is int and 0 <= author < len(authors)
        and wire.is_time(time), 'author')
    return authors[author]
