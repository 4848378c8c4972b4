# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a history is given: models, and who does what to them."


class Mix:
    "The models of a history; the names of fields are by model."

    # What is activated
    modules = ()
    # Modules whose random numbers are drawn from the seed, too
    drawing = ()
    # What people are, a subclass of User, and as whom they write
    user = None
    login = 1
    # The fields whose values are told apart, of all the models there are;
    # those of a model that is written by itself only have none
    texts = {}
    # The tables that are not named as their models
    tables = {}
    # The names of the fields of numbers
    numbers = frozenset()
    # {model: {field: target}}
    links = {}
    # {model: fields that nobody may empty}
    required = {}
    # (model, its many2many, target)
    tag = None
    # {model: the key that people type}
    keys = {}
    # {model: [what no two records may have in common]}
    unique = {}
    # Nobody makes or deletes these by hand
    relations = frozenset()
    # Written at the hub only
    master = frozenset()
    # What a satellite asks for
    fetched = ()
    # Who wins a conflict, for want of models that say so
    policies = {}
    # What a history writes: always these, some that are drawn, how many, and
    # {model: what belongs to it}
    always = frozenset()
    created = frozenset()
    count = 0
    parts = {}
    # Whether what is bound beside the models must be equal, too, and the
    # models of which more than the columns is read
    whole = False
    read = frozenset()

    def draw(self, rng):
        "Return the models that a history writes: few, so that people meet."
        models = set(rng.sample(sorted(self.created), self.count))
        return models.union(self.always, *(
                self.parts.get(model, ()) for model in models))

    def columns(self, model):
        "Return the names of the columns that the oracle reads."
        return sorted({
                *self.texts[model], *self.links.get(model, ()),
                *(name for names in self.unique.get(model, ())
                    for name in names)})

    def table(self, model):
        return self.tables.get(model, model.replace('.', '_'))

    def is_required(self, model, name):
        return name in self.required.get(model, ())

    def edited(self):
        "Return the models in which people edit something."
        return [model for model, names in self.texts.items() if names]

    def changed(self):
        "Return {model: {field: target}} of the links that people change."
        return {model: names for model, names in self.links.items()
            if model not in self.unique}

    def prepare(self, network):
        "Enter what is there before a history begins."

    def share(self, node):
        "Create at the hub what all have from the first in most histories."
        return []

    def check_end(self, node):
        "Check what else must hold at a node in the end."
