# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncUUIDMixin


class CycleA(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Cycle A"
    __name__ = 'test_synchronisation.cycle_a'

    name = fields.Char("Name")
    b = fields.Many2One(
        'test_synchronisation.cycle_b', "B", ondelete='SET NULL')


class CycleB(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Cycle B"
    __name__ = 'test_synchronisation.cycle_b'

    name = fields.Char("Name")
    a = fields.Many2One(
        'test_synchronisation.cycle_a', "A",
        ondelete='CASCADE', required=True)
