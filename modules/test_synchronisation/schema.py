# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import DictSchemaMixin, ModelSQL, ModelView
from trytond.modules.synchronisation import SyncMixin, SyncMode


class Schema(SyncMixin, DictSchemaMixin, ModelSQL, ModelView):
    "Test Schema"
    __name__ = 'test_synchronisation.schema'
    unique_id_column = 'name'
    sync_mode = SyncMode.update
