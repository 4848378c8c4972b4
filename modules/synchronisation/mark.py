# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the instances drew for the places that they told."
from trytond import backend
from trytond.model import Index, ModelSQL, Unique, fields
from trytond.transaction import Transaction

from . import bulk
from .failpoint import reach
from .field import Position


class Mark(ModelSQL):
    """Mark

    Each place that an instance tells has a random mark and names the one
    before.  Two marks after the same one are of two lives of a database.
    """
    __name__ = 'synchronisation.mark'

    instance = fields.Integer("Instance", required=True)
    place = Position("Place", required=True)
    former = fields.Char("Former Mark", required=True)
    mark = fields.Char("Mark", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('place_unique', Unique(table, table.instance, table.place),
                'synchronisation.msg_identity_unique'),
            ]
        if backend.name == 'sqlite':
            # Elsewhere the constraint has one
            cls._sql_indexes.add(Index(
                    table, (table.instance, Index.Equality()),
                    (table.place, Index.Range())))

    @classmethod
    def between(cls, instance, after, before):
        "Return the (place, former mark, mark) with places between two."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.place, table.former, table.mark, where=(
                    (table.instance == instance)
                    & (table.place > after) & (table.place < before))))
        return cursor.fetchall()

    @classmethod
    def store(cls, instance, steps):
        "Keep (place, former mark, mark) of those that are not known."
        if not steps:
            return
        places = [place for place, _, _ in steps]
        known = {place for place, _, _ in cls.between(
                instance, places[0] - 1, places[-1] + 1)}
        bulk.insert(cls, ['instance', 'place', 'former', 'mark'], [
                [instance, *step] for step in steps if step[0] not in known])
        reach('marks.stored')
