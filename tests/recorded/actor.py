# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"An instance in a story."
from collections import namedtuple
from functools import wraps

from trytond.modules.synchronisation import membership
from trytond.modules.synchronisation.errors import HubUnreachableError

from .. import damage
from ..test_decisions import decide
from ..test_restore import Backup

# A record as a value, by its model and its key
To = namedtuple('To', 'model key')


def act(method):
    "What an instance does if it acts; the time passes anyhow."
    @wraps(method)
    def done(actor, *args, **values):
        actor.stage.clocks.tick(60)
        if actor.acts:
            method(actor, *args, **values)
    return done


class Actor:
    "A Node and its people, who name a record by its key."

    def __init__(self, stage, node, acts):
        self.stage = stage
        self.node = node
        self.acts = acts

    def travelling(self, model):
        "Return the names of the fields of a model that travel."
        with self.node.transaction():
            return self.node.pool.get(model).synchronised_fields()

    def local(self, model, key):
        column = getattr(
            self.node.pool.get(model), 'unique_id_column', 'code')
        found, = self.node.find(model, (column, '=', key))
        return found

    def localise(self, value):
        "Return a value with ids in the place of keys."
        if isinstance(value, To):
            return self.local(*value)
        elif isinstance(value, list):
            return [self.localise(v) for v in value]
        elif isinstance(value, tuple):
            return tuple(self.localise(v) for v in value)
        elif isinstance(value, dict):
            return {n: self.localise(v) for n, v in value.items()}
        return value

    # People

    @act
    def create(self, model, **values):
        self.node.create(model, **self.localise(values))

    @act
    def write(self, model, key, /, **values):
        self.node.write(
            model, self.local(model, key), **self.localise(values))

    @act
    def translate(self, model, key, /, **values):
        "Write in Spanish."
        local = self.local(model, key)
        with self.node.transaction(language='es'):
            Model = self.node.pool.get(model)
            Model.write([Model(local)], values)

    @act
    def refer(self, model, key, name, target):
        "Choose the record of a Reference."
        self.node.write(model, self.local(model, key), **{
                name: f'{target.model},{self.local(*target)}'})

    @act
    def delete(self, model, key):
        self.node.delete(model, self.local(model, key))

    @act
    def decide(self, word):
        decide(self.node, word)

    # Administrators

    @act
    def withdraw(self, number, model, keys):
        membership.withdraw(self.node.name, number, model, keys)

    @act
    def backup(self):
        self.kept = Backup(self.node)

    @act
    def restore(self):
        self.kept.restore()

    @act
    def restored(self):
        self.node.satellite().restored()

    @act
    def damage(self, model, key, **values):
        "Write past Tryton."
        damage.corrupt(self.node, model, self.local(model, key), **values)

    @act
    def insert(self, model, **values):
        damage.insert(self.node, model, **values)

    @act
    def forbid(self, model, name):
        "Let the database refuse two equal values of a field."
        table = self.node.pool.get(model)._table
        with self.node.transaction() as transaction:
            transaction.connection.cursor().execute(
                f'CREATE UNIQUE INDEX rule ON "{table}" ("{name}")')

    # The program

    def run(self, task, *arguments, lost=False):
        self.stage.clocks.tick(60)
        self.stage.run(self, task, arguments, lost)

    def do(self, task, arguments, transport):
        satellite = self.node.satellite(transport=transport)
        try:
            getattr(satellite, task)(*arguments)
        except HubUnreachableError:
            # As the story says
            pass

    def push(self, **options):
        self.run('push_all', **options)

    def pull(self, **options):
        self.run('pull_all', **options)

    def new(self):
        self.run('new')

    def synchronise(self, **options):
        self.run('synchronise', **options)

    def fetch(self, model, *keys):
        self.run('fetch', model, keys)

    def verify(self, *arguments):
        self.run('verify', *arguments)

    def ask(self, method, **changes):
        "Send the last message again, changed."
        self.stage.clocks.tick(60)
        self.stage.ask(self, method, changes)
