# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The rows of the business as they travel.

A raw value is what JSON has, with the ids of this database; a wire value has
identities in their place, and is the same at every instance.
"""
from contextlib import contextmanager
from contextvars import ContextVar

from sql import Column

from trytond.model import ModelSQL
from trytond.pool import Pool
from trytond.transaction import Transaction, without_check_access

from . import bulk, file_row, reference, registry, value
from .among import among, parts
from .identity import LANGUAGE
from .mixin import SyncMixin

RELATIONS = {'many2one', 'one2one'}
TIMED = {'datetime', 'timestamp'}
_prepared = ContextVar('prepared', default={})


def read(Model, ids, names=None):
    """Return {local id: {name: wire value}} of the rows that exist.

    A reference to a row that no other instance can know is left out, with
    what get_wire_value of the model leaves out.
    """
    rows = identify({Model.__name__: raw(Model, ids, names)})[Model.__name__]
    if Model.get_wire_value is SyncMixin.get_wire_value:
        return rows
    with _preparing(Model, rows):
        return {id_: Model(id_).get_wire_value() for id_ in rows}


@contextmanager
def _preparing(Model, rows):
    token = _prepared.set({(Model.__name__, i): r for i, r in rows.items()})
    try:
        yield
    finally:
        _prepared.reset(token)


def prepared(record):
    "Return the wire values of one record, read with its batch if there is."
    key = record.__name__, record.id
    if key in _prepared.get():
        return dict(_prepared.get()[key])
    Model = record.__class__
    return identify({key[0]: raw(Model, [record.id])})[key[0]][record.id]


def raw(Model, ids, names=None):
    "Return {local id: {name: raw value}} of the rows that exist."
    names = sorted(names) if names is not None else registry.names(Model)
    translated = registry.translated(Model)
    files = [name for name in registry.files(Model) if name in names]
    apart = translated.union(files)
    rows = _read(Model, ids, [n for n in names if n not in apart])
    texts = {n: _texts(Model, n, rows) for n in names if n in translated}
    contents = files and file_row.read(Model, list(rows), files)
    encoders = [(name, encode) for name in names if name not in apart
        and (encode := encoder(Model._fields[name]._type))]
    for id_, row in rows.items():
        for name, encode in encoders:
            if row[name] is not None:
                row[name] = encode(row[name])
        for name in texts:
            row[name] = texts[name][id_]
        if contents:
            row.update(contents[id_])
    if list(next(iter(rows.values()), ())) == list(names):
        return rows
    return {
        id_: {name: row[name] for name in names} for id_, row in rows.items()}


def _read(Model, ids, names):
    # Below the overrides of the business, which may add or hide
    plain = [n for n in names if not hasattr(Model._fields[n], 'get')]
    table = Model.__table__()
    columns = [Model._fields[name].sql_column(table) for name in plain]
    timed = [i for i, name in enumerate(plain)
        if Model._fields[name]._type in TIMED]
    for i in timed:
        columns[i] = bulk.moments(columns[i])
    cursor = Transaction().connection.cursor()
    found = {}
    for part in parts(ids):
        cursor.execute(*table.select(
                table.id, *columns, where=among(table.id, part)))
        for id_, *values in cursor:
            for i in timed:
                values[i] = bulk.to_moment(values[i])
            found[id_] = dict(zip(plain, values))
    rows = {id_: found[id_] for id_ in ids if id_ in found}
    if len(plain) < len(names):
        with without_check_access(), Transaction().set_context(
                _datetime=None):
            for row in ModelSQL.read.__func__(
                    Model, list(rows), list(set(names).difference(plain))):
                rows[row.pop('id')].update(row)
    return rows


def encoder(type_):
    return None if type_ in RELATIONS else value.encoder(type_)


def _texts(Model, name, ids):
    "Return {id: text} or {id: {language: text}} of a translated field."
    Translation = Pool().get('ir.translation')
    default = Transaction().language
    table, translation = Model.__table__(), Translation.__table__()
    cursor = Transaction().connection.cursor()
    result = {}
    for part in parts(list(ids)):
        part = list(part)
        cursor.execute(*table.select(
                table.id, Column(table, name), where=among(table.id, part)))
        base = dict(cursor.fetchall())
        cursor.execute(*translation.select(
                translation.res_id, translation.lang, translation.value,
                where=(translation.name == f'{Model.__name__},{name}')
                & (translation.type == 'model')
                & among(translation.res_id, part)
                & (translation.fuzzy == False)))  # noqa: E712
        texts = {}
        for id_, language, text in cursor:
            texts.setdefault(id_, {})[language] = text
        for id_, text in base.items():
            result[id_] = _text(text, texts.get(id_), default)
    return result


def _text(base, texts, default):
    if not texts:
        return base if base is None else {'': base}
    if value.base_text(texts, default) != base:
        return {'': base, **texts}
    if texts.keys() == {LANGUAGE}:
        return texts[LANGUAGE]
    return texts


def identify(models):
    "Turn {model: {id: raw row}} into {model: {id: wire row}}."
    pool = Pool()
    pairs = set()
    for name, rows in models.items():
        pairs |= _pairs(pool.get(name), rows.values())
    names = reference.identities(pairs)
    return {
        name: _wires(pool.get(name), rows, names)
        for name, rows in models.items()}


def _pairs(Model, rows):
    relations = registry.relations(Model)
    references = registry.references(Model)
    pairs = set()
    for row in rows:
        for name, target in relations.items():
            if row.get(name) is not None:
                pairs.add((target, row[name]))
        for name in references:
            if row.get(name) and (pair := _split(row[name])):
                pairs.add(pair)
    return pairs


def _split(text):
    "Return the (model, id) of a reference, None if it names no record."
    model, _, id_ = text.partition(',')
    if model and id_.isdecimal():
        return model, int(id_)


def _wires(Model, rows, names):
    relations = registry.relations(Model)
    references = registry.references(Model)
    if not relations and not references:
        return rows
    return {id_: _wire(row, names, relations, references)
        for id_, row in rows.items()}


def _wire(row, names, relations, references):
    values = dict(row)
    for name in row.keys() & relations.keys():
        if row[name] is not None:
            _refer(values, name, names.get((relations[name], row[name])))
    for name in row.keys() & references:
        if row[name] is None:
            continue
        if pair := _split(row[name]):
            identity = names.get(pair)
            _refer(values, name, identity and [pair[0], identity])
        else:
            model = row[name].partition(',')[0]
            values[name] = [model, None] if model else None
    return values


def _refer(values, name, identity):
    "Put what is referred to, or leave out what no other instance can know."
    if identity:
        values[name] = identity
    else:
        del values[name]
