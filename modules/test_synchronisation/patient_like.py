# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.synchronisation import SyncMixin


class PartyLike(SyncMixin, ModelSQL, ModelView):
    "Test Party"
    __name__ = 'test_synchronisation.party_like'
    unique_id_column = 'code'

    code = fields.Char("Code", required=True)
    name = fields.Char("Name")
    patients = fields.One2Many(
        'test_synchronisation.patient_like', 'party', "Patients", size=1)


class PatientLike(SyncMixin, ModelSQL, ModelView):
    "Test Patient"
    __name__ = 'test_synchronisation.patient_like'
    unique_id_column = 'code'
    sync_key_fields = ('party',)
    sync_owners = ('party',)

    party = fields.Many2One(
        'test_synchronisation.party_like', "Party",
        ondelete='RESTRICT', required=True)
    code = fields.Function(
        fields.Char("Code"), 'get_code', searcher='search_code')
    critical = fields.Text("Critical Information")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append(
            ('party_unique', Unique(table, table.party),
                'test_synchronisation.msg_patient_party_unique'))

    def get_code(self, name):
        return self.party.code

    @classmethod
    def search_code(cls, name, clause):
        return [('party.code',) + tuple(clause[1:])]
