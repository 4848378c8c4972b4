# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the instances drew for the places that they told."
from trytond.model import ModelSQL, Unique, fields
from trytond.tools import grouped_slice
from trytond.transaction import Transaction

from . import bulk


class Mark(ModelSQL):
    """Mark

    Each place that an instance tells has a random mark and names the one
    before.  Two marks after the same one are of two lives of a database.
    """
    __name__ = 'synchronisation.mark'

    instance = fields.Integer("Instance", required=True)
    former = fields.Char("Former Mark", required=True)
    mark = fields.Char("Mark", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('former_unique', Unique(table, table.instance, table.former),
                'synchronisation.msg_identity_unique'),
            ]

    @classmethod
    def after(cls, instance, formers):
        "Return {former: mark} of those that are known."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        known = {}
        for part in grouped_slice(formers):
            cursor.execute(*table.select(table.former, table.mark, where=(
                        (table.instance == instance)
                        & table.former.in_(list(part)))))
            known.update(cursor.fetchall())
        return known

    @classmethod
    def store(cls, instance, marks):
        "Keep (former, mark) of those that are not known."
        known = cls.after(instance, [former for former, _ in marks])
        bulk.insert(cls, ['instance', 'former', 'mark'], [
                [instance, former, mark] for former, mark in marks
                if former not in known])
