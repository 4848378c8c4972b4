# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.synchronisation import SyncMixin

from .pair import pair


class Composite(
        SyncMixin, pair('left.code', 'right.code'), ModelSQL, ModelView):
    "Test Composite"
    __name__ = 'test_synchronisation.composite'
    unique_id_column = 'pair'
    sync_key_fields = ('left', 'right')

    left = fields.Many2One(
        'test_synchronisation.keyed', "Left",
        ondelete='CASCADE', required=True)
    right = fields.Many2One(
        'test_synchronisation.keyed', "Right",
        ondelete='CASCADE', required=True)
    note = fields.Char("Note")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append(
            ('ends_unique', Unique(table, table.left, table.right),
                'test_synchronisation.msg_composite_unique'))
