# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The records of a database, read past trytond and past the engine.

They are known by what a person knows them by, and so is what they refer to:
the ids of the rows differ between the databases.
"""
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field

BOOKKEEPING = {'id', 'create_uid', 'create_date', 'write_uid', 'write_date'}


@dataclass
class Table:
    "The records of a model."
    columns: list
    # The values in the order of the columns, by the key of the record
    rows: dict = field(default_factory=dict)
    # The ids of the records that have no key, or that of another
    unknown: list = field(default_factory=list)

    def column(self, name):
        "Return {key: value} of a column."
        index = self.columns.index(name)
        return {key: row[index] for key, row in self.rows.items()}


def read(file, schema):
    "Return {model: Table} of the models that travel."
    with closing(sqlite3.connect(f'file:{file}?mode=ro', uri=True)) as base:
        base.row_factory = sqlite3.Row
        reader = Reader(base, schema)
        return {name: reader.table(name) for name, model in schema.items()
            if model['travels']}


class Reader:
    "What is read through one connection."

    def __init__(self, base, schema):
        self.base = base
        # One transaction, for what is written meanwhile is not seen
        base.execute('BEGIN')
        self.schema = schema
        self.xml = {
            (model, id_): f'{module}.{name}'
            for model, id_, module, name in base.execute(
                'SELECT model, db_id, module, fs_id FROM ir_model_data')}
        self.texts = self.read_texts()
        self.keys = {}

    def read_texts(self):
        "Return {(model and field, id): {language: text}}."
        texts = defaultdict(dict)
        for name, id_, language, text in self.base.execute(
                'SELECT name, res_id, lang, value FROM ir_translation '
                "WHERE type = 'model' AND res_id >= 0 AND NOT fuzzy"):
            texts[name, id_][language] = text
        return texts

    def rows(self, model):
        return self.base.execute(
            f'SELECT * FROM "{self.schema[model]["table"]}"')

    def table(self, model):
        cursor = self.rows(model)
        hidden = BOOKKEEPING | set(self.schema[model]['local'])
        table = Table([
                name for name, *_ in cursor.description
                if name not in hidden])
        keys = self.keys_of(model)
        for row in cursor:
            key = keys[row['id']]
            if key is None or key in table.rows:
                table.unknown.append(row['id'])
            else:
                table.rows[key] = tuple(
                    self.value(model, name, row) for name in table.columns)
        return table

    def keys_of(self, model):
        "Return {id: key} of the records of a model."
        if model not in self.keys:
            self.keys[model] = {
                row['id']: self.key(model, row) for row in self.rows(model)}
        return self.keys[model]

    def key(self, model, row):
        "Return the key of a record, None when it has none."
        if name := self.xml.get((model, row['id'])):
            return name
        column, *rest = self.schema[model]['key']
        if not rest:
            # Nobody else knows what an id means
            return None if column == 'id' else row[column]
        target = self.schema[model]['references'][column]
        return self.texts_of(target, *rest).get(row[column])

    def texts_of(self, model, column):
        if (model, column) not in self.keys:
            self.keys[model, column] = {
                row['id']: row[column] for row in self.rows(model)}
        return self.keys[model, column]

    def value(self, model, name, row):
        "Return what a column says in the words of every instance."
        value = row[name]
        references = self.schema[model]['references']
        if name in self.schema[model]['translated']:
            texts = self.texts.get((f'{model},{name}', row['id']), {})
            return tuple(sorted({'en': value, **texts}.items()))
        elif value is None or name not in references:
            return value
        target, id_ = references[name], value
        if target is None:
            target, _, id_ = value.partition(',')
            id_ = int(id_)
        return self.reference(target, id_)

    def reference(self, model, id_):
        if model not in self.schema or id_ < 0:
            return model
        return model, self.keys_of(model).get(id_, f'no record {id_}')
