# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What the values of the wire refer to, and what that is here."
import uuid

from . import registry, value, wire

# A text in this language alone travels without naming it
LANGUAGE = 'en'


def needs(Model, values):
    "Return the (model, identity) that wire values refer to."
    result = set()
    for name, target in registry.relations(Model).items():
        if (val := values.get(name)) is not None:
            result.add((target, val))
    for name in registry.references(Model):
        if (val := values.get(name)) is not None and val[1] is not None:
            result.add(tuple(val))
    return result


def renamed(Model, values, names):
    "Return wire values that refer by names {(model, former): identity}."
    relations = registry.relations(Model)
    references = registry.references(Model)
    result = dict(values)
    for name, val in values.items():
        if name in relations:
            result[name] = names.get((relations[name], val), val)
        elif name in references and val is not None:
            result[name] = [val[0], names.get(tuple(val), val[1])]
    return result


def creator(name):
    "Return who made a record, None if its identity does not tell."
    number, dot, _ = name.partition('.')
    return int(number) if dot and number.isdecimal() else None


def is_random(name):
    "Whether an identity is one that nobody can guess."
    try:
        return uuid.UUID(name).version == 4
    except ValueError:
        return False


def check(Model, values):
    "Raise ValueError or TypeError for a wire value that no field can hold."
    checks = _checks(Model)
    try:
        for name, val in values.items():
            if val is not None:
                checks[name](val)
    except (ValueError, TypeError) as error:
        raise ValueError(f'"{name}" is {error}') from error


@registry.cached
def _checks(Model):
    "Return {name: what raises an error for a value} of the fields."
    return {
        **_decoders(Model),
        **dict.fromkeys(registry.relations(Model), _check_name),
        **dict.fromkeys(registry.references(Model), _check_reference)}


@registry.cached
def _decoders(Model):
    "Return {name: what decodes a value} of the fields without references."
    translated = registry.translated(Model)
    return {
        name: _languages if name in translated
        else value.decoder(Model._fields[name]._type)
        for name in Model.synchronised_fields()
        - registry.relations(Model).keys() - registry.references(Model)}


def _check_name(val):
    if not wire.is_name(val):
        raise TypeError("not an identity")


def _check_reference(val):
    if not isinstance(val, list) or len(val) != 2:
        raise TypeError("not a reference")
    model, identity = val
    _check_name(model)
    if identity is not None:
        _check_name(identity)


def are_right(Model, names, rows):
    """Whether the fields of names can hold the wire values of rows.

    What is wrong, if anything, check() tells of each.
    """
    checks, decoders = _checks(Model), _column_decoders(Model)
    try:
        for name, column in zip(names, zip(*rows)):
            if name in decoders:
                decoders[name](column)
                continue
            for val in column:
                if val is not None:
                    checks[name](val)
    except (ValueError, TypeError):
        return False
    return True


@registry.cached
def _column_decoders(Model):
    "Return {name: what decodes a column of values}, as _decoders does."
    translated = registry.translated(Model)
    return {
        name: value.column_decoder(Model._fields[name]._type)
        for name in _decoders(Model).keys() - translated}


def localised(Model, rows, ids):
    """Return {name: the values of all rows}, as localise() gives them.

    No field of the model is translated.
    """
    relations = registry.relations(Model)
    references = registry.references(Model)
    decoders = _column_decoders(Model)
    result = {}
    for name in sorted(set().union(*rows)):
        column = [values.get(name) for values in rows]
        if name in decoders:
            column = decoders[name](column)
        elif name in relations:
            target = relations[name]
            column = [None if val is None else ids[target, val]
                for val in column]
        elif name in references:
            column = [None if val is None else _reference(val, ids)
                for val in column]
        else:
            raise KeyError(name)
        result[name] = column
    return result


def localise(Model, values, ids):
    """Return wire values as the values of a write of Model.

    ids maps (model, identity) to local ids.  Raise KeyError for a reference
    that is not in it, ValueError or TypeError for what the field cannot hold.
    """
    relations = registry.relations(Model)
    references = registry.references(Model)
    decoders = _decoders(Model)
    result = {}
    for name, val in values.items():
        if val is None:
            pass
        elif name in relations:
            val = ids[relations[name], val]
        elif name in references:
            val = _reference(val, ids)
        else:
            val = decoders[name](val)
        result[name] = val
    return result


def _reference(val, ids):
    model, identity = val
    local = -1 if identity is None else ids[model, identity]
    return f'{model},{local}'


def _languages(val):
    if isinstance(val, str):
        val = {LANGUAGE: val}
    if not isinstance(val, dict) or not all(
            isinstance(t, (str, type(None))) for t in val.values()):
        raise TypeError("not a translated text")
    for text in [*val.keys(), *val.values()]:
        value.check_text(text or '')
    return val
