# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import SIGNATURE, reviewed


class Assessment(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.ses.assessment'
    sync_owners = ('patient',)
    sync_policy = reviewed('patient', 'fam_apgar_score', *SIGNATURE)
