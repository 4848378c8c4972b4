# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta


class Template(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'product.template'
    sync_mode = SyncMode.update


class Product(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'product.product'
    sync_mode = SyncMode.update


class Medicament(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.medicament'
    sync_mode = SyncMode.update


class MedicamentCategory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.medicament.category'
    sync_mode = SyncMode.update


class DrugForm(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.drug.form'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class DrugRoute(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.drug.route'
    unique_id_column = 'code'
    sync_mode = SyncMode.update


class DoseUnit(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.dose.unit'
    unique_id_column = 'code'
    sync_mode = SyncMode.update
