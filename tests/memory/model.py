# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The models of the histories in memory.

They have what the rules read of a model of Tryton, and nothing else.
"""
from types import SimpleNamespace

from sql import Column, Table

from trytond.model import Unique
from trytond.modules.synchronisation.mixin import SyncMode


def field(type_, required=False, target=None):
    return SimpleNamespace(
        _type=type_, required=required, model_name=target, translate=False)


def unique(*names):
    "Return the constraint that no two rows have the same in some fields."
    table = Table('rows')
    return names[0], Unique(
        table, *(Column(table, name) for name in names)), None


class Model:
    "A model, by the attributes that SyncMixin gives it."
    unique_id_column = 'uuid'
    sync_mode = SyncMode.default
    sync_owners = ()
    sync_key_fields = ()
    sync_key_if = {}
    sync_alike = ()
    sync_urgent = False
    sync_place = None
    sync_policy = {}
    sync_sums = frozenset()
    sync_trees = ()
    _sql_constraints = ()
    _fields = {}

    def __init_subclass__(cls):
        cls.__name__ = cls.__name__.lower()

    @classmethod
    def synchronised_fields(cls):
        return cls._fields.keys() - {'uuid'}

    @classmethod
    def get_unsync_domain(cls):
        return []


class Thing(Model):
    "A record with fields of each policy, a key, a code and a tree."
    unique_id_column = 'key'
    _sql_constraints = [unique('key'), unique('code')]
    sync_policy = {'other': 'satellite', 'grave': 'review'}
    sync_alike = ('kind',)
    _fields = {
        'name': field('char'),
        'other': field('char'),
        'grave': field('char'),
        'key': field('char'),
        'code': field('char'),
        'kind': field('char'),
        'parent': field('many2one', target='thing'),
        }


class Line(Model):
    "A part of a thing, which has a code that tells nothing."
    _sql_constraints = [unique('uuid'), unique('code')]
    sync_owners = ('thing',)
    sync_sums = frozenset({'count'})
    _fields = {
        'uuid': field('char'),
        'name': field('char'),
        'code': field('char'),
        'count': field('integer'),
        'thing': field('many2one', True, 'thing'),
        }


class Visit(Model):
    "A part of a thing that happens at a place."
    sync_owners = ('thing',)
    sync_place = 'place'
    _fields = {
        'uuid': field('char'),
        'name': field('char'),
        'thing': field('many2one', True, 'thing'),
        'place': field('many2one', target='offer'),
        }


class Tag(Model):
    "A relation of a many2many, known by its two ends."
    _sql_constraints = [unique('thing', 'offer')]
    sync_owners = ('thing',)
    sync_key_fields = ('thing', 'offer')
    _fields = {
        'thing': field('many2one', True, 'thing'),
        'offer': field('many2one', True, 'offer'),
        }


class Bond(Tag):
    "A relation that has a value of its own."
    _fields = {**Tag._fields, 'note': field('char')}


class Offer(Model):
    "What every instance has."
    unique_id_column = 'key'
    sync_mode = SyncMode.full
    _fields = {
        'name': field('char'),
        'key': field('char', True),
        }


class Guide(Model):
    "What the centre alone writes, for every instance."
    unique_id_column = 'key'
    sync_mode = SyncMode.update
    _fields = {
        'name': field('char'),
        'key': field('char', True),
        }


MODELS = {
    Model.__name__: Model for Model in [
        Thing, Line, Visit, Tag, Bond, Offer, Guide]}


def without(*fields):
    "Return the models before they got some fields, (model, name)."
    models = dict(MODELS)
    for name in {name for name, _ in fields}:
        Model = models[name]
        lacking = {field for model, field in fields if model == name}
        models[name] = type(Model.__name__, (Model,), {
                '_fields': {n: f for n, f in Model._fields.items()
                    if n not in lacking},
                '_sql_constraints': [
                    row for row in Model._sql_constraints
                    if lacking.isdisjoint(c.name for c in row[1].columns)],
                'sync_sums': Model.sync_sums - lacking,
                'sync_trees': set(Model.sync_trees) - lacking,
                'sync_place': None if Model.sync_place in lacking
                else Model.sync_place})
    return models


def set_tree(is_tree=False):
    "Let no thing be below itself, or any."
    Thing.sync_trees = ('parent',) if is_tree else ()


def set_urgent(*names):
    "Let the records of some models, and of no other, go first."
    for name, Model in MODELS.items():
        Model.sync_urgent = name in names
