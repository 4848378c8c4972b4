# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"How the bound models lie in the tables of the database."
from trytond.model import fields

# How a person knows a record whose model has another, or no, stored key
KEYS = {
    'party.party': ['code'],
    'gnuhealth.patient': ['party', 'ref'],
    }


def describe(pool):
    """Return {model: its table, key, references and so on}.

    The models that travel are there, and those they refer to.
    """
    from trytond.modules.synchronisation import SyncMixin, SyncMode
    bound = {
        name: Model for name, Model in pool.iterobject()
        if issubclass(Model, SyncMixin) and not Model.table_query}
    travelling = {
        name for name, Model in bound.items()
        if Model.sync_mode != SyncMode.none}
    names = travelling | {
        target for name in travelling
        for target in references(bound[name]).values() if target}
    return {
        name: describe_model(pool.get(name), name in travelling)
        for name in sorted(names)}


def describe_model(Model, travels):
    name = Model.__name__
    column = getattr(Model, 'unique_id_column', None)
    return {
        'table': Model._table,
        'travels': travels,
        'key': KEYS.get(name) or [column or 'id'],
        'references': references(Model),
        'translated': sorted(
            name for name, field in Model._fields.items()
            if getattr(field, 'translate', False)),
        'local': sorted(local(Model)),
        }


def references(Model):
    "Return {column: model of its target, None when the row names it}."
    return {
        name: getattr(field, 'model_name', None)
        for name, field in Model._fields.items()
        if field._type in {'many2one', 'one2one', 'reference'}
        and not isinstance(field, (fields.Function, fields.MultiValue))}


def local(Model):
    "Return the columns of which every instance has its own."
    names = set(getattr(Model, 'sync_local', ()))
    for field in Model._fields.values():
        for attribute in ['left', 'right', 'path']:
            if column := getattr(field, attribute, None):
                names.add(column)
    return names
