# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, fields, tree
from trytond.modules.synchronisation import SyncUUIDMixin


class Tree(SyncUUIDMixin, tree(separator=' / '), ModelSQL, ModelView):
    "Test Tree"
    __name__ = 'test_synchronisation.tree'

    name = fields.Char("Name", required=True)
    parent = fields.Many2One('test_synchronisation.tree', "Parent")
    children = fields.One2Many(
        'test_synchronisation.tree', 'parent', "Children")


class TreeMPTT(SyncUUIDMixin, tree(), ModelSQL, ModelView):
    "Test Tree with Left and Right"
    __name__ = 'test_synchronisation.tree_mptt'

    name = fields.Char("Name", required=True)
    parent = fields.Many2One(
        'test_synchronisation.tree_mptt', "Parent",
        left='left', right='right')
    left = fields.Integer("Left", required=True)
    right = fields.Integer("Right", required=True)
    children = fields.One2Many(
        'test_synchronisation.tree_mptt', 'parent', "Children")

    @classmethod
    def default_left(cls):
        return 0

    @classmethod
    def default_right(cls):
        return 0


class TreePath(SyncUUIDMixin, tree(), ModelSQL, ModelView):
    "Test Tree with Path"
    __name__ = 'test_synchronisation.tree_path'

    name = fields.Char("Name", required=True)
    parent = fields.Many2One(
        'test_synchronisation.tree_path', "Parent", path='path')
    path = fields.Char("Path")
    children = fields.One2Many(
        'test_synchronisation.tree_path', 'parent', "Children")
