# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta


class Patient(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient'
    unique_id_column = 'puid'
    sync_owners = ('party',)


class Disease(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.disease'
    sync_owners = ('patient',)


class Vaccination(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.vaccination'
    sync_owners = ('patient',)


class Appointment(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.appointment'
    sync_owners = ('patient',)


class Pathology(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.pathology'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class PathologyCategory(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.pathology.category'
    unique_id_column = 'name'
    sync_mode = SyncMode.update


class Procedure(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.procedure'
    sync_mode = SyncMode.update


class Ethnicity(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.ethnicity'
    unique_id_column = 'code'
    sync_mode = SyncMode.update
