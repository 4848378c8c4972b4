# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The positions of this database, and which database it is."
import json
import secrets
import uuid

from trytond.model import ModelSQL, fields
from trytond.transaction import Transaction

from .field import Position
from .protocol import EPOCH, epoch_of, first_position

# A database that takes the number of a lost one must not look like it
FIRST_EPOCHS = 1 << 20


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
    models = fields.Text("Models Enrolled", required=True)

    @classmethod
    def read_clock(cls):
        "Return the Time of this database, made when there is none."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.database, table.position, table.identities,
                table.history, table.models))
        row = cursor.fetchone()
        if row is None:
            row = (str(uuid.uuid4()), first_position(
                    1 + secrets.randbelow(FIRST_EPOCHS)), 0, '[]',
                '[]')
            cursor.execute(*table.insert([
                        table.id, table.database, table.position,
                        table.identities, table.history, table.models],
                    [[1, *row]]))
        return Time(*row)

    @classmethod
    def write_clock(cls, time):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.update(
                [table.position, table.identities, table.models], [
                    time.position, time.identities,
                    json.dumps(sorted(time.models))]))


class Time:
    "The position reached, and what is counted with it."

    def __init__(self, database, position, identities, history, models):
        self.database = database
        self.position = position
        self.identities = identities
        self.history = json.loads(history)
        self.models = set(json.loads(models))

    @property
    def epoch(self):
        return epoch_of(self.position)

    def next(self, count=1):
        "Give count positions and return the first of them."
        first = self.position + 1
        self.position += count
        assert first // EPOCH == self.position // EPOCH
        return first

    def identity(self, instance):
        "Return a new identity for a record without a uuid."
        self.identities += 1
        return f'{instance}.{self.epoch}.{self.identities}'
