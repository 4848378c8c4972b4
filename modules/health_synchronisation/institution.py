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
    sync_key_fields = ('institution', 'specialty')


class InstitutionSector(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.institution.operationalsector'
    sync_mode = SyncMode.full
    sync_key_fields = ('institution', 'operational_sector')


class OperationalArea(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.operational_area'
    unique_id_column = 'name'
    sync_mode = SyncMode.full


class OperationalSector(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.operational_sector'
    sync_mode = SyncMode.full
    sync_key_fields = ('name', 'operational_area')


class Building(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.hospital.building'
    sync_mode = SyncMode.full
    sync_key_fields = ('institution', 'code')


class Unit(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.hospital.unit'
    sync_mode = SyncMode.full
    sync_key_fields = ('institution', 'code')


class Ward(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.hospital.ward'
    sync_mode = SyncMode.full
    sync_key_fields = ('institution', 'name')


class OperatingRoom(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.hospital.or'
    sync_mode = SyncMode.full
    sync_key_fields = ('institution', 'name')


class Bed(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.hospital.bed'
    # Its state changes with every patient, which is of no use to other sites
    sync_owners = ('institution',)
    sync_key_fields = ('institution', 'product')


class Specialty(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.specialty'
    sync_mode = SyncMode.update


class Professional(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.healthprofessional'
    sync_mode = SyncMode.full
    sync_key_fields = ('party',)


class ProfessionalSpecialty(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.hp_specialty'
    sync_mode = SyncMode.full
    sync_key_fields = ('healthprof', 'specialty')
