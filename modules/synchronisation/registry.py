# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Which models synchronise, and how."
from functools import wraps

from trytond.model import Unique, fields
from trytond.pool import Pool

from . import digest
from .mixin import SyncMixin, SyncMode, generation

# The types of what can be given a provisional value
TEXTS = {'char', 'text'}

_caches = {}
_names = {}


def cached(function):
    "Ask a function once for each model class, until a pool is loaded."
    attribute = f'_{function.__module__}.{function.__name__}'

    @wraps(function)
    def asked(Model):
        # Not what another class that it inherits from was asked
        found = vars(Model).get(attribute)
        if found is None or found[0] != generation[0]:
            found = generation[0], function(Model)
            setattr(Model, attribute, found)
        return found[1]
    return asked


def models():
    "Return {name: Model} of the models whose records travel."
    pool = Pool()
    # The pool makes new classes each time it loads a module
    key = generation[0], id(pool.get('synchronisation.record'))
    known = _caches.get(pool.database_name)
    if not known or known[0] != key:
        known = key, {
            name: Model for name, Model in pool.iterobject()
            if issubclass(Model, SyncMixin)
            and not callable(getattr(Model, 'table_query', None))
            and Model.sync_mode != SyncMode.none}
        _caches[pool.database_name] = known
    return known[1]


def keyed():
    "Return {name: Model} of those that are referred to by their own key."
    return {
        name: Model for name, Model in Pool().iterobject()
        if issubclass(Model, SyncMixin) and Model.sync_mode == SyncMode.none}


def is_pushed(Model):
    "Whether a satellite sends its changes of the model."
    return Model.sync_mode != SyncMode.update


def is_offered(Model):
    "Whether the records of the model are meant for every instance."
    return Model.sync_mode in {SyncMode.update, SyncMode.full}


@cached
def names(Model):
    "Return the names of the fields that travel, in a fixed order."
    return sorted(Model.synchronised_fields())


@cached
def local(Model):
    "Return the names of the columns that stay at an instance."
    fields = {name: Model._fields[name]
        for name in Model.sync_local & Model._fields.keys()}
    return sorted(name for name, field in fields.items()
        if field._type != 'binary' and field.sql_type()
        and not getattr(field, 'translate', False))


def sums(Model):
    "Return the names of the fields whose changes are added up."
    return Model.sync_sums & Model.synchronised_fields()


def all_names():
    "Return {name: names of the fields that travel} of all the models."
    return _all_names()[1]


def schema():
    "Return a digest of which fields of which models travel."
    return _all_names()[2]


def _all_names():
    found = models()
    database = Pool().database_name
    known = _names.get(database)
    if not known or known[0] is not found:
        result = {name: names(Model) for name, Model in found.items()}
        known = _names[database] = found, result, digest.of_fields(result)
    return known


@cached
def relations(Model):
    "Return {name: name of the target} of the many2one fields that travel."
    return {
        name: Model._fields[name].model_name
        for name in Model.synchronised_fields()
        if Model._fields[name]._type in {'many2one', 'one2one'}}


@cached
def references(Model):
    "Return the names of the reference fields that travel."
    return {name for name in Model.synchronised_fields()
        if Model._fields[name]._type == 'reference'}


@cached
def translated(Model):
    "Return the names of the translated fields that travel."
    return {name for name in Model.synchronised_fields()
        if getattr(Model._fields[name], 'translate', False)}


@cached
def files(Model):
    """Return the names of the fields whose contents may come later.

    What is required cannot be empty until then.
    """
    return [name for name in names(Model)
        if Model._fields[name]._type == 'binary'
        and not Model._fields[name].required]


def key_field(Model):
    "Return the name of the natural key, or None if there is no other."
    column = Model.unique_id_column
    return None if column == 'uuid' else column


def stored_key(Model):
    "Return the name of the natural key if it is a column, or None."
    name = key_field(Model)
    if name and not isinstance(Model._fields[name], fields.Function):
        return name


@cached
def codes(Model):
    """Return the names of the texts of which two rows may not have the same.

    That is what is unique besides the natural key, such as the code of an
    evaluation, which is bound by SyncUUIDMixin.
    """
    alone = {
        constraint.columns[0].name
        for _, constraint, _ in Model._sql_constraints
        if isinstance(constraint, Unique) and len(constraint.columns) == 1
        and hasattr(constraint.columns[0], 'name')}
    names = alone & Model.synchronised_fields() - translated(Model)
    return sorted(name for name in names
        if Model._fields[name]._type in TEXTS
        and name != stored_key(Model) and (name,) != key_fields(Model))


@cached
def unique_fields(Model):
    "Return the names of the natural key, if it is a column, and the codes."
    key = stored_key(Model)
    return [*([key] if key else []), *codes(Model)]


def key_fields(Model):
    """Return the names of the fields that make up a computed key.

    If the binding does not name them they are the references that together
    are unique, as the party of a patient.
    """
    if Model.sync_key_fields or not isinstance(
            Model._fields[Model.unique_id_column], fields.Function):
        return Model.sync_key_fields
    for _, constraint, _ in Model._sql_constraints:
        if isinstance(constraint, Unique):
            names = tuple(c.name for c in constraint.columns)
            if all(Model._fields[n]._type == 'many2one'
                    and Model._fields[n].required for n in names):
                return names
    return ()


@cached
def exclusive(Model):
    "Return the fields of a computed key that no two rows may have alike."
    names = key_fields(Model)
    if any(isinstance(constraint, Unique)
            and {getattr(c, 'name', None) for c in constraint.columns}
            == {*names} for _, constraint, _ in Model._sql_constraints):
        return names
    return ()


@cached
def together(Model):
    "Return the fields of each constraint that is on more than a code."
    found = [
        tuple(getattr(column, 'name', None) for column in constraint.columns)
        for _, constraint, _ in Model._sql_constraints
        if isinstance(constraint, Unique)]
    return [names for names in found
        if Model.synchronised_fields() >= {*names}
        and not {*unique_fields(Model)} >= {*names}]


def single(Model):
    """Return the fields of a computed key that no two records should share.

    The database forbids it, or the binding says which of them are one.
    """
    return key_fields(Model) if Model.sync_key_if else exclusive(Model)


def may_meet(Model, values):
    "Whether a record with wire values is one with another of the same key."
    return all(values.get(name) in allowed
        for name, allowed in Model.sync_key_if.items())


def urgent(models):
    "Return the names of those that go first if there is much."
    return [name for name, Model in models.items() if Model.sync_urgent]


def needed(models, names):
    "Return these names and those of the models that they refer to, too."
    result, left = set(), set(names)
    while left:
        result |= left
        left = {target for name in left
            for target in relations(models[name]).values()
            if target in models} - result
    return result


def owner_columns(Model, target):
    "Return the names of the fields by which records belong to a target."
    targets = relations(Model)
    return [name for name in Model.sync_owners if targets.get(name) == target]


def happenings(model):
    "Return (Model, column) of what may happen at a place of a model."
    return [
        (Model, Model.sync_place) for Model in models().values()
        if Model.sync_place
        and relations(Model).get(Model.sync_place) == model]


def owner_references(Model):
    "Return the reference fields by which records belong to any target."
    return references(Model) & set(Model.sync_owners)


@cached
def is_plain(Model):
    "Whether the rows of the model are nothing but their columns."
    return not (
        Model._history or Model._mptt_fields or Model._path_fields
        or any(
            field._type == 'binary' and field.file_id
            for field in Model._fields.values()
            if not isinstance(field, fields.Function)))
