# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncUUIDMixin


class Node(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Node"
    __name__ = 'test_synchronisation.node'

    name = fields.Char("Name")
    next = fields.Many2One(
        'test_synchronisation.node', "Next", ondelete='SET NULL')
