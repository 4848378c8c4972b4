# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import SIGNATURE, reviewed


class Patient(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient'
    sync_urgent = True
    unique_id_column = 'puid'
    sync_key_fields = ('party',)
    sync_owners = ('party',)
    sync_policy = reviewed(
        'party', 'biological_sex', 'blood_type', 'rh', 'hb', 'critical_info',
        'crit_allergic', 'crit_cancer', 'crit_cardio', 'crit_cognitive',
        'crit_dbt', 'crit_hbp', 'crit_immuno', 'crit_mental',
        'crit_nutrition', 'crit_social')


class Disease(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.disease'
    sync_urgent = True
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', 'pathology', 'is_active', 'status', 'is_allergy',
        'allergy_type', 'disease_severity', 'is_infectious',
        'pregnancy_warning')


class FamilyDisease(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.family.diseases'
    sync_owners = ('patient',)
    sync_policy = reviewed('disease', 'relative', 'xory')


class Vaccination(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.vaccination'
    # A first dose given at two clinics is two doses: the second one waits in
    # quarantine until somebody numbers it
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', 'vaccine', 'dose', 'date', 'amount', 'admin_route',
        *SIGNATURE)


class Appointment(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.appointment'
    sync_owners = ('patient',)
    sync_place = 'institution'


class Procedure(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.procedure'
    sync_owners = ('patient',)
    sync_policy = reviewed('patient', 'procedure')


class Electrocardiogram(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.ecg'
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', 'rhythm', 'st_segment', 'interpretation')
