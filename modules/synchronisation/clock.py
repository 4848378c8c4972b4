# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The positions of this database, and which database it is."
import json
import secrets
import uuid

from trytond.model import ModelSQL, fields
from trytond.transaction import Transaction

from .failpoint import reach
from .field import Position
from .protocol import EPOCH, epoch_of, first_position

# A database that takes the number of a lost one must not look like it
FIRST_EPOCHS = 1 << 20
# How many marks are kept at either end of those not acknowledged
MARKS = 100
# How far two lives from one backup lie apart, mostly
LEAP = 1 << 14


class Clock(ModelSQL):
    """Position

    One row, written only by who holds the lock of the positions (lock.py);
    its table is that lock on PostgreSQL.
    """
    __name__ = 'synchronisation.clock'

    database = fields.Char(
        "Database", required=True,
        help="Tells two databases with the same instance number apart.")
    position = Position("Position", required=True)
    identities = Position("Identities Given", required=True)
    history = fields.Text("Former Epochs", required=True)
    models = fields.Text("Models and Fields", required=True)
    marks = fields.Text(
        "Marks", required=True,
        help="What was drawn for the last places that were told to a hub.")

    @classmethod
    def read_clock(cls):
        "Return the Time of this database, made when there is none."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.database, table.position, table.identities,
                table.history, table.models, table.marks))
        row = cursor.fetchone()
        if row is None:
            row = (str(uuid.uuid4()), first_position(
                    1 + secrets.randbelow(FIRST_EPOCHS)), 0, '[]',
                '{}', '[]')
            cursor.execute(*table.insert([
                        table.id, table.database, table.position,
                        table.identities, table.history, table.models,
                        table.marks],
                    [[1, *row]]))
        return Time(*row)

    @classmethod
    def write_clock(cls, time):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.update(
                [table.position, table.identities, table.history,
                    table.models, table.marks], [
                    time.position, time.identities, json.dumps(time.history),
                    json.dumps(time.models, sort_keys=True),
                    json.dumps(time.marks)]))
        reach('clock.written')


class Time:
    """The position reached, and what is counted with it.

    history has the last position of each former life, marks [position, mark]
    of the place that the hub acknowledged last and of those told since.
    """

    def __init__(
            self, database, position, identities, history, models, marks):
        self.database = database
        self.position = position
        self.identities = identities
        self.history = json.loads(history)
        # {model: names of the fields that travel} as of the last fold
        self.models = json.loads(models)
        self.marks = json.loads(marks)
        # Another life of this database gives the same numbers
        self.seed = secrets.token_hex(4)

    @property
    def epoch(self):
        return epoch_of(self.position)

    def next(self, count=1):
        "Give count positions and return the first of them."
        first = self.position + 1
        self.position += count
        assert first // EPOCH == self.position // EPOCH
        return first

    def mark(self):
        """Return the marks to tell, the last one of the present place.

        Two lives of one database draw different marks after the same one,
        which proves that one of them began with a backup of the other.
        """
        if not self.marks:
            self.marks = [[first_position(self.epoch), '']]
        if self.marks[-1][0] != self.position:
            # After so many messages without an answer the middle goes
            del self.marks[MARKS:-MARKS]
            self.marks.append([self.position, secrets.token_hex(6)])
        return self.told()

    def told(self):
        """Return [[place, mark]] of what was told, the acknowledged one first.

        The places are those within the epoch.
        """
        first = first_position(self.epoch)
        return [[place - first, mark] for place, mark in self.marks] or [
            [0, '']]

    def last_common(self, has_hub):
        """Return the last place that a lost life surely has as well.

        What the hub did not acknowledge, told or not, may be of a life that
        is lost, too, of which nobody said anything, and the hub may know that
        place from another one.  Who tells nobody has all of it in common.
        """
        if not has_hub:
            return self.position
        return self.marks[0][0] if self.marks else first_position(self.epoch)

    def last_mark(self):
        return self.told()[-1][1]

    def has_asked(self, reply):
        "Whether this life, or one before it, asked for an answer."
        mark = reply.get('mark')
        # A life that has told no mark yet has that of every other one
        return any(name == mark for _, name in self.marks) and (
            bool(mark) or reply.get('epoch') == self.epoch)

    def acknowledge(self, mark):
        "Forget the marks before one that the hub has."
        names = [name for _, name in self.marks]
        if mark in names:
            del self.marks[:names.index(mark)]

    def place_of(self, mark):
        "Return the position of a mark, that before the first if unknown."
        return dict((name, position) for position, name in self.marks).get(
            mark, first_position(self.epoch))

    def begin_epoch(self, common, above=0):
        """Begin a new life after a position; return by how much others move.

        What has a position above common gets it anew, so that nothing is
        numbered twice.  above is the latest life that others know of.
        """
        epoch = max(self.epoch, above) + 1 + self.leap()
        self.history.append(common)
        shift = first_position(epoch) - common
        self.position += shift
        self.marks = []
        return shift

    def leap(self):
        "Return by how much two lives from one backup differ in their epochs."
        return secrets.randbelow(LEAP)

    def identity(self, instance):
        "Return a new identity for a record without a uuid."
        self.identities += 1
        return f'{instance}.{self.seed}.{self.identities}'
