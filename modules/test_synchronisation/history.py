# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncUUIDMixin


class History(SyncUUIDMixin, ModelSQL, ModelView):
    "Test History"
    __name__ = 'test_synchronisation.history'
    _history = True

    name = fields.Char("Name")
    amount = fields.Numeric("Amount", digits=(16, 2))
