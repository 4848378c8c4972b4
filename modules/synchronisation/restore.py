# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Write what came over the wire as a person does, by the rules of the business."
from contextlib import contextmanager

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.transaction import Transaction, inactive_records

from . import content, identity, reference, registry, words
from .exceptions import RestoreError


@contextmanager
def as_user():
    "Let the user do only what is allowed, also below a button."
    with Transaction().set_context(_check_access=True), inactive_records():
        yield


def write(model, name, values):
    "Write wire values into the record that has an identity."
    record = _record(model, name)
    by_language = _by_language(type(record), localised(model, values))
    for language, local in by_language.items():
        with as_user(), Transaction().set_context(language=language):
            record.__class__.write([record], local)


def write_local(model, name, values):
    "Write values of this database into the record that has an identity."
    with as_user():
        record = _record(model, name)
        record.__class__.write([record], values)


def delete(model, name):
    "Delete the record that has an identity."
    with as_user():
        record = _record(model, name)
        record.__class__.delete([record])


def localised(model, values):
    "Return wire values as a write takes them, or raise RestoreError."
    Model = Pool().get(model)
    needs = identity.needs(Model, values)
    ids = reference.local_ids(needs)
    if missing := needs - ids.keys():
        raise RestoreError(gettext(
                'synchronisation.msg_restore_missing',
                name=', '.join(sorted(words.record(*key)
                        for key in missing))))
    try:
        return _with_files(model, identity.localise(Model, values, ids))
    except (ValueError, TypeError) as error:
        raise RestoreError(gettext(
                'synchronisation.msg_restore_value',
                name=', '.join(sorted(words.field(model, n)
                        for n in values)), reason=str(error))) from error


def _with_files(model, values):
    "Return values with the contents of the files that they name."
    File = Pool().get('synchronisation.file')
    values = dict(values)
    for name, value in values.items():
        if isinstance(value, content.Named):
            values[name] = File.find(value)
            if values[name] is None:
                raise RestoreError(gettext(
                        'synchronisation.msg_restore_file',
                        name=words.field(model, name)))
    return values


def _record(model, name):
    local = reference.local_ids({(model, name)}).get((model, name))
    if local is None:
        raise RestoreError(gettext(
                'synchronisation.msg_restore_gone',
                model=words.model(model), identity=name))
    return Pool().get(model)(local)


def _by_language(Model, values):
    "Return {language: values}; what is not translated is in the first."
    default = Transaction().language
    result = {default: {}}
    translated = registry.translated(Model)
    for name, value in values.items():
        if name not in translated:
            result[default][name] = value
        elif value is None:
            result[default][name] = None
        else:
            # The text without a language is that of the column
            for language, text in sorted(value.items(), reverse=True):
                result.setdefault(language or identity.LANGUAGE, {})[
                    name] = text
    return {language: row for language, row in result.items() if row}
