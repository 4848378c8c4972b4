# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import PoolMeta

from . import medication, patient
from .policy import SIGNATURE, reviewed


class Newborn(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.newborn'
    # The mother is none: who has a grown child would get all her records
    sync_owners = ('patient',)
    # A person is born once
    sync_key_fields = ('patient',)
    sync_policy = reviewed(
        'patient', 'mother', 'sex', 'birth_date', 'weight', 'bd', 'cod',
        'tod', 'died_at_delivery', 'died_at_the_hospital',
        'died_being_transferred', *SIGNATURE)


class Apgar(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.neonatal.apgar'
    sync_owners = ('newborn',)
    sync_policy = reviewed('newborn', 'apgar_minute', 'apgar_score')


class SymptomChecklist(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.psc'
    # The login belongs to one database
    sync_local = {'user_id'}
    sync_owners = ('patient',)
    sync_policy = reviewed('patient', 'psc_total')


class Disease(metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.disease'
    sync_owners = patient.Disease.sync_owners + ('newborn_id',)


class Medication(metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.medication'
    sync_owners = medication.Medication.sync_owners + ('newborn_id',)
