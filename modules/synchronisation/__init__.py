# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.pool import Pool

from . import (
    change, clock, conflict, file, gap, hub, instance, ir, local_value, mark,
    quarantine, receipt, record, run, scope, sequence, version, want)
from .mixin import SyncMixin, SyncMode, SyncUUIDMixin

__all__ = ['SyncMixin', 'SyncMode', 'SyncUUIDMixin', 'register']


def register():
    Pool.register(
        change.Change,
        clock.Clock,
        conflict.Conflict,
        file.File,
        file.Part,
        gap.Gap,
        hub.Hub,
        instance.Instance,
        ir.ModelAccess,
        ir.Translation,
        local_value.LocalValue,
        mark.Mark,
        quarantine.Quarantine,
        receipt.Receipt,
        record.Alias,
        record.Author,
        record.Record,
        run.Line,
        run.Run,
        scope.Scope,
        sequence.Sequence,
        version.Version,
        want.Want,
        module='synchronisation', type_='model')
