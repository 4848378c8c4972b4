# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The lane of the saved versions.

A model with history keeps every version of its records.  Each goes up to the
centre once, after the present values, and changes nothing there.
"""
import datetime as dt
import hashlib
import json

from sql import Column

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import identity, lock, registry, row, wire
from .among import among
from .configuration import INSTANCES

# How many versions are described at once
ROWS = 500


def describe(store, settings):
    "Say of what was captured which record and which values it has."
    Version = Pool().get('synchronisation.version')
    last = 0
    while rows := Version.undescribed(ROWS, last):
        last = rows[-1]['id']
        by_model = {}
        for version in rows:
            by_model.setdefault(version['model'], []).append(version)
        for model, versions in by_model.items():
            # A module may be gone before the fold
            if Model := store.models.get(model):
                _describe(store, settings, Model, versions)
        if lock.any_row(store.changes):
            # Who saved since may have made what nobody knows yet
            rows = [row for row in rows if row.get('identity')]
        Version.describe([{**_unknown(v, settings), **v} for v in rows])


def _unknown(version, settings):
    return {
        'identity': None, 'name': f"{version['id']}", 'author': None,
        'instance': settings.synchronisation_id, 'values': '{}',
        'pending': False}


def _describe(store, settings, Model, versions):
    values = _values(Model, [version['source'] for version in versions])
    states = store.records.load(
        'record', {(Model.__name__, v['record']) for v in versions})
    users = store.users({version['user'] for version in versions})
    pushes = bool(
        settings.synchronisation_url and registry.is_pushed(Model))
    for version in versions:
        state = states.get((Model.__name__, version['record']))
        login, name = users.get(version['user'], (f"#{version['user']}", None))
        # The row of the history may be gone, too
        content = {} if version['deleted'] else values.get(
            version['source'], {})
        version.update(
            # What belongs to something that does not travel has none
            identity=state and state.identity, pending=bool(state and pushes),
            instance=settings.synchronisation_id, author=name or login,
            values=json.dumps(content, separators=(',', ':')))
        version['name'] = _name(version)


def _name(version):
    "Return a name that the same version has after a restore, and no other."
    text = json.dumps([version[name] for name in [
                'model', 'identity', 'author', 'values']] + [
            str(version['time'])])
    mark = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{version['instance']}.{version['source']}.{mark}"


def _values(Model, sources):
    "Return {id of a row of the history: wire values}."
    names = [name for name in registry.names(Model)
        # A dictionary or a file is not in the row alone
        if not hasattr(Model._fields[name], 'get')]
    history = Model.__table_history__()
    columns = [
        Model._fields[name].sql_column(history) for name in names]
    encoders = {name: row.encoder(Model._fields[name]._type)
        for name in names}
    cursor = Transaction().connection.cursor()
    cursor.execute(*history.select(
            Column(history, '__id'), *columns,
            where=among(Column(history, '__id'), sources)))
    raw = {source: {
            name: encoders[name](value)
            if encoders[name] and value is not None else value
            for name, value in zip(names, values)}
        for source, *values in cursor}
    return row.identify({Model.__name__: raw})[Model.__name__]


def tell(rows):
    "Return versions as a message has them."
    return [[
            version['name'], version['model'], version['identity'],
            version['instance'], version['author'],
            _seconds(version['time']), bool(version['deleted']),
            json.loads(version['values'])]
        for version in rows]


def hear(message):
    "Return the versions that a message has, checked for their form."
    rows = message.get('saved')
    wire.expect(isinstance(rows, list), 'list of versions')
    versions = [_heard(version) for version in rows]
    wire.expect(
        len({version['name'] for version in versions}) == len(versions),
        'version, which it has twice')
    return versions


def _heard(version):
    wire.expect(isinstance(version, list) and len(version) == 8, 'version')
    name, model, key, instance, author, time, deleted, values = version
    wire.expect(all(map(wire.is_name, [name, model, key])), 'version')
    wire.expect(
        type(instance) is int and 0 <= instance < INSTANCES, 'instance')
    wire.expect(wire.is_text(author), 'author')
    wire.expect(wire.is_time(time), 'time')
    wire.expect(type(deleted) is bool, 'version')
    wire.expect(isinstance(values, dict)
        and all(map(wire.is_name, values)), 'value')
    return {
        'name': name, 'model': model, 'identity': key, 'instance': instance,
        'author': author, 'time': dt.datetime.utcfromtimestamp(time),
        'deleted': deleted, 'values': values}


def take(store, settings, versions, is_known):
    """Keep versions at the hub.

    is_known(states) are the keys of those that the sender may tell of.
    Return (the names of those taken, [name, code, sentence] of the others).
    """
    Version = Pool().get('synchronisation.version')
    keys = {(version['model'], version['identity']) for version in versions}
    known = is_known(store.records.load('identity', {
                key for key in keys | set(former(store, keys).values())
                if key[0] in store.models}))
    names = former(store, keys)
    taken, waiting = {True: [], False: []}, []
    for version in versions:
        key = version['model'], version['identity']
        key = names.get(key, key)
        problem = _problem(store, version, key in known)
        if problem:
            waiting.append([version['name'], *problem])
            continue
        pushes = bool(settings.synchronisation_url
            and registry.is_pushed(store.models[version['model']]))
        taken[pushes].append({
                **version, 'identity': key[1],
                'values': json.dumps(
                    version['values'], separators=(',', ':'))})
    for pushes, rows in taken.items():
        Version.store(rows, pushes)
    return [row['name'] for rows in taken.values() for row in rows], waiting


def former(store, keys):
    "Return {key: key} of the records that are known by another name now."
    return {key: (key[0], name)
        for key, name in store.aliases.resolve(keys).items()}


def _problem(store, version, is_known):
    Model = store.models.get(version['model'])
    if Model is None:
        return 'model', (
            f"The model \"{version['model']}\" does not synchronise.")
    if not is_known:
        return 'scope', (
            "The record is not one of those that this instance may write.")
    values = {name: value for name, value in version['values'].items()
        if name in Model.synchronised_fields()}
    try:
        identity.check(Model, {
                name: {'': value} if isinstance(value, str)
                and name in registry.translated(Model) else value
                for name, value in values.items()})
    except (ValueError, TypeError):
        return 'value', "A version has a value that its field cannot have."


def _seconds(time):
    if isinstance(time, str):
        time = dt.datetime.fromisoformat(time)
    return int(time.replace(tzinfo=dt.timezone.utc).timestamp())
