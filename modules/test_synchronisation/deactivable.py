# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import DeactivableMixin, ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncMixin


class Deactivable(SyncMixin, DeactivableMixin, ModelSQL, ModelView):
    "Test Deactivable"
    __name__ = 'test_synchronisation.deactivable'
    unique_id_column = 'code'

    code = fields.Char("Code", required=True)
    name = fields.Char("Name")
