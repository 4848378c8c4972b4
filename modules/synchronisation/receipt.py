# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the hub answered to the last push of an instance."
from trytond.model import ModelSQL, Unique, fields
from trytond.transaction import Transaction

from .failpoint import reach


class Receipt(ModelSQL):
    """Receipt

    The line may break before the answer comes; who asks for it needs not send
    the records again.
    """
    __name__ = 'synchronisation.receipt'

    instance = fields.Integer("Instance", required=True)
    push = fields.Char("Push", required=True)
    reply = fields.Text("Answer", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('instance_unique', Unique(table, table.instance),
                'synchronisation.msg_identity_unique'),
            ]

    @classmethod
    def keep(cls, instance, push, reply):
        "Keep the text of an answer instead of the last one."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.update(
                [table.push, table.reply], [push, reply],
                where=table.instance == instance))
        if not cursor.rowcount:
            cursor.execute(*table.insert(
                    [table.instance, table.push, table.reply],
                    [[instance, push, reply]]))
        reach('receipt.kept')

    @classmethod
    def find(cls, instance, push):
        "Return the text of the answer to a push, None if it is not the last."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(table.reply, where=(
                    (table.instance == instance) & (table.push == push))))
        row = cursor.fetchone()
        return row and row[0]
