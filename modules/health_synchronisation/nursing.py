# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import SIGNATURE, reviewed


class AmbulatoryCare(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.ambulatory_care'
    sync_owners = ('patient',)
    sync_policy = reviewed('patient', 'evolution', 'warning', *SIGNATURE)


class AmbulatoryCareProcedure(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.ambulatory_care_procedure'
    sync_owners = ('ambcare',)
    sync_policy = reviewed('procedure')
