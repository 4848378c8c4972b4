# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncMixin


class Tally(SyncMixin, ModelSQL, ModelView):
    "Test Tally"
    __name__ = 'test_synchronisation.tally'
    unique_id_column = 'code'
    sync_sums = frozenset({'amount', 'weight'})

    code = fields.Char("Code", required=True)
    amount = fields.Integer("Amount")
    weight = fields.Numeric("Weight")
