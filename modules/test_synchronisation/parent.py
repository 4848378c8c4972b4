# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncUUIDMixin


class Parent(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Parent"
    __name__ = 'test_synchronisation.parent'

    name = fields.Char("Name", required=True)
    lines = fields.One2Many(
        'test_synchronisation.child', 'parent', "Lines")


class Child(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Child"
    __name__ = 'test_synchronisation.child'
    sync_owners = ('parent',)

    parent = fields.Many2One(
        'test_synchronisation.parent', "Parent",
        ondelete='CASCADE', required=True)
    name = fields.Char("Name")
    quantity = fields.Integer("Quantity")
