# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Write received records; nothing else does.

Business logic ran once, where the record was born.  Plain models are written
by few SQL statements; those with a tree, a history or a file store through
ModelSQL's own methods, below the overrides of the business.  A test proves
both equal.
"""
import datetime as dt
import inspect
from collections import defaultdict

from sql import Column
from sql.aggregate import Min

from trytond import backend
from trytond.cache import BaseCache
from trytond.model import ModelSQL, Unique, fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import bulk, registry, value
from .among import among, parts
from .mixin import SyncUUIDMixin
from .registry import TEXTS

NOTHING = type(None)
# The models of trytond itself, which may be what any cache is about
SYSTEM = 'ir.', 'res.'
WRITES = ['create', 'write', 'delete']
# What values of a class of fields the database takes as they are
AS_THEY_ARE = {
    fields.Boolean: {bool, NOTHING},
    fields.Date: {dt.date, NOTHING},
    fields.Integer: {int, NOTHING},
    fields.Many2One: {int, NOTHING},
    }


class Violation(Exception):
    "A row that the database must not hold: the code and a sentence."

    def __init__(self, code, sentence):
        super().__init__(sentence)
        self.code = code


def create(Model, vlist):
    """Create rows from dictionaries of field values, return their ids.

    Translated fields are dictionaries by language.  Raise Violation where the
    database does not check by itself.
    """
    vlist = [dict(values) for values in vlist]
    texts = [_take_texts(Model, values) for values in vlist]
    if registry.is_plain(Model):
        ids = insert(Model, {
                name: [values.get(name) for values in vlist]
                for name in sorted(set().union(*vlist))}, len(vlist))
    else:
        _check(Model, vlist)
        derived = _derived(Model)
        ids = [r.id for r in ModelSQL.create.__func__(
                Model, [{**derived, **values} for values in vlist])]
    _write_texts(Model, zip(ids, texts))
    _clear(Model, ids)
    return ids


def takes_columns(Model):
    "Whether rows of a model can be created by insert()."
    return registry.is_plain(Model) and not registry.translated(Model)


def write(Model, rows):
    "Write rows, a list of (id, dictionary of field values)."
    rows = [(id_, dict(values)) for id_, values in rows]
    texts = [(id_, _take_texts(Model, values)) for id_, values in rows]
    _check(Model, [values for _, values in rows], [id_ for id_, _ in rows])
    if registry.is_plain(Model):
        _update(Model, rows)
    else:
        for id_, values in rows:
            ModelSQL.write.__func__(Model, Model.browse([id_]), values)
    _write_texts(Model, texts)
    _clear(Model, [id_ for id_, _ in rows])


def refer(Model, id_, name, target):
    "Let a row of a model that does not travel refer to another one."
    ModelSQL.write.__func__(Model, Model.browse([id_]), {name: target})


def detour(Model, id_, names):
    """Let a row have a key of these fields that no other has, for a while.

    Return the first by which it can have another one, which has to be written
    afterwards, or None.
    """
    table, cursor = Model.__table__(), Transaction().connection.cursor()
    for name in names:
        if free := _free(cursor, Model, id_, names, name):
            cursor.execute(*table.update(
                    [Column(table, name)], [free], where=table.id == id_))
            return name


def _free(cursor, Model, id_, names, name):
    """Return a value that a row can have for one of these fields, or None.

    No other row refers to it then; a number or a text is one that nobody
    enters.
    """
    field = Model._fields[name]
    if field._type == 'integer':
        return -id_
    if field._type in TEXTS:
        return f'~{id_}'
    if field._type != 'many2one':
        return None
    table, other = Model.__table__(), Model.__table__()
    target = Pool().get(field.model_name).__table__()
    alike = (table.id == id_) & (Column(other, name) != None)  # noqa: E711
    for same in set(names) - {name}:
        alike &= Column(other, same) == Column(table, same)
    cursor.execute(*target.select(Min(target.id), where=~target.id.in_(
                table.join(other, condition=alike).select(
                    Column(other, name)))))
    return cursor.fetchone()[0]


def delete(Model, ids):
    "Delete rows."
    ModelSQL.delete.__func__(Model, Model.browse(ids))
    _clear(Model, ids)


def _derived(Model):
    "Return what the columns that trytond computes need to begin with."
    values = {}
    for name in Model._mptt_fields:
        field = Model._fields[name]
        values.update({field.left: 0, field.right: 0})
    for name in Model._path_fields:
        values[Model._fields[name].path] = ''
    return values


def insert(Model, columns, count):
    """Create so many rows of a plain model from {name: values}.

    Return their ids.  It is create() for those who have the values of each
    field at once.
    """
    if backend.name == 'sqlite':
        rows = zip(*columns.values()) if columns else [()] * count
        _check(Model, [dict(zip(columns, row)) for row in rows])
    ids = bulk.insert(
        Model, ['create_uid', 'create_date', *columns], list(zip(
                [Transaction().user] * count, [_now()] * count,
                *(_sql_column(Model._fields[name], values)
                    for name, values in columns.items()))))
    _clear(Model, ids)
    return ids


def _sql_column(field, values):
    "Return the values of a field as the database takes them."
    # What sql_format does with all values of a type, at the cost of a call
    # for each
    types = set(map(type, values))
    if types <= AS_THEY_ARE.get(type(field), set()):
        return values
    if (type(field) in {fields.Char, fields.Text} and field.strip is True
            and types <= {str, NOTHING}):
        return [value and value.strip() for value in values]
    return list(map(field.sql_format, values))


def _update(Model, rows):
    by_names = defaultdict(list)
    for id_, values in rows:
        by_names[tuple(sorted(values))].append((id_, values))
    user, now = Transaction().user, _now()
    for names, members in by_names.items():
        # An open form must notice that the record changed
        bulk.update(Model, ['write_uid', 'write_date', *names], [
                [id_, user, now] + [
                    Model._fields[name].sql_format(values[name])
                    for name in names]
                for id_, values in members])


def _now():
    # What CURRENT_TIMESTAMP gives in trytond's databases, as a plain value
    return bulk.moment(ModelSQL.write_date.sql_format(dt.datetime.utcnow()))


def _take_texts(Model, values):
    """Take the translations out of values and leave the base text.

    Return {name: {language: text}}.
    """
    texts = {}
    names = registry.translated(Model) & values.keys()
    if not names:
        return texts
    language = Transaction().language
    for name in names:
        texts[name] = languages = values[name] or {}
        values[name] = value.base_text(languages, language)
    return texts


def _write_texts(Model, rows):
    Translation = Pool().get('ir.translation')
    table = Translation.__table__()
    cursor = Transaction().connection.cursor()
    by_name = defaultdict(dict)
    for id_, texts in rows:
        for name, languages in texts.items():
            by_name[name][id_] = languages
    for name, texts in by_name.items():
        label = f'{Model.__name__},{name}'
        for part in parts(list(texts)):
            cursor.execute(*table.delete(
                    where=(table.name == label) & (table.type == 'model')
                    & among(table.res_id, part)))
        bulk.insert(Translation, [
                'name', 'type', 'lang', 'res_id', 'src', 'value', 'fuzzy'], [
                [label, 'model', language, id_, text, text, False]
                for id_, languages in texts.items()
                for language, text in languages.items() if language])
    if by_name:
        Translation._translation_cache.clear()


def _check(Model, vlist, ids=None):
    "Check what PostgreSQL checks by itself."
    if backend.name != 'sqlite':
        return
    required = _required(Model)
    for values in vlist:
        for name in required:
            if values.get(name) is None and (
                    name in values if ids else name in registry.names(Model)):
                raise Violation('required', (
                        f'The field "{name}" of a received '
                        f'"{Model.__name__}" is empty, but it is required.'))
    for _, constraint, _ in Model._sql_constraints:
        if isinstance(constraint, Unique) and all(
                hasattr(c, 'name') for c in constraint.columns):
            _check_unique(
                Model, [c.name for c in constraint.columns], vlist, ids)


@registry.cached
def _required(Model):
    "Return the names of the columns that cannot be empty."
    return [name for name, field in Model._fields.items()
        if field.required and field.sql_type() and field._type != 'boolean']


def _check_unique(Model, names, vlist, ids):
    keys = defaultdict(list)
    if ids:
        vlist = _completed(Model, names, vlist, ids)
    for i, values in enumerate(vlist):
        if all(values.get(name) is not None for name in names):
            key = tuple(_comparable(Model, n, values[n]) for n in names)
            keys[key].append(ids[i] if ids else None)
    for key, owners in keys.items():
        if len(owners) > 1:
            raise _duplicate(Model, names, key)
    table = Model.__table__()
    columns = [Column(table, name) for name in names]
    cursor = Transaction().connection.cursor()
    for part in parts(list(keys)):
        cursor.execute(*table.select(
                table.id, *columns,
                where=among(columns[0], [key[0] for key in part])))
        for id_, *row in cursor.fetchall():
            owners = keys.get(tuple(row))
            if owners and owners != [id_]:
                raise _duplicate(Model, names, row)


def _completed(Model, names, vlist, ids):
    "Return what the columns of a constraint will hold after a write."
    result = []
    table = Model.__table__()
    cursor = Transaction().connection.cursor()
    for id_, values in zip(ids, vlist):
        written = values.keys() & set(names)
        if written and len(written) < len(names):
            cursor.execute(*table.select(
                    *(Column(table, name) for name in names),
                    where=table.id == id_))
            row = dict(zip(names, cursor.fetchone() or []))
            values = {**row, **{name: values[name] for name in written}}
        result.append(values)
    return result


def _comparable(Model, name, item):
    item = Model._fields[name].sql_format(item)
    return item if isinstance(item, (int, str)) else str(item)


def _duplicate(Model, names, key):
    return Violation('unique', (
            f'A "{Model.__name__}" with the {", ".join(names)} '
            f'"{", ".join(map(str, key))}" is already there.'))


def _clear(Model, ids):
    transaction = Transaction()
    transaction.counter += 1
    for cache in transaction.cache.values():
        if Model.__name__ in cache:
            for id_ in ids:
                cache[Model.__name__].pop(id_, None)
    # Also with the number of its rows, which trytond estimates
    Model._count_cache.set(Model.__name__, None)
    for cache in _caches(Model):
        cache.clear()


@registry.cached
def _caches(Model):
    """Return the caches that depend on the rows of a model.

    Those of every model do not, such as that of the views, unless it says so
    where it is written: to clear one makes all processes of the database make
    the views of all models again.
    """
    own = _names_in_writes(Model)
    caches = {}
    for klass in Model.__mro__:
        for name, attribute in vars(klass).items():
            if isinstance(attribute, BaseCache) and (
                    name in own or Model.__name__.startswith(SYSTEM)
                    or not klass.__module__.startswith('trytond.model.')):
                caches.setdefault(name, attribute)
    caches.pop('_count_cache', None)
    return list(caches.values())


def _names_in_writes(Model):
    "Return the names that the code has which writes rows of a model."
    return {
        name for klass in Model.__mro__ for verb in WRITES
        if hasattr(vars(klass).get(verb), '__func__')
        for name in inspect.unwrap(
            vars(klass)[verb].__func__).__code__.co_names}


def identified(Model, identity, values):
    """Return values with the column that holds the identity, if there is one.

    Also columns of values with one of identities.
    """
    if issubclass(Model, SyncUUIDMixin):
        return {**values, 'uuid': identity}
    return values
