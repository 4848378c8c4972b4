# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What replica.py leaves in the database, and what the ORM would leave."
from contextlib import contextmanager
from unittest.mock import patch

from sql import Table

from trytond.modules.synchronisation import registry, replica
from trytond.modules.synchronisation.capture import REPLICA
from trytond.modules.synchronisation.mixin import SyncUUIDMixin
from trytond.modules.test_synchronisation.tests.tools import (
    random_translations, random_values)
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME
from trytond.transaction import Transaction

LANGUAGES = ['en', 'es']
# Filled by whoever writes, or at a time of its own
STAMPS = {'create_uid', 'create_date', 'write_uid', 'write_date'}


@contextmanager
def transaction(**context):
    "Open a transaction of a user, whom the replica has as well"
    with Transaction().start(DB_NAME, 1, context=context):
        yield Pool()


@contextmanager
def attempt(**context):
    "Open a transaction that leaves nothing"
    with transaction(active_test=False, **context) as pool:
        yield pool
        Transaction().rollback()


def bulk():
    "Let replica.py choose how to write"
    return attempt(**{REPLICA: True})


@contextmanager
def orm():
    "Let replica.py write everything through ModelSQL"
    with bulk() as pool, patch.object(
            replica.registry, 'is_plain', return_value=False):
        yield pool


def received(pool, name, maker, given=None):
    "Return random values of a record as they are received"
    Model = pool.get(name)
    values = random_values(pool, name, maker.rng, maker.target, given)
    names = registry.names(Model)
    if issubclass(Model, SyncUUIDMixin):
        names = names + ['uuid']
    values = {n: values[n] for n in names}
    texts = random_translations(pool, name, maker.rng, LANGUAGES)
    for field in registry.translated(Model):
        if values[field]:
            # A text that is given is the same in all languages
            values[field] = {
                language: values[field] if language == LANGUAGES[0]
                or field in (given or {}) else texts[language][field]
                for language in LANGUAGES}
        else:
            values[field] = None
    return values


def in_language(values, language):
    "Return received values as a user of this language sees them"
    return {
        name: value[language]
        if isinstance(value, dict) and value.keys() == set(LANGUAGES)
        else value
        for name, value in values.items()}


def translated_in(values, language):
    return {
        name: value[language] for name, value in values.items()
        if isinstance(value, dict) and value.keys() == set(LANGUAGES)}


def content(Model, ids):
    "Return all that the database has of records, by order instead of by id"
    order = {id_: number for number, id_ in enumerate(ids)}
    rows = read(Table(Model._table), 'id', ids)
    rows.sort(key=lambda row: order[row['id']])
    paths = {Model._fields[n].path for n in Model._path_fields}
    for row in rows:
        for path in paths & row.keys():
            row[path] = row[path].replace(f'{row["id"]}/', 'self/')
    for field in map(Model._fields.get, Model._mptt_fields):
        nest(rows, field.left, field.right)
    result = {'rows': rows}
    if Model._history:
        history = read(Table(Model._table + '__history'), 'id', ids)
        result['history'] = sorted(history, key=lambda row: row['__id'])
    texts = [
        text for text in read(Table('ir_translation'), 'res_id', ids)
        if text['type'] == 'model'
        and text['name'].split(',')[0] == Model.__name__]
    result['texts'] = sorted(([
                order[text['res_id']], text['name'], text['lang'],
                text['value'], bool(text['fuzzy'])]
            for text in texts))
    for rows in [result['rows'], result.get('history', [])]:
        for row in rows:
            row.pop('__id', None)
            row['id'] = order[row['id']]
    return result


def nest(rows, left, right):
    "Replace places in a tree by what is below, as siblings have no order"
    spans = [(row.pop(left), row.pop(right)) for row in rows]
    for row, (first, last) in zip(rows, spans):
        row[left] = [first < other < last for other, _ in spans]
        row[right] = last - first


def read(table, column, ids):
    cursor = Transaction().connection.cursor()
    cursor.execute(*table.select(
            where=getattr(table, column).in_(list(ids) or [None])))
    names = [description[0] for description in cursor.description]
    return [
        {n: bytes(v) if isinstance(v, memoryview) else v
            for n, v in zip(names, row)}
        for row in cursor]


def stamped(content):
    "Return content with the times as whether they are there"
    return {
        **content,
        **{kind: [{
                    name: value is not None
                    if name in {'create_date', 'write_date'} else value
                    for name, value in row.items()}
                for row in content[kind]]
            for kind in ['rows', 'history'] if kind in content}}


def unstamped(content):
    return {
        **content,
        **{kind: [{n: v for n, v in row.items() if n not in STAMPS}
                for row in content[kind]]
            for kind in ['rows', 'history'] if kind in content}}
