# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Records, fields and values of the wire in the words of people."
import datetime as dt
import json

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.transaction import (
    Transaction, inactive_records, without_check_access)

from . import content, identity, reference, registry
from .value import decode


def time(seconds):
    "Return a time of the wire as people read it, in UTC."
    return dt.datetime.fromtimestamp(
        seconds, dt.timezone.utc).strftime('%Y-%m-%d %H:%M')


def model(name):
    "Return the name of a model, its own where it is not here."
    try:
        Model = Pool().get(name)
    except KeyError:
        return name
    return Model.__names__()['model']


def field(model, name):
    "Return the name of a field, its own where it is not here."
    try:
        Model = Pool().get(model)
        return Model.__names__(name)['field']
    except KeyError:
        return name


def record(model_name, name):
    "Return the name of the record that has an identity."
    local = reference.local_ids({(model_name, name)}).get((model_name, name))
    if local is not None:
        # The row may be gone for which nobody has a tombstone yet
        with without_check_access(), inactive_records():
            found = Pool().get(model_name).search([('id', '=', local)])
            if found:
                return found[0].rec_name
    return gettext(
        'synchronisation.msg_words_elsewhere', model=model(model_name),
        identity=name)


def values(model, wire_values):
    "Return {name of the field: value} in words."
    return {field(model, name): value(model, name, val)
        for name, val in wire_values.items()}


def value(model, name, val):
    "Return a value of the wire in words; it may be anything."
    Model = registry.models().get(model)
    if val is None:
        return gettext('synchronisation.msg_words_empty')
    if Model is None or name not in Model._fields:
        return json.dumps(val, ensure_ascii=False)
    try:
        return _value(Model, name, val)
    except (ValueError, TypeError, KeyError):
        return json.dumps(val, ensure_ascii=False)


def _value(Model, name, val):
    kind = Model._fields[name]
    if name in registry.relations(Model):
        return record(registry.relations(Model)[name], val)
    if name in registry.references(Model):
        return model(val[0]) if val[1] is None else record(*val)
    if name in registry.translated(Model):
        return _texts(identity.localise(Model, {name: val}, {})[name])
    if kind._type == 'selection':
        return _selection(Model, name).get(val, val)
    val = decode(kind._type, val)
    if kind._type == 'boolean':
        return gettext(f'synchronisation.msg_words_{"yes" if val else "no"}')
    if kind._type == 'binary':
        size = val.size if isinstance(val, content.Named) else len(val)
        return gettext('synchronisation.msg_words_binary', size=size)
    return str(val)


def _texts(languages):
    if set(languages) <= {'', identity.LANGUAGE}:
        return ' / '.join(dict.fromkeys(languages.values()))
    return ' / '.join(f'{language}: {text}' if language else text
        for language, text in sorted(languages.items()))


def _selection(Model, name):
    "Return {value: label} where the values are always the same."
    definition = Model.fields_get([name])[name]['selection']
    if isinstance(definition, str):
        with Transaction().set_context(_check_access=False):
            definition = getattr(Model, definition)()
    return dict(definition)
