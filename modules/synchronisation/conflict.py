# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What two instances decided differently."
import hashlib
import json

from sql import Column

from trytond.model import Index, ModelSQL, ModelView, fields
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import bulk
from .field import Position

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
    loser_time = fields.Integer("Other Time", readonly=True)
    winner_by = fields.Many2One(
        'synchronisation.author', "Author Kept", readonly=True)
    winner_time = fields.Integer("Time Kept", readonly=True)
    why = fields.Char("Reason", required=True, readonly=True)
    place = Position("Place", required=True, readonly=True)
    state = fields.Selection([
            ('open', "Open"),
            ('closed', "Closed"),
            ], "State", required=True, sort=False)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_indexes |= {
            Index(table, (table.place, Index.Range())),
            Index(table, (table.name, Index.Equality())),
            Index(
                table, (table.model, Index.Equality()),
                (table.identity, Index.Equality())),
            }

    @classmethod
    def default_state(cls):
        return 'open'

    @classmethod
    def store(cls, found, place):
        """Keep conflicts, dictionaries of the fields but place and state.

        A repeat, which has the same name, is not kept twice.
        """
        known = cls._known([c['name'] for c in found])
        rows = {c['name']: c for c in found if c['name'] not in known}
        bulk.insert(cls, NAMES + ['place', 'state'], [
                [row[name] for name in NAMES] + [place, 'open']
                for row in rows.values()])
        return list(rows.values())

    @classmethod
    def _known(cls, names):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        known = set()
        for part in grouped_slice(names):
            cursor.execute(*table.select(
                    table.name, where=table.name.in_(list(part))))
            known.update(name for name, in cursor)
        return known

    @classmethod
    def between(cls, after, upto):
        "Return the conflicts placed in (after, upto], as dictionaries."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                *(Column(table, name) for name in NAMES),
                where=(table.place > after) & (table.place <= upto)))
        return [dict(zip(NAMES, row)) for row in cursor]

    def get_rec_name(self, name):
        return f'{self.model} {self.field or ""}'.strip()


def describe(key, conflict, number, link, version):
    """Return a conflict of merge.py as the fields of the model.

    Its name is made of what both ends know: the record, the field, the
    change that was pushed and the version it met.
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
            row['why']] for row in rows]


def hear(rows, authors):
    """Return the conflicts of a message.

    authors are the local ids of its list.
    """
    found = []
    for values in rows:
        row = dict(zip(NAMES, values))
        for name in ['loser_by', 'winner_by']:
            if row[name] is not None:
                row[name] = authors[row[name]]
        found.append(row)
    return found
