# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What people see of a database, by what is the same at every instance."
import json

from trytond.modules.synchronisation import reference, registry, row
from trytond.transaction import Transaction

LANGUAGES = ['en', 'es']
PLACES = ['at', 'since', 'known', 'told']


def database(node):
    "Return what is in the database of a Node."
    with node.transaction(active_test=False):
        result = {
            'records': records(node.pool),
            'conflicts': table(
                node.pool.get('synchronisation.conflict'), 'model',
                'identity', 'field', 'winner', 'loser', 'why', 'state'),
            'waiting': table(
                node.pool.get('synchronisation.quarantine'), 'place',
                'model', 'identity', 'code'),
            'pending': node.pool.get('synchronisation.record').search_count(
                [('pending', '=', True)]),
            'places': table(
                node.pool.get('synchronisation.instance'), 'number',
                *PLACES, domain=[('database', '!=', None)]),
            }
    return {name: value for name, value in result.items() if value}


def table(Model, *names, domain=()):
    rows = Model.search_read(list(domain), fields_names=list(names))
    return sorted(([row[name] for name in names] for row in rows), key=str)


def records(pool):
    "Return {model: {identity: {field: value}}} of those that live."
    result = {}
    for state in pool.get('synchronisation.record').select(None):
        if not state.dead:
            result.setdefault(state.model, {})[state.identity] = values(
                pool.get(state.model), state.local)
    return {model: dict(sorted(found.items()))
        for model, found in sorted(result.items())}


def values(Model, id_):
    "Return the values of a record that are not empty."
    names = registry.names(Model)
    found, = Model.read([id_], names)
    found.update(texts(Model, id_))
    found = {
        name: value(Model, name, found[name]) for name in sorted(names)
        if found[name] not in [None, '']}
    return json.loads(json.dumps(found, default=str))


def texts(Model, id_):
    "Return the texts of a record that differ by language."
    names = sorted(registry.translated(Model))
    result = {name: {} for name in names}
    for language in LANGUAGES if names else []:
        with Transaction().set_context(language=language):
            found, = Model.read([id_], names)
            for name in names:
                result[name][language] = found[name]
    return {name: texts if any(texts.values()) else None
        for name, texts in result.items()}


def value(Model, name, val):
    "Return a value with an identity in the place of an id."
    target = registry.relations(Model).get(name)
    if Model._fields[name]._type == 'boolean':
        # SQLite has none
        return bool(val)
    if name in registry.references(Model):
        target, id_ = row._split(val) or (val, None)
        return [target, identity(target, id_)]
    return identity(target, val) if target else val


def identity(model, id_):
    return reference.identities([(model, id_)]).get((model, id_))
