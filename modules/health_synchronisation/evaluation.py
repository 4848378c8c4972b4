# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import SIGNATURE, reviewed


class Evaluation(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.evaluation'
    # The login belongs to one database; signed_by tells the professional
    sync_local = {'user_id'}
    sync_owners = ('patient',)
    sync_place = 'institution'
    sync_policy = reviewed(
        'patient', 'diagnosis', 'related_condition', *SIGNATURE)


class SignOrSymptom(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.signs_and_symptoms'
    sync_owners = ('evaluation',)
    sync_policy = reviewed('clinical', 'sign_or_symptom')


class DiagnosticHypothesis(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.diagnostic_hypothesis'
    sync_owners = ('evaluation',)
    sync_policy = reviewed('pathology')


class SecondaryCondition(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.secondary_condition'
    sync_owners = ('evaluation',)
    sync_policy = reviewed('pathology')


class Direction(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.directions'
    sync_owners = ('evaluation',)
    sync_policy = reviewed('procedure')
