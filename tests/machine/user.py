# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a person does in one transaction."
from .model import (
    KEYED, LINKS, MASTER, NUMBERS, RELATIONS, REQUIRED, TEXTS, UNIQUE, P)

# How many natural keys there are, so that they meet
KEYS = 3
CREATED = {P + name for name in [
        'parent', 'child', 'node', 'cycle_a', 'keyed', 'mode_full', 'optional',
        'counter', 'deactivable', 'history', 'translated', 'mode_update',
        'mode_default', 'field', 'composite']}
EDITED = [model for model, names in TEXTS.items() if names]


class User:
    "A person at an instance, who draws from rng what to do with models."

    def __init__(self, node, oracle, rng, models):
        self.node = node
        self.models = models
        self.oracle = oracle
        self.rng = rng
        self.created = []

    def model(self, name):
        return self.node.pool.get(name)

    def may(self, model):
        return model in self.models and (
            self.node.hub is None or model not in MASTER)

    def choose(self, models):
        "Return a list with one of the models, an empty one if there is none."
        models = [model for model in models if self.may(model)]
        return models and [self.rng.choice(models)]

    def pick(self, models, own=False):
        "Return one of the records here, none of a module if own, or None."
        found = []
        for name in models:
            if name in self.models:
                found += [record for record in self.model(name).search(
                        [], order=[('id', 'ASC')])
                    if not own or record.id not in self.oracle.loaded[name]]
        # Often one of the first, which others know as well
        size = self.rng.choice([2, 2, len(found)])
        return self.rng.choice(found[:size]) if found else None

    def values(self, model):
        return {name: self.oracle.next(None, name in NUMBERS)
            for name in TEXTS[model]}

    def create(self):
        model, = self.choose(sorted(CREATED))
        if model == P + 'cycle_a':
            return self.create_cycle()
        values = {}
        if model in KEYED:
            values['code'] = self.key()
        for name, target in LINKS.get(model, {}).items():
            values[name] = self.pick([target])
            if values[name] is None and name in REQUIRED:
                return
        if not self.is_free(model, values):
            return
        if model == P + 'parent':
            values['lines'] = [('create', [self.values(P + 'child')
                        for _ in range(self.rng.randrange(3))])]
        record, = self.model(model).create([{**values, **self.values(model)}])
        self.created.append((model, record.id))
        if model == P + 'parent':
            self.created += [(P + 'child', line.id) for line in record.lines]

    def create_cycle(self):
        A, B = self.model(P + 'cycle_a'), self.model(P + 'cycle_b')
        a, = A.create([self.values(P + 'cycle_a')])
        b, = B.create([{**self.values(P + 'cycle_b'), 'a': a}])
        A.write([a], {'b': b})
        self.created += [(A.__name__, a.id), (B.__name__, b.id)]

    def key(self):
        return f'K{self.rng.randrange(KEYS)}'

    def is_free(self, model, values):
        "Whether no record here has the key that is among the values."
        names = UNIQUE.get(model, ())
        return not names or not self.model(model).search(
            [(name, '=', values[name]) for name in names])

    def edit(self):
        record = self.pick(self.choose(EDITED))
        if record:
            model = record.__name__
            names = [n for n in TEXTS[model] if self.rng.random() < .6]
            values = {name: self.oracle.next(
                    getattr(record, name), name in NUMBERS)
                for name in names or TEXTS[model][:1]}
            record.__class__.write([record], values)

    def link(self):
        record = self.pick(self.choose(
                [model for model in LINKS if model not in UNIQUE]))
        if record:
            name, target = self.rng.choice(
                sorted(LINKS[record.__name__].items()))
            value = self.pick([target])
            if name not in REQUIRED and self.rng.random() < .3:
                value = None
            if value or name not in REQUIRED:
                record.__class__.write([record], {name: value})

    def tag(self):
        "Change a many2many from the one side."
        field, keyed = self.pick([P + 'field']), self.pick([P + 'keyed'])
        if field and keyed:
            word = self.rng.choice(
                ['add', 'add', 'add', 'remove' if field.many2many else 'add'])
            if word == 'remove':
                keyed = self.rng.choice(field.many2many)
            field.__class__.write(
                [field], {'many2many': [(word, [keyed.id])]})

    def correct(self):
        "A mistyped key is corrected, or becomes that of another."
        record = self.pick(self.choose(sorted(KEYED)), own=True)
        if record:
            values = {'code': self.rng.choice([
                        self.key(), f'C{self.oracle.last}.{record.id}'])}
            if self.is_free(record.__name__, values):
                record.__class__.write([record], values)

    def delete(self):
        record = self.pick(self.choose(
                [model for model in TEXTS if model not in RELATIONS]), True)
        if record:
            record.__class__.delete([record])

    def several(self):
        "A unit: several records in one transaction."
        for _ in range(self.rng.randint(2, 4)):
            self.rng.choice([
                    self.create, self.create, self.edit, self.link, self.tag,
                    self.correct, self.delete])()
