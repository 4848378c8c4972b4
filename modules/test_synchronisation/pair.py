# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Identity of a record that links two others."
import json

from trytond.model import fields


def pair(first, second):
    """Return a mixin with an identity made of two ends.

    Each end is the name of a many2one and of the key of its target, such as
    'party.code'.
    """
    ends = (first, second)

    class PairMixin:
        __slots__ = ()

        pair = fields.Function(
            fields.Char("Pair"), 'get_pair', searcher='search_pair')

        def get_pair(self, name):
            return dump([follow(self, end) for end in ends])

        @classmethod
        def search_pair(cls, name, clause):
            _, operator, value = clause
            values = value if operator.endswith('in') else [value]
            domain = ['OR', ('id', '=', -1)]
            for keys in map(load, values):
                domain.append([(e, '=', k) for e, k in zip(ends, keys)])
            operator = 'not in' if operator in {'!=', 'not in'} else 'in'
            return [('id', operator, [r.id for r in cls.search(domain)])]

    return PairMixin


def follow(record, path):
    for name in path.split('.'):
        record = getattr(record, name, None)
    return record


def dump(keys):
    "Return the identity that has these keys, None if one is missing"
    if None in keys:
        return None
    return json.dumps(keys, separators=(',', ':'), ensure_ascii=False)


def load(value):
    "Return the keys in an identity, None for each if it is not one"
    try:
        first, second = json.loads(value)
    except (TypeError, ValueError):
        return None, None
    return first, second
