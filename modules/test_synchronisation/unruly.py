# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Business logic with the bad manners of real modules."
import uuid

from trytond.i18n import gettext
from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.modules.synchronisation import SyncMixin, SyncUUIDMixin
from trytond.pool import Pool
from trytond.transaction import Transaction

from .exceptions import UnrulyAmountError, UnrulyAuthorError


def get_author():
    "Return who works, as told by the context"
    author = Transaction().context.get('unruly_author')
    if not author:
        raise UnrulyAuthorError(
            gettext('test_synchronisation.msg_unruly_author'))
    return author


class Unruly(SyncMixin, ModelSQL, ModelView):
    "Test Unruly"
    __name__ = 'test_synchronisation.unruly'
    unique_id_column = 'code'

    code = fields.Char("Code")
    name = fields.Char("Name")
    author = fields.Char("Author", required=True)
    amount = fields.Integer("Amount")
    state = fields.Selection([
            ('draft', "Draft"),
            ('confirmed', "Confirmed"),
            ], "State", required=True, sort=False)
    number = fields.Char("Number", readonly=True)
    pages = fields.One2Many(
        'test_synchronisation.unruly.page', 'unruly', "Pages")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints.append(
            ('code_unique', Unique(table, table.code),
                'test_synchronisation.msg_unruly_code_unique'))

    @classmethod
    def default_author(cls):
        return get_author()

    @classmethod
    def default_state(cls):
        return 'draft'

    @classmethod
    def create(cls, vlist):
        pool = Pool()
        Page = pool.get('test_synchronisation.unruly.page')
        vlist = [v.copy() for v in vlist]
        for values in vlist:
            if not values.get('code'):
                values['code'] = 'UNRULY-%s' % uuid.uuid4()
            # The whole list for each of its values, as party.party of GNU
            # Health does: more than one fails on the unique code
            records = super().create(vlist)
            Page.create([{
                        'unruly': records[0].id,
                        'text': "Created by %s" % get_author(),
                        }])
        return records

    @classmethod
    def write(cls, records, values):
        # No further arguments, as in gnuhealth.appointment
        if values.get('state') == 'confirmed' and not values.get('number'):
            values['number'] = 'NUMBER-%s' % uuid.uuid4()
        return super().write(records, values)

    @classmethod
    def validate(cls, records):
        super().validate(records)
        for record in records:
            if record.amount is not None and record.amount < 0:
                raise UnrulyAmountError(
                    gettext('test_synchronisation.msg_unruly_amount',
                        unruly=record.rec_name))


class UnrulyPage(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Unruly Page"
    __name__ = 'test_synchronisation.unruly.page'
    sync_owners = ('unruly',)

    unruly = fields.Many2One(
        'test_synchronisation.unruly', "Unruly",
        ondelete='CASCADE', required=True)
    text = fields.Text("Text")
