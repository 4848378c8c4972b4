# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The models of test_synchronisation, and what people do to them."
from .mix import Mix
from .user import User

P = 'test_synchronisation.'
KEYED = {P + name for name in ['keyed', 'mode_full', 'counter', 'deactivable',
        'translated', 'mode_update', 'mode_default']}


class Writer(User):
    "A person who writes records of the tests."

    def create(self):
        model, = self.choose(sorted(self.mix.created))
        if model == P + 'cycle_a':
            return self.create_cycle()
        values = {}
        if model in KEYED:
            values['code'] = self.key()
        for name, target in self.mix.links.get(model, {}).items():
            values[name] = self.pick([target])
            if values[name] is None and self.mix.is_required(model, name):
                return
        if not self.is_free(model, values):
            return
        if model == P + 'parent':
            values['lines'] = [('create', [self.values(P + 'child')
                        for _ in range(self.rng.randrange(3))])]
        self.model(model).create([{**values, **self.values(model)}])

    def create_cycle(self):
        A, B = self.model(P + 'cycle_a'), self.model(P + 'cycle_b')
        a, = A.create([self.values(P + 'cycle_a')])
        b, = B.create([{**self.values(P + 'cycle_b'), 'a': a}])
        A.write([a], {'b': b})


def named(names):
    "Return a dictionary by the names of models."
    return {P + name: value for name, value in names.items()}


def links(names):
    return named({model: {n: P + target for n, target in targets.items()}
            for model, targets in names.items()})


class Things(Mix):
    modules = ('test_synchronisation',)
    user = Writer
    # Others may not edit the rows that modules load
    login = 0
    texts = named({
            'parent': ['name'],
            'child': ['name', 'quantity'],
            'node': ['name'],
            'cycle_a': ['name'],
            'cycle_b': ['name'],
            'keyed': ['name', 'note'],
            'mode_full': ['name'],
            'mode_update': ['name'],
            'mode_default': ['name'],
            'optional': ['name'],
            'counter': ['amount'],
            'deactivable': ['name'],
            'history': ['name'],
            'translated': ['name', 'description'],
            'field': ['char'],
            'field-keyed': [],
            'composite': ['note'],
            })
    numbers = frozenset({'quantity', 'amount'})
    links = links({
            'child': {'parent': 'parent'},
            'node': {'next': 'node'},
            'optional': {'keyed': 'keyed'},
            'mode_default': {'update': 'mode_update'},
            'cycle_a': {'b': 'cycle_b'},
            'cycle_b': {'a': 'cycle_a'},
            'field-keyed': {'field': 'field', 'keyed': 'keyed'},
            'composite': {'left': 'keyed', 'right': 'keyed'},
            })
    required = named({
            'child': {'parent'},
            'cycle_b': {'a'},
            'field-keyed': {'field', 'keyed'},
            'composite': {'left', 'right'},
            })
    tag = P + 'field', 'many2many', P + 'keyed'
    keys = dict.fromkeys(sorted(KEYED), 'code')
    unique = {
        **{model: [('code',)] for model in sorted(KEYED)},
        P + 'field-keyed': [('field', 'keyed')],
        P + 'composite': [('left', 'right')]}
    relations = frozenset({P + 'field-keyed'})
    master = frozenset({P + 'mode_update'})
    fetched = [P + name for name in [
            'keyed', 'counter', 'deactivable', 'mode_default', 'translated',
            'node', 'parent', 'field', 'optional']]
    policies = named({
            'keyed': {'note': 'review'},
            'history': {'name': 'satellite'},
            })
    always = frozenset({P + 'keyed'})
    created = frozenset(P + name for name in [
            'parent', 'child', 'node', 'cycle_a', 'keyed', 'mode_full',
            'optional', 'counter', 'deactivable', 'history', 'translated',
            'mode_update', 'mode_default', 'field', 'composite'])
    count = 3
    read = frozenset({P + 'translated'})
    # In the order of their links
    shared = [P + name for name in [
            'parent', 'child', 'keyed', 'mode_full', 'mode_default',
            'optional', 'counter', 'deactivable', 'history', 'translated',
            'field']]

    def share(self, node):
        with node.transaction():
            for model in self.shared:
                node.pool.get(model).create([self.first(model, node.pool)])
        return self.shared

    def first(self, model, pool):
        "Return the values of the record of a model that all have."
        values = {'code': 'S'} if model in KEYED else {}
        if 'name' in self.texts[model]:
            values['name'] = 'shared'
        for name, target in self.links.get(model, {}).items():
            values[name] = next(
                iter(pool.get(target).search([], limit=1)), None)
        return values


THINGS = Things()
