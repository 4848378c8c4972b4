# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Random records of any model, for tests of what travels."
from trytond.model import Unique
from trytond.modules.test_synchronisation.tests import scalars
from trytond.pyson import PYSONDecoder, PYSONEncoder
from trytond.tools import is_instance_method
from trytond.tools.domain_inversion import eval_domain

BOOKKEEPING = {'id', 'create_uid', 'create_date', 'write_uid', 'write_date'}
RELATIONS = {'many2one', 'reference'}
EMPTY = [None, '', (), {}]
ATTEMPTS = 50
# What the validation of the models of this module demands
GIVEN = {
    'test_synchronisation.schema': {
        'domain': None,
        'selection': "a: A\nb: B\nc: C",
        'help_selection': None,
        'digits': 3,
        },
    'test_synchronisation.unruly': {'amount': 42},
    }


def random_values(pool, name, rng, target=None, given=None):
    """Return values to create a record with each of its stored fields.

    target(field, model, domain, fresh) returns the id of a record of the model
    or None, for a many2one or a reference; fresh says that no other record may
    refer to it.
    given are values to keep, for what the validation of the model demands
    beyond types, sizes, selections and domains.
    """
    Model = pool.get(name)
    values = dict(given or {})
    drawer = Drawer(pool, Model, rng, target or (lambda *args: None))
    names = [n for n in stored_fields(Model) if n not in values]
    for name in sorted(names, key=lambda n: rank(Model, n)):
        values[name] = drawer.draw(Model._fields[name], values)
    for name in names:
        field = Model._fields[name]
        if is_required(field, values) and is_empty(values[name]):
            values[name] = drawer.draw(field, values)
    return values


def random_translations(pool, name, rng, languages):
    "Return texts by name of the translated fields, by language"
    Model = pool.get(name)
    drawer = Drawer(pool, Model, rng, None)
    translated = [
        Model._fields[n] for n in stored_fields(Model)
        if getattr(Model._fields[n], 'translate', False)]
    return {
        language: {f.name: drawer.draw_text(f) for f in translated}
        for language in languages}


def stored_fields(Model):
    "Return the sorted names of the fields that hold what a person enters"
    return sorted(
        n for n, f in Model._fields.items()
        if f.sql_type() and n not in BOOKKEEPING | derived_fields(Model))


def derived_fields(Model):
    "Return the names of the columns that the ORM fills for other fields"
    names = set()
    for field in Model._fields.values():
        for attribute in ['left', 'right', 'path', 'file_id']:
            names.add(getattr(field, attribute, None))
    return names - {None}


def unique_fields(Model):
    names = {getattr(Model, 'unique_id_column', None)}
    for _, constraint, _ in Model._sql_constraints:
        if isinstance(constraint, Unique):
            names.update(c.name for c in constraint.columns)
    return names


def rank(Model, name):
    "Order the fields so that those others depend on come first"
    field = Model._fields[name]
    selection = getattr(field, 'selection', None)
    dynamic = (isinstance(selection, str)
        and is_instance_method(Model, selection))
    return dynamic, field._type != 'many2one', name


def is_empty(value):
    return value in EMPTY


def is_required(field, values):
    return bool(field.required
        or decode(field.states.get('required', False), values))


def decode(expression, values):
    env = {'context': {}, 'active_id': -1, **values}
    return PYSONDecoder(env).decode(PYSONEncoder().encode(expression))


def normalise(Model, values):
    """Return values in a form in which what is stored equal is equal.

    Apply it to what was given and to what was read: an empty dictionary is
    read as None from PostgreSQL and as itself from SQLite.  A full text is
    left out since PostgreSQL keeps an index of it, not the text.
    """
    return {
        name: normalise_value(Model._fields[name], value)
        for name, value in values.items()
        if Model._fields[name]._type != 'full_text'}


def normalise_value(field, value):
    if field._type == 'dict':
        value = {
            k: v for k, v in (value or {}).items()
            if v is not None and not (field.schema_model and v == ())}
    if field._type in {'dict', 'multiselection', 'binary'}:
        return value or None
    return value


class Drawer:
    "Draws values for the fields of a model"

    def __init__(self, pool, Model, rng, target):
        self.pool = pool
        self.Model = Model
        self.rng = rng
        self.target = target
        self.unique = unique_fields(Model)

    def draw(self, field, values):
        "Return a value that the validation of the field accepts"
        for _ in range(ATTEMPTS):
            value = self.draw_any(field, values)
            if ((not is_empty(value) or not is_required(field, values))
                    and self.accepts(field, value, values)):
                return value
        if is_required(field, values):
            raise LookupError(
                f"no value found for {field.name} of {self.Model.__name__}")

    def accepts(self, field, value, values):
        if not field.domain or field._type in RELATIONS | {'dict'}:
            return True
        values = {**values, field.name: value}
        return eval_domain(decode(field.domain, values), values)

    def draw_any(self, field, values):
        optional = field._type not in {'boolean', 'selection', 'reference'}
        if optional and field.name not in self.unique and (
                self.rng.random() < 0.1):
            return None
        return getattr(self, f'draw_{field._type}')(field, values)

    def draw_boolean(self, field, values):
        return scalars.boolean(self.rng)

    def draw_integer(self, field, values):
        return scalars.integer(self.rng)

    def draw_float(self, field, values):
        digits = self.digits(field, values)
        return scalars.floating(self.rng, digits and digits[1])

    def draw_numeric(self, field, values):
        return scalars.decimal(self.rng, self.digits(field, values))

    def draw_char(self, field, values):
        return self.draw_text(field, values)

    def draw_text(self, field, values=None):
        size = decode(field.size, values or {})
        if field.name in self.unique:
            return scalars.token(self.rng, size)
        if field._type == 'text':
            return scalars.text(self.rng, size, field.strip)
        return scalars.char(
            self.rng, size, field.forbidden_chars, field.strip)

    def draw_full_text(self, field, values):
        return scalars.words(self.rng)

    def draw_date(self, field, values):
        return scalars.date(self.rng)

    def draw_time(self, field, values):
        return scalars.time(self.rng, decode(field.format, values))

    def draw_datetime(self, field, values):
        return scalars.datetime(self.rng, decode(field.format, values))

    def draw_timestamp(self, field, values):
        return scalars.timestamp(self.rng)

    def draw_timedelta(self, field, values):
        return scalars.timedelta(self.rng)

    def draw_binary(self, field, values):
        return scalars.binary(self.rng)

    def draw_selection(self, field, values):
        return self.rng.choice(self.keys(field, values))

    def draw_multiselection(self, field, values):
        return scalars.subset(self.rng, self.keys(field, values))

    def draw_dict(self, field, values):
        if not field.schema_model:
            return scalars.dictionary(self.rng)
        schemas = self.pool.get(field.schema_model).search([])
        schemas = self.rng.sample(
            schemas, self.rng.randint(0, len(schemas)))
        return {s.name: self.draw_schema(s) for s in schemas}

    def draw_schema(self, schema):
        keys = [
            k.split(':', 1)[0].strip()
            for k in (schema.selection or '').splitlines() if k]
        draw = {
            'boolean': scalars.boolean,
            'integer': scalars.integer,
            'char': scalars.char,
            'float': lambda rng: scalars.floating(rng, schema.digits),
            'numeric': lambda rng: scalars.decimal(rng, (16, schema.digits)),
            'date': scalars.date,
            'datetime': scalars.datetime,
            'selection': lambda rng: rng.choice(keys + [None]),
            'multiselection': lambda rng: scalars.subset(rng, keys),
            }[schema.type_]
        return draw(self.rng)

    def draw_many2one(self, field, values):
        return self.find_target(
            field, field.model_name, decode(field.domain, values))

    def draw_reference(self, field, values):
        model = self.rng.choice(self.keys(field, values))
        if not model:
            return None
        domain = decode(field.domain, values).get(model, [])
        id_ = self.find_target(field, model, domain)
        # A model without record is what a client sends for a choice half made
        return f'{model},{id_ if id_ is not None else -1}'

    def find_target(self, field, model, domain):
        return self.target(field, model, domain, field.name in self.unique)

    def keys(self, field, values):
        "Return the values among which the field selects"
        selection = field.selection
        if isinstance(selection, str):
            method = getattr(self.Model, selection)
            if is_instance_method(self.Model, selection):
                selection = method(self.Model(**values))
            else:
                selection = method()
        keys = [k for k, _ in selection]
        if field._type == 'selection' and {None, ''} & set(keys):
            keys = list(dict.fromkeys(keys + [None, '']))
        return keys

    def digits(self, field, values):
        "Return the digits (all, after the point) that the field allows"
        digits = field.digits
        if isinstance(digits, str):
            record = getattr(
                self.Model(**{digits: values.get(digits)}), digits)
            digits = record.get_digits() if record else None
        digits = decode(digits, values)
        if digits and None not in digits:
            return tuple(digits)
