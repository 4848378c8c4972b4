# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Random records together with those they refer to."
from trytond.modules.test_synchronisation.tests.tools import (
    GIVEN, random_values, stored_fields)

DEPTH = 3


class Maker:
    """Creates random records through the business logic of their models.

    What a record refers to is another one made before, a row that exists, or
    is made for it.  given are values to keep by model name.
    """

    def __init__(self, pool, rng, given=GIVEN):
        self.pool = pool
        self.rng = rng
        self.given = given
        self.made = {}
        self.depth = 0

    def make(self, name, given=None):
        "Return a new record of the model and the values given to create it"
        Model = self.pool.get(name)
        given = {**self.given.get(name, {}), **(given or {})}
        self.depth += 1
        try:
            values = random_values(
                self.pool, name, self.rng, self.target, given)
        finally:
            self.depth -= 1
        record, = Model.create([values])
        self.made.setdefault(name, []).append(record.id)
        return record, values

    def target(self, field, model, domain, fresh):
        if not field.required and (
                self.depth > DEPTH or self.rng.random() < 0.2):
            return None
        Model = self.pool.get(model)
        ids = [] if fresh else self.find(Model, domain)
        if ids:
            return self.rng.choice(ids)
        if domain and not field.required:
            return None
        return self.make(model, implied(Model, domain))[0].id

    def find(self, Model, domain):
        "Return the ids of records of the model to refer to"
        made = [('id', 'in', self.made.get(Model.__name__, []))]
        records = Model.search([made, domain])
        if not records or self.rng.random() < 0.1:
            records = Model.search(domain, limit=20)
        return [r.id for r in records]


def implied(Model, domain):
    "Return the values that the domain asks for in so many words"
    names = stored_fields(Model)
    return {
        clause[0]: clause[2] for clause in domain
        if len(clause) == 3 and clause[1] == '=' and clause[0] in names
        and clause[2] not in {None, '', -1}}
