# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Random records together with those they refer to."
from trytond.modules.test_synchronisation.tests.tools import (
    GIVEN, random_values)

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

    def target(self, field, model, fresh):
        ids = [] if fresh else self.find(model)
        if not field.required and (
                self.depth > DEPTH or self.rng.random() < 0.2):
            return None
        if ids:
            return self.rng.choice(ids)
        return self.make(model)[0].id

    def find(self, model):
        "Return the ids of records of the model to refer to"
        ids = self.made.get(model, [])
        if not ids or self.rng.random() < 0.1:
            records = self.pool.get(model).search([], limit=20)
            ids = [r.id for r in records]
        return ids
