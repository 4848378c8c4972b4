# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import reviewed


class TestType(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.lab.test_type'
    sync_mode = SyncMode.update


class Unit(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.lab.test.units'
    sync_mode = SyncMode.update


class TestRequest(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.lab.test'
    sync_owners = ('patient_id',)
    sync_policy = reviewed('patient_id', 'test_type', 'urgent', 'state')


class Result(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.lab'
    sync_owners = ('patient',)
    sync_policy = reviewed(
        'patient', 'test', 'results', 'diagnosis', 'pathology', 'state',
        'done_by', 'validated_by', 'validation_date')


class Criterion(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.lab.test.critearea'
    # A row is either a part of a type of test, for everybody, or one of a
    # result.  The type is no owner: whoever has it would get all the results.
    sync_mode = SyncMode.full
    sync_owners = ('gnuhealth_lab_id',)
    sync_policy = reviewed(
        'gnuhealth_lab_id', 'result', 'result_text', 'units', 'lower_limit',
        'upper_limit', 'normal_range', 'warning', 'excluded')

    @classmethod
    def get_unsync_domain(cls):
        return [('gnuhealth_lab_id', '=', None)]
