# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import reviewed


class PaperArchive(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.paper_archive'
    # Two clinics may each have a folder of one patient; the second waits in
    # quarantine, as GNU Health takes only one
    sync_owners = ('patient',)
    sync_policy = reviewed('patient', 'current_location', 'hc_status')
