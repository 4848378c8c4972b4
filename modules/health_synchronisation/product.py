# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Products, which are also the beds, plans and meals of a clinic.

A clinic adds its own, so they are pushed.  What is only a bed is not offered:
it comes with the bed.
"""
from trytond.modules.synchronisation import SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta


class Template(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'product.template'
    sync_mode = SyncMode.full

    @classmethod
    def get_unsync_domain(cls):
        return ['OR',
            ('products', '=', None),
            ('products.is_bed', '!=', True),
            ]


class Product(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'product.product'
    sync_mode = SyncMode.full

    @classmethod
    def get_unsync_domain(cls):
        return [('is_bed', '!=', True)]


class Identifier(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'product.identifier'
    sync_mode = SyncMode.full
    sync_owners = ('product',)


class Category(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'product.category'
    sync_mode = SyncMode.update


class TemplateCategory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'product.template-product.category'
    sync_mode = SyncMode.full
    sync_owners = ('template',)
    sync_key_fields = ('template', 'category')


class Unit(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'product.uom'
    sync_mode = SyncMode.update


class UnitCategory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'product.uom.category'
    sync_mode = SyncMode.update
