# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.synchronisation import SyncMode, SyncUUIDMixin


class WorkloadMixin:
    __slots__ = ()

    code = fields.Char("Code", required=True)
    name = fields.Char("Name")
    lastname = fields.Char("Last Name")
    gender = fields.Char("Gender")
    dob = fields.Date("Date of Birth")
    phone = fields.Char("Phone")
    email = fields.Char("Email")
    # What comes of a source with blanks at its ends goes as it is
    address = fields.Char("Address", strip=False)
    weight = fields.Integer("Weight")
    visits = fields.Integer("Visits")
    balance = fields.Numeric("Balance", digits=(16, 2))
    registered = fields.Timestamp("Registered")
    last_seen = fields.Timestamp("Last Seen")
    institution = fields.Char("Institution")


class Workload(SyncUUIDMixin, WorkloadMixin, ModelSQL, ModelView):
    "Test Workload"
    __name__ = 'test_synchronisation.workload'
    sync_mode = SyncMode.full


class WorkloadPlain(WorkloadMixin, ModelSQL, ModelView):
    "Test Workload Plain"
    __name__ = 'test_synchronisation.workload_plain'

    uuid = fields.Char("UUID", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append(
            ('uuid_unique', Unique(table, table.uuid), 'ir.msg_id_unique'))
