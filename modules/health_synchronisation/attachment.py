# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import PoolMeta


class Attachment(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'ir.attachment'
    sync_owners = ('resource',)


class Note(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'ir.note'
    sync_owners = ('resource',)
