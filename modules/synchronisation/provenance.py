# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Who changed a record last, at which instance, and when."
import datetime as dt
import json

from trytond.pool import Pool
from trytond.transaction import Transaction, without_check_access

from .among import among

# The fields of SyncMixin, in the order of what is told of a change
NAMES = ['last_change_author', 'last_change_instance', 'last_change_time']


@without_check_access
def describe(model, ids, names):
    "Return {name of a field: {id: value}}."
    told = last_changes(model, ids)
    return {name: {
            id_: told[id_][NAMES.index(name)] if id_ in told else None
            for id_ in ids}
        for name in names}


def last_changes(model, ids):
    "Return {id: (name of the author, number of the instance, time)}."
    numbered, captured = _numbered(model, ids), _captured(model, ids)
    return {**numbered, **captured}


def _numbered(model, ids):
    pool = Pool()
    Author = pool.get('synchronisation.author')
    states = pool.get('synchronisation.record').load(
        'record', [(model, id_) for id_ in ids])
    changed = {id_: state.changed for (_, id_), state in states.items()
        if state.changed}
    wanted = sorted({author for author, _ in changed.values()})
    authors = dict(zip(wanted, Author.tell(wanted)))
    result = {}
    for id_, (author, seconds) in changed.items():
        instance, login, name = authors[author]
        result[id_] = name or login, instance, _moment(seconds)
    return result


def _captured(model, ids):
    "The same of what has no position yet, so that it is of this instance."
    from . import sequence
    pool = Pool()
    change = pool.get('synchronisation.change').__table__()
    user = pool.get('res.user').__table__()
    cursor = Transaction().connection.cursor()
    cursor.execute(*change.select(
            change.records, change.author, change.time,
            where=change.model == model, order_by=change.id))
    found = {}
    for records, author, time in cursor:
        if isinstance(time, str):
            time = dt.datetime.fromisoformat(time)
        for id_ in set(ids).intersection(json.loads(records)):
            found[id_] = author, time.replace(microsecond=0)
    if not found:
        return {}
    cursor.execute(*user.select(user.id, user.name, user.login, where=among(
                user.id, {author for author, _ in found.values()})))
    names = {id_: name or login for id_, name, login in cursor}
    return {id_: (names.get(author), sequence.instance(), time)
        for id_, (author, time) in found.items()}


def _moment(seconds):
    return dt.datetime.utcfromtimestamp(seconds)
