# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import TREATMENT, reviewed


class Prescription(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.prescription.order'
    # The login belongs to one database; healthprof tells the professional
    sync_local = {'user_id'}
    sync_owners = ('patient',)
    sync_policy = reviewed(
        'patient', 'state', 'healthprof', 'allergy_warning',
        'pregnancy_warning', 'prescription_warning_ack')


class PrescriptionLine(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.prescription.line'
    sync_owners = ('presc_order',)
    sync_policy = reviewed(
        *TREATMENT, 'duration', 'duration_period', 'infusion',
        'infusion_rate', 'infusion_rate_units', 'allow_substitution')


class Medication(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.medication'
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', *TREATMENT, 'duration', 'duration_period', 'infusion',
        'infusion_rate', 'infusion_rate_units', 'is_active', 'discontinued',
        'course_completed', 'adverse_reaction')
