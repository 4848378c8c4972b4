# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What the centre keeps for all: codes, names and groups.

A condition or a procedure that a clinic lacks it adds itself, or what it
enters with it could never reach the centre.
"""
from trytond.modules.synchronisation import SyncMixin, SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta


class Pathology(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.pathology'
    unique_id_column = 'code'
    sync_mode = SyncMode.full


class PathologyCategory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.pathology.category'
    sync_mode = SyncMode.full


class PathologyGroup(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.pathology.group'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class PathologyGroupMember(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.disease_group.members'
    sync_mode = SyncMode.update


class Procedure(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.procedure'
    sync_mode = SyncMode.full


class Ethnicity(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.ethnicity'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class Occupation(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.occupation'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class Medicament(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.medicament'
    sync_mode = SyncMode.update


class MedicamentCategory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.medicament.category'
    sync_mode = SyncMode.update


class Dosage(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.medication.dosage'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class DoseUnit(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.dose.unit'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class DrugForm(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.drug.form'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class DrugRoute(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.drug.route'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class ImmunizationSchedule(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.immunization_schedule'
    unique_id_column = 'sched'
    sync_mode = SyncMode.update


class ImmunizationScheduleLine(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.immunization_schedule_line'
    sync_mode = SyncMode.update


class ImmunizationScheduleDose(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.immunization_schedule_dose'
    sync_mode = SyncMode.update


class OnlineDocument(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.online_document'
    sync_mode = SyncMode.update
