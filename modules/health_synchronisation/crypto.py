# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The digests of signed documents."
from trytond.pool import PoolMeta

from . import evaluation, medication, person
from .policy import DIGEST, reviewed


class BirthCertificate(metaclass=PoolMeta):
    __name__ = 'gnuhealth.birth_certificate'
    sync_policy = person.BirthCertificate.sync_policy | reviewed(*DIGEST)


class DeathCertificate(metaclass=PoolMeta):
    __name__ = 'gnuhealth.death_certificate'
    sync_policy = person.DeathCertificate.sync_policy | reviewed(*DIGEST)


class Evaluation(metaclass=PoolMeta):
    __name__ = 'gnuhealth.patient.evaluation'
    sync_policy = evaluation.Evaluation.sync_policy | reviewed(*DIGEST)


class Prescription(metaclass=PoolMeta):
    __name__ = 'gnuhealth.prescription.order'
    sync_policy = medication.Prescription.sync_policy | reviewed(*DIGEST)
