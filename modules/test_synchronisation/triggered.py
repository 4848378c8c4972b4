# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

import datetime as dt

from trytond.model import ModelSQL, ModelView, fields
from trytond.modules.synchronisation import SyncUUIDMixin
from trytond.pool import Pool


class Triggered(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Triggered"
    __name__ = 'test_synchronisation.triggered'

    name = fields.Char("Name")
    born = fields.Timestamp("Born", required=True)
    label = fields.Function(
        fields.Char("Label", required=True),
        'get_label', setter='set_label')

    @classmethod
    def default_born(cls):
        return dt.datetime.now()

    @classmethod
    def default_label(cls):
        return 'default'

    def get_label(self, name):
        return self.name

    @classmethod
    def set_label(cls, records, name, value):
        TriggeredLog.note(records, 'set_label')

    @classmethod
    def trigger(cls, records, trigger):
        TriggeredLog.note(records, 'trigger')


class TriggeredLog(ModelSQL, ModelView):
    "Test Triggered Log"
    __name__ = 'test_synchronisation.triggered.log'

    record = fields.Many2One(
        'test_synchronisation.triggered', "Record", ondelete='CASCADE')
    event = fields.Char("Event", required=True)

    @staticmethod
    def note(records, event):
        Log = Pool().get('test_synchronisation.triggered.log')
        Log.create([{'record': r.id, 'event': event} for r in records])
