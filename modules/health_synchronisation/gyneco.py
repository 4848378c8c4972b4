# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import reviewed


class Pregnancy(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.pregnancy'
    # The number is what the woman told: it may be another pregnancy.  The
    # second one with a number waits in quarantine until somebody numbers it.
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', 'gravida', 'current_pregnancy', 'warning', 'lmp',
        'fetuses', 'monozygotic', 'pregnancy_end_date',
        'pregnancy_end_result')


class PrenatalEvaluation(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.prenatal.evaluation'
    sync_owners = ('pregnancy', 'evaluation')
    sync_policy = reviewed(
        'pregnancy', 'hypertension', 'preeclampsia', 'diabetes',
        'placenta_previa', 'vasa_previa', 'invasive_placentation')


class Perinatal(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.perinatal'
    sync_owners = ('pregnancy',)
    sync_policy = reviewed(
        'pregnancy', 'abortion', 'stillbirth', 'abruptio_placentae',
        'placenta_incomplete', 'placenta_retained')


class PerinatalMonitor(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.perinatal.monitor'
    sync_owners = ('perinatal',)


class PuerperiumMonitor(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.puerperium.monitor'
    sync_owners = ('pregnancy',)


class PregnancyResult(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.pregnancy.result'
    sync_owners = ('pregnancy',)
    sync_policy = reviewed('pregnancy', 'newborn', 'result', 'delivery_mode')


class MenstrualHistory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.menstrual_history'
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed('lmp')


class PapHistory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.pap_history'
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed('patient', 'result')


class MammographyHistory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.mammography_history'
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed('patient', 'result')


class ColposcopyHistory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.colposcopy_history'
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed('patient', 'result')
