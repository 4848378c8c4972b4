# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a person does in one transaction."
# How many natural keys there are, so that they meet
KEYS = 3


class User:
    "A person at an instance, who draws from rng what to do with models."

    def __init__(self, node, oracle, rng, models):
        self.node = node
        self.mix = node.network.mix
        self.models = models
        self.oracle = oracle
        self.rng = rng

    def model(self, name):
        return self.node.pool.get(name)

    def may(self, model):
        return model in self.models and (
            self.node.hub is None or model not in self.mix.master)

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
        return {name: self.oracle.next(None, name in self.mix.numbers)
            for name in self.mix.texts[model]}

    def create(self):
        "Create a record, or several that belong together."
        raise NotImplementedError

    def key(self):
        return f'K{self.rng.randrange(KEYS)}'

    def is_free(self, model, values):
        "Whether no record here has what may be there once of the values."
        return not any(
            self.model(model).search(
                [(name, '=', values[name]) for name in names])
            for names in self.mix.unique.get(model, ())
            if values.keys() >= set(names))

    def edit(self):
        record = self.pick(self.choose(self.mix.edited()))
        if record:
            texts = self.mix.texts[record.__name__]
            names = [n for n in texts if self.rng.random() < .6]
            values = {name: self.oracle.next(
                    getattr(record, name), name in self.mix.numbers)
                for name in names or texts[:1]}
            record.__class__.write([record], values)

    def link(self):
        links = self.mix.changed()
        record = self.pick(self.choose(list(links)))
        if record:
            model = record.__name__
            name, target = self.rng.choice(sorted(links[model].items()))
            value = self.pick([target])
            required = self.mix.is_required(model, name)
            if not required and self.rng.random() < .3:
                value = None
            if value or not required:
                record.__class__.write([record], {name: value})

    def tag(self):
        "Change a many2many from the one side."
        model, name, target = self.mix.tag
        record, tag = self.pick([model]), self.pick([target])
        if record and tag:
            tags = getattr(record, name)
            word = self.rng.choice(
                ['add', 'add', 'add', 'remove' if tags else 'add'])
            if word == 'remove':
                tag = self.rng.choice(tags)
            record.__class__.write([record], {name: [(word, [tag.id])]})

    def correct(self):
        "A mistyped key is corrected, or becomes that of another."
        record = self.pick(self.choose(sorted(self.mix.keys)), own=True)
        if record:
            model = record.__name__
            values = {self.mix.keys[model]: self.rng.choice([
                        self.key(), f'C{self.oracle.last}.{record.id}'])}
            if self.is_free(model, values):
                record.__class__.write([record], values)

    def delete(self):
        record = self.pick(self.choose([
                    model for model in self.mix.texts
                    if model not in self.mix.relations]), True)
        if record:
            record.__class__.delete([record])

    def several(self):
        "A unit: several records in one transaction."
        for _ in range(self.rng.randint(2, 4)):
            self.rng.choice([
                    self.create, self.create, self.edit, self.link, self.tag,
                    self.correct, self.delete])()
