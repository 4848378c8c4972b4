# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncUUIDMixin


class Optional(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Optional Reference"
    __name__ = 'test_synchronisation.optional'

    name = fields.Char("Name")
    keyed = fields.Many2One(
        'test_synchronisation.keyed', "Keyed", ondelete='SET NULL')


class Restricted(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Restricted Reference"
    __name__ = 'test_synchronisation.restricted'

    name = fields.Char("Name")
    keyed = fields.Many2One(
        'test_synchronisation.keyed', "Keyed",
        ondelete='RESTRICT', required=True)
