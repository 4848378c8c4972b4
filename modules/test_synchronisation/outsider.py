# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncUUIDMixin


class Outsider(ModelSQL, ModelView):
    "Test Outsider"
    __name__ = 'test_synchronisation.outsider'

    name = fields.Char("Name", required=True)


class Insider(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Insider"
    __name__ = 'test_synchronisation.insider'

    name = fields.Char("Name")
    outsider = fields.Many2One(
        'test_synchronisation.outsider', "Outsider", ondelete='SET NULL',
        help="A record that does not travel.")
