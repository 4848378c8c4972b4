# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta


class Institution(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.institution'
    unique_id_column = 'code'
    sync_mode = SyncMode.full


class InstitutionSpecialty(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.institution.specialties'
    sync_mode = SyncMode.full


class Specialty(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.specialty'
    sync_mode = SyncMode.update


class Professional(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.healthprofessional'
    sync_mode = SyncMode.full


class ProfessionalSpecialty(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.hp_specialty'
    sync_mode = SyncMode.full
