# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import reviewed


class DietBelief(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.diet.belief'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class VegetarianType(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.vegetarian_types'
    sync_mode = SyncMode.update


class Drug(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.drugs_recreational'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class PatientDrug(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.recreational_drugs'
    sync_owners = ('patient',)
    sync_key_fields = ('patient', 'recreational_drug')


class Cage(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.cage'
    sync_owners = ('patient',)
    sync_policy = reviewed('patient', 'cage_score')
