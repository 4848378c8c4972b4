# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncMode
from trytond.pool import PoolMeta


class Country(SyncMixin, metaclass=PoolMeta):
    __name__ = 'country.country'
    unique_id_column = 'code'
    sync_mode = SyncMode.none


class Subdivision(SyncMixin, metaclass=PoolMeta):
    __name__ = 'country.subdivision'
    unique_id_column = 'code'
    sync_mode = SyncMode.none
