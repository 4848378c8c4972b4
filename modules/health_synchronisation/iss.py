# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import reviewed


class InjuryReport(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.iss'
    sync_owners = ('evaluation',)
    sync_policy = reviewed(
        'evaluation', 'injury_type', 'disposition', 'victim_perpetrator',
        'violence_circumstances')
