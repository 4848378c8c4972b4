# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Models that exist only for tests of the synchronisation.

Never activate this module on a database in use.
"""
from trytond.pool import Pool

from . import (
    composite, counter, cycle, deactivable, field, history, ir, keyed, mode,
    node, optional, ordered, outsider, parent, patient_like, schema, tally,
    translated, tree, triggered, unruly, workload)

__all__ = ['register']


def register():
    Pool.register(
        schema.Schema,
        keyed.Keyed,
        field.Field,
        field.FieldLine,
        field.FieldMultiValue,
        field.FieldKeyed,
        field.FieldTwin,
        mode.ModeNone,
        mode.ModeUpdate,
        mode.ModePushUpdate,
        mode.ModeFull,
        mode.ModeDefault,
        patient_like.PartyLike,
        patient_like.PatientLike,
        composite.Composite,
        parent.Parent,
        parent.Child,
        optional.Optional,
        optional.Restricted,
        node.Node,
        cycle.CycleA,
        cycle.CycleB,
        tree.Tree,
        tree.TreeMPTT,
        tree.TreePath,
        history.History,
        deactivable.Deactivable,
        ordered.Ordered,
        counter.Counter,
        tally.Tally,
        outsider.Outsider,
        outsider.Insider,
        translated.Translated,
        triggered.Triggered,
        triggered.TriggeredLog,
        unruly.Unruly,
        unruly.UnrulyPage,
        workload.Workload,
        workload.WorkloadPlain,
        ir.Trigger,
        module='test_synchronisation', type_='model')
