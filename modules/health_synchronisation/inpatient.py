# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import SIGNATURE, TREATMENT, reviewed


class Registration(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.inpatient.registration'
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', 'bed', 'state', 'admission_reason', 'discharge_date',
        'discharge_dx', 'discharge_reason')


class BedTransfer(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.bed.transfer'
    sync_owners = ('registration',)


class TherapeuticDiet(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.diet.therapeutic'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class Diet(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.inpatient.diet'
    sync_owners = ('registration',)
    sync_policy = reviewed('registration', 'diet')


class Meal(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.inpatient.meal'
    # The kitchen of another site is of no use
    sync_owners = ('institution',)


class MealOrder(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.inpatient.meal.order'
    sync_owners = ('registration',)
    sync_policy = reviewed('registration', 'meal_warning', 'meal_warning_ack')


class MealOrderItem(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.inpatient.meal.order.item'
    sync_owners = ('meal_order',)


class Medication(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.inpatient.medication'
    sync_owners = ('registration',)
    sync_policy = reviewed(
        'registration', *TREATMENT, 'is_active', 'discontinued',
        'course_completed', 'adverse_reaction')


class AdministrationTime(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.inpatient.medication.admin_time'
    sync_owners = ('medication',)
    sync_policy = reviewed('medication', 'admin_time', 'dose', 'dose_unit')


class MedicationLog(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.inpatient.medication.log'
    sync_owners = ('medication',)
    sync_policy = reviewed('medication', 'admin_time', 'dose', 'dose_unit')


class Rounding(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.rounding'
    sync_owners = ('registration',)
    sync_policy = reviewed(
        'registration', 'evolution', 'warning', *SIGNATURE)


class RoundingProcedure(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.rounding_procedure'
    sync_owners = ('rounding',)
    sync_policy = reviewed('procedure')
