# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import reviewed


class TestType(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.imaging.test.type'
    sync_mode = SyncMode.update


class Test(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.imaging.test'
    sync_mode = SyncMode.update


class TestRequest(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.imaging.test.request'
    sync_owners = ('patient',)
    sync_policy = reviewed('patient', 'requested_test', 'urgent', 'state')


class TestResult(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.imaging.test.result'
    sync_owners = ('patient', 'request')
    sync_policy = reviewed('patient', 'requested_test', 'comment')
