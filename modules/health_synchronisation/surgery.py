# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import SIGNATURE, reviewed


class Protocol(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.surgery.protocol'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class Surgery(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.surgery'
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', 'main_procedure', 'surgical_intervention', 'laterality',
        'pathology', 'postoperative_dx', 'anesthesia_type', 'surgery_date',
        *SIGNATURE)


class Operation(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.operation'
    sync_owners = ('surgery',)
    sync_policy = reviewed('procedure')


class Complication(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.surgery.complication'
    sync_owners = ('surgery',)
    sync_policy = reviewed('complication', 'severity')


class Drain(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.surgery.drain'
    sync_owners = ('surgery',)
    sync_policy = reviewed('drain')


class Supply(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.surgery_supply'
    # What was counted out and what was used must agree before the wound is
    # closed, so it is not added up
    sync_owners = ('surgery',)
    sync_policy = reviewed('supply', 'qty', 'qty_used')


class TeamMember(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.surgery_team'
    sync_owners = ('surgery',)


class PreoperativeAssessment(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.preoperative_assessment'
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', 'critical_info', 'preop_asa', 'preop_bleeding_risk',
        'preop_mallampati', 'needs_blood_reserve', 'no_anesthesia',
        'surgical_decision')


class CardiacRisk(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.rcri'
    sync_owners = ('patient',)
    sync_policy = reviewed('patient', 'rcri_class', 'rcri_total')


class Schedule(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.or.schedule'
    # A room is also reserved for nobody's surgery: that stays with who did
    sync_owners = ('patient', 'surgery')
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', 'surgery', 'oproom', 'reserve_from', 'reserve_to')
