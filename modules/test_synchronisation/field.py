# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from trytond.model import (
    ModelSQL, ModelView, MultiValueMixin, ValueMixin, fields)
from trytond.modules.synchronisation import SyncMixin, SyncUUIDMixin
from trytond.pool import Pool

from .pair import pair

COLOURS = [
    (None, ""),
    ('red', "Red"),
    ('green', "Green"),
    ('blue', "Blue"),
    ]


class Field(SyncUUIDMixin, MultiValueMixin, ModelSQL, ModelView):
    "Test Field"
    __name__ = 'test_synchronisation.field'
    sync_local = {'local'}

    boolean = fields.Boolean("Boolean")
    integer = fields.Integer("Integer")
    float = fields.Float("Float")
    float_digits = fields.Float("Float with Digits", digits=(16, 3))
    numeric = fields.Numeric("Numeric")
    numeric_digits = fields.Numeric("Numeric with Digits", digits=(16, 2))
    char = fields.Char("Char")
    char_size = fields.Char("Char with Size", size=12)
    char_unstripped = fields.Char("Char not Stripped", strip=False)
    char_translated = fields.Char("Char Translated", translate=True)
    text = fields.Text("Text")
    text_translated = fields.Text("Text Translated", translate=True)
    full_text = fields.FullText("Full Text")
    date = fields.Date("Date")
    time = fields.Time("Time")
    time_minute = fields.Time("Time in Minutes", format='%H:%M')
    datetime = fields.DateTime("Date Time")
    datetime_minute = fields.DateTime(
        "Date Time in Minutes", format='%H:%M')
    timestamp = fields.Timestamp("Timestamp")
    timedelta = fields.TimeDelta("Time Delta")
    selection = fields.Selection(COLOURS, "Selection")
    selection_method = fields.Selection(
        'get_selection_method', "Selection by Method")
    multiselection = fields.MultiSelection(COLOURS[1:], "Multi Selection")
    dict_schema = fields.Dict(
        'test_synchronisation.schema', "Dict with Schema")
    dict = fields.Dict(None, "Dict")
    binary = fields.Binary("Binary", filename='binary_name')
    binary_name = fields.Char("Binary Name")
    file = fields.Binary(
        "File", file_id='file_id', store_prefix='test_synchronisation')
    file_id = fields.Char("File ID", readonly=True)
    many2one = fields.Many2One(
        'test_synchronisation.keyed', "Many2One", ondelete='SET NULL')
    many2one_data = fields.Many2One('ir.lang', "Many2One of Module Data")
    reference = fields.Reference("Reference", selection='get_reference')
    one2many = fields.One2Many(
        'test_synchronisation.field.line', 'field', "One2Many")
    many2many = fields.Many2Many(
        'test_synchronisation.field-keyed', 'field', 'keyed', "Many2Many")
    one2one = fields.One2One(
        'test_synchronisation.field-twin', 'field', 'twin', "One2One")
    multivalue = fields.MultiValue(fields.Many2One('ir.lang', "MultiValue"))
    multivalues = fields.One2Many(
        'test_synchronisation.field.multivalue', 'field', "MultiValues")
    function = fields.Function(fields.Integer("Function"), 'get_function')
    function_set = fields.Function(
        fields.Char("Function with Setter"),
        'get_function_set', setter='set_function_set')
    local = fields.Char("Local", help="Differs at each instance.")

    @classmethod
    def get_selection_method(cls):
        return [('', "")] + [(str(i), str(i)) for i in range(3)]

    @classmethod
    def get_reference(cls):
        pool = Pool()
        return [(None, "")] + [
            (name, pool.get(name).__doc__) for name in [
                'test_synchronisation.keyed',
                'test_synchronisation.node',
                'ir.lang',
                ]]

    def get_function(self, name):
        return len(self.char or '')

    def get_function_set(self, name):
        return self.char

    @classmethod
    def set_function_set(cls, records, name, value):
        cls.write(records, {'char': value})


class FieldLine(SyncUUIDMixin, ModelSQL, ModelView):
    "Test Field Line"
    __name__ = 'test_synchronisation.field.line'
    sync_owners = ('field',)

    field = fields.Many2One(
        'test_synchronisation.field', "Field",
        ondelete='CASCADE', required=True)
    name = fields.Char("Name")


class FieldMultiValue(SyncUUIDMixin, ModelSQL, ValueMixin):
    "Test Field MultiValue"
    __name__ = 'test_synchronisation.field.multivalue'
    sync_owners = ('field',)

    field = fields.Many2One(
        'test_synchronisation.field', "Field", ondelete='CASCADE')
    multivalue = fields.Many2One('ir.lang', "MultiValue")


class FieldKeyed(SyncMixin, pair('field.uuid', 'keyed.code'), ModelSQL):
    "Test Field - Keyed"
    __name__ = 'test_synchronisation.field-keyed'
    unique_id_column = 'pair'
    sync_key_fields = ('field', 'keyed')
    sync_owners = ('field',)

    field = fields.Many2One(
        'test_synchronisation.field', "Field",
        ondelete='CASCADE', required=True)
    keyed = fields.Many2One(
        'test_synchronisation.keyed', "Keyed",
        ondelete='CASCADE', required=True)


class FieldTwin(SyncMixin, pair('field.uuid', 'twin.uuid'), ModelSQL):
    "Test Field - Twin"
    __name__ = 'test_synchronisation.field-twin'
    unique_id_column = 'pair'
    sync_owners = ('field',)

    field = fields.Many2One(
        'test_synchronisation.field', "Field",
        ondelete='CASCADE', required=True)
    twin = fields.Many2One(
        'test_synchronisation.field', "Twin",
        ondelete='CASCADE', required=True)
