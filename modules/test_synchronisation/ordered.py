# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields, sequence_ordered
from trytond.modules.synchronisation import SyncUUIDMixin


class Ordered(SyncUUIDMixin, sequence_ordered(), ModelSQL, ModelView):
    "Test Ordered"
    __name__ = 'test_synchronisation.ordered'

    name = fields.Char("Name")
