# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Models of a database as an older or newer module has them."
from trytond.modules.synchronisation import mixin


def travel(node, model, names=None):
    "Let these fields of a model travel at a Node; all again without names."
    Model = node.pool.get(model)
    if '_synchronised_fields' in vars(Model):
        del Model._synchronised_fields
    if names:
        Model._synchronised_fields = frozenset(names)
    # As a pool that loads other modules
    mixin.generation[0] += 1
