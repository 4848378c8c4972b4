# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncMixin


class Translated(SyncMixin, ModelSQL, ModelView):
    "Test Translated"
    __name__ = 'test_synchronisation.translated'
    unique_id_column = 'code'

    code = fields.Char("Code", required=True)
    name = fields.Char("Name", required=True, translate=True)
    description = fields.Text("Description", translate=True)
