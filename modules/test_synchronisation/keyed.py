# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.synchronisation import SyncMixin


class Keyed(SyncMixin, ModelSQL, ModelView):
    "Test Keyed"
    __name__ = 'test_synchronisation.keyed'
    unique_id_column = 'code'

    code = fields.Char("Code", required=True)
    name = fields.Char("Name")
    note = fields.Text("Note")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append(
            ('code_unique', Unique(table, table.code),
                'test_synchronisation.msg_keyed_code_unique'))
