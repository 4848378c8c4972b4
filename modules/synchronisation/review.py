# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The mark of a record of which somebody has to decide on a field.

It is computed from the open conflicts, and so the same at every instance that
has the record.
"""
import json
from collections import defaultdict

from trytond.i18n import gettext
from trytond.pool import Pool
from trytond.transaction import without_check_access

from . import reference, words
from .merge import REVIEW


@without_check_access
def marks(model, ids):
    "Return {local id: what is to be decided in words, or None}."
    texts = defaultdict(list)
    for row in _open(model, ids):
        texts[row['record']].append(gettext(
                'synchronisation.msg_review',
                field=words.field(model, row['field']), **{
                    f'{kind}{suffix}': text for kind in ['winner', 'loser']
                    for suffix, text in _side(model, row, kind)}))
    return {id_: '\n'.join(texts[id_]) or None for id_ in ids}


def _side(model, row, kind):
    Author = Pool().get('synchronisation.author')
    yield '', words.value(model, row['field'], json.loads(row[kind]))
    author = row[f'{kind}_by']
    yield '_by', Author(author).rec_name if author else '-'


def _open(model, ids):
    "Return the open conflicts to review of records, with their local ids."
    pool = Pool()
    states = pool.get('synchronisation.record').load(
        'record', [(model, id_) for id_ in ids])
    local = {(model, name): state.local for state in states.values()
        for name in [state.identity, *state.aliases]}
    rows = pool.get('synchronisation.conflict').open_of(local)
    return [{**row, 'record': local[row['model'], row['identity']]}
        for row in rows if row['why'] == REVIEW]


@without_check_access
def search(model, clause):
    "Return the domain of the records that a clause on the mark selects."
    _, operator, value = clause
    found = _marked(model)
    negative = operator == '!=' or operator.startswith('not ')
    if value is None:
        negative = not negative
    else:
        text = value.strip('%').lower()
        found = [id_ for id_, mark in marks(model, found).items()
            if text in (mark or '').lower()]
    return [('id', 'not in' if negative else 'in', found)]


def _marked(model):
    "Return the local ids of the records that have a mark."
    Conflict = Pool().get('synchronisation.conflict')
    return list(reference.local_ids({
                (model, row['identity'])
                for row in Conflict.open_for(model, REVIEW)}).values())
