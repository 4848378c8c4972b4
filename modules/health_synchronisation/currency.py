# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncMode
from trytond.pool import PoolMeta


class Currency(SyncMixin, metaclass=PoolMeta):
    __name__ = 'currency.currency'
    unique_id_column = 'code'
    sync_mode = SyncMode.none
