# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncMixin


class Counter(SyncMixin, ModelSQL, ModelView):
    "Test Counter"
    __name__ = 'test_synchronisation.counter'
    unique_id_column = 'code'

    code = fields.Char("Code", required=True)
    amount = fields.Integer("Amount", required=True)

    @classmethod
    def default_amount(cls):
        return 0
