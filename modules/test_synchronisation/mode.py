# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncMixin, SyncMode


class ModeMixin:
    __slots__ = ()

    code = fields.Char("Code", required=True)
    name = fields.Char("Name")


class ModeNone(SyncMixin, ModeMixin, ModelSQL, ModelView):
    "Test Mode None"
    __name__ = 'test_synchronisation.mode_none'
    unique_id_column = 'code'
    sync_mode = SyncMode.none


class ModeUpdate(SyncMixin, ModeMixin, ModelSQL, ModelView):
    "Test Mode Update"
    __name__ = 'test_synchronisation.mode_update'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class ModePushUpdate(SyncMixin, ModeMixin, ModelSQL, ModelView):
    "Test Mode Push Update"
    __name__ = 'test_synchronisation.mode_push_update'
    unique_id_column = 'code'
    sync_mode = SyncMode.push_update


class ModeFull(SyncMixin, ModeMixin, ModelSQL, ModelView):
    "Test Mode Full"
    __name__ = 'test_synchronisation.mode_full'
    unique_id_column = 'code'
    sync_mode = SyncMode.full


class ModeDefault(SyncMixin, ModeMixin, ModelSQL, ModelView):
    "Test Mode Default"
    __name__ = 'test_synchronisation.mode_default'
    unique_id_column = 'code'
    sync_mode = SyncMode.default

    none = fields.Many2One('test_synchronisation.mode_none', "None")
    update = fields.Many2One('test_synchronisation.mode_update', "Update")
