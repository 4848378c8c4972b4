# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Random histories on SQLite, with all moves on at once.

A step is a word and the seed of its choices, so that any part of a history is
a history too.
"""
import json
import random

from trytond.exceptions import UserError
from trytond.modules.synchronisation import membership
from trytond.modules.synchronisation.errors import (
    HubUnreachableError, RefusedError)

from ..memory.history import shrink
from ..memory.oracle import expect
from . import database
from .database import Died
from .oracle import Oracle

# How often a word comes up
USER = {'create': 10, 'edit': 12, 'link': 3, 'tag': 3, 'correct': 2,
    'delete': 4, 'several': 4, 'decide': 3, 'undelete': 2}
HUB = {'grant': 1, 'withdraw': 1}
EXCHANGE = {'push': 3, 'pull': 4, 'new': 2, 'synchronise': 7, 'fetch': 4}
MAIL = {'write_push': 2, 'write_pull': 2, 'deliver': 6, 'twice': 2, 'lose': 1}
MACHINE = {'backup': 2, 'restore': 2, 'clock': 1, 'status': 1, 'verify': 1}
WORDS = {**USER, **HUB, **EXCHANGE, **MAIL, **MACHINE}
LENGTHS = [20, 35, 50]
FAULTS = ['unreachable', 'lost', 'lost', 'late', 'died', 'died']
CONFLICT, RECORD = 'synchronisation.conflict', 'synchronisation.record'
# How many rounds it takes at most until nothing moves
ROUNDS = 8
# A link is tried again by then whatever happened on it
DAY = 24 * 60 * 60 + 1


def draw(seed):
    "Return the steps of a history."
    rng = random.Random(seed)
    return [(word, rng.getrandbits(32)) for word in rng.choices(
            list(WORDS), WORDS.values(), k=rng.choice(LENGTHS))]


class History:
    "One history on a Network."

    def __init__(self, network, seed=0):
        rng = random.Random(seed)
        network.begin(seed, rng.random() < .7)
        self.network = network
        self.nodes = network.nodes
        self.satellites = network.satellites
        self.counts = network.counts
        self.mix = network.mix
        self.oracle = Oracle(network)
        self.models = self.mix.draw(rng)
        # Those that are restored from backups
        self.saved = [node for node in self.satellites if not node.below]
        if not self.models & self.mix.master:
            # What only the centre may write nobody could give back to it
            self.saved.append(self.nodes[0])

    def run(self, steps):
        "Run all; raise Violation."
        for word, seed in steps:
            self.step(word, seed)
        self.finish()

    def step(self, word, seed):
        rng = random.Random(seed)
        self.counts[word] += 1
        self.network.clocks.tick(rng.choice([1, 60, 3600]))
        self.network.fault, self.touched = None, set()
        try:
            getattr(self, word)(rng)
        finally:
            database.revive()
        self.oracle.check(self.seen_by(self.touched))
        self.counts['waiting'] += any(
            node.store.waiting_rows for node in self.touched)

    def count(self):
        "Count what came of it, as the instances know it."
        found = {row['name']: row['why'] for node in self.nodes
            for row in self.oracle.conflicts(node)}
        self.counts.update(found.values())
        self.counts['merged'] += len(self.oracle.merged())

    def seen_by(self, nodes):
        "Return nodes and those below them, which should have what they have."
        return [node for node in self.nodes
            if node in nodes or node.hub in nodes]

    # What users do

    def act(self, rng, word):
        node = rng.choice(self.nodes)
        self.touched.add(node)
        before, last = node.store, self.oracle.last
        user = self.mix.user(node, self.oracle, rng, self.models)
        try:
            with node.transaction(self.mix.login, active_test=False):
                getattr(user, word)()
        except UserError:
            self.counts['refused'] += 1
            self.oracle.undo(last)
            return
        self.note_deletions(node, before)
        self.oracle.forget_drafts(node, last)
        self.oracle.unit(node, self.created(node, before))
        self.oracle.saved(node, last)

    def created(self, node, before):
        "Return (model, local id) of what is at a node that was not."
        return [(model, local)
            for model in self.mix.texts
            if model not in self.mix.relations
            for local in node.store.tables[model].keys()
            - before.tables[model].keys()]

    def note_deletions(self, node, before):
        "Note what somebody deleted who saw it."
        for model in self.oracle.texts:
            table = before.tables[model]
            for local in table.keys() - node.store.tables[model].keys():
                self.oracle.bury(node, model, table[local])
                if id_ := before.tables['record'].get((model, local)):
                    self.oracle.deleted.add(self.oracle.known_as(
                            model, before.states[id_].identity))

    def create(self, rng):
        self.act(rng, 'create')

    def edit(self, rng):
        self.act(rng, 'edit')

    def link(self, rng):
        self.act(rng, 'link')

    def tag(self, rng):
        self.act(rng, 'tag')

    def correct(self, rng):
        self.act(rng, 'correct')

    def delete(self, rng):
        self.act(rng, 'delete')

    def several(self, rng):
        self.act(rng, 'several')

    def decide(self, rng):
        "A person keeps or takes the other value of a conflict."
        conflicts = [(node, row['id']) for node in self.nodes
            for row in self.oracle.conflicts(node)
            if row['state'] == 'open'
            and (not node.hub or row['model'] not in self.mix.master)]
        if conflicts:
            node, id_ = rng.choice(conflicts)
            self.button(node, CONFLICT, rng.choice(['keep', 'take']), id_)

    def undelete(self, rng):
        dead = [(node, state.id) for node in self.nodes
            for state in node.store.states.values()
            if state.dead and (
                not node.hub or state.model not in self.mix.master)]
        if dead:
            node, id_ = rng.choice(dead)
            self.button(node, RECORD, 'undelete', id_)

    def button(self, node, model, name, id_):
        self.touched.add(node)
        before, values = node.store, self.oracle.current(node)
        try:
            with node.transaction():
                Model = node.pool.get(model)
                getattr(Model, name)([Model(id_)])
        except UserError:
            self.counts['refused'] += 1
        else:
            self.counts[f'done {name}'] += 1
            # Who takes a value anew need not have seen what came of it
            self.oracle.restored |= name == 'take'
            self.note_deletions(node, before)
            # Who takes another value writes over one that is shown
            self.oracle.buried |= values - self.oracle.current(node)

    # What programs do

    def push(self, rng):
        self.exchange(rng, 'push_all')

    def pull(self, rng):
        self.exchange(rng, 'pull_all')

    def new(self, rng):
        self.exchange(rng, 'new')

    def synchronise(self, rng):
        self.exchange(rng, 'synchronise')

    def fetch(self, rng):
        "A satellite asks for a record of its hub."
        node = rng.choice(self.satellites)
        if found := self.known_above(rng, node):
            self.exchange(rng, 'fetch', *found, node=node)

    def known_above(self, rng, node):
        "Return (a model, [the key of a record of it]) of a node's hub."
        model = rng.choice(
            [model for model in self.mix.fetched if model in self.models])
        with node.hub.transaction(active_test=False):
            Model = node.hub.pool.get(model)
            keys = sorted(getattr(record, Model.unique_id_column)
                for record in Model.search([]))
        return keys and (model, [rng.choice(keys)])

    def grant(self, rng):
        "An administrator lets an instance have a record."
        self.change_scope(rng, membership.grant)

    def withdraw(self, rng):
        self.change_scope(rng, membership.withdraw)

    def change_scope(self, rng, change):
        node = rng.choice(self.satellites)
        self.meet(node)
        if found := self.known_above(rng, node):
            change(node.hub.name, node.number, *found)

    def verify(self, rng):
        self.exchange(rng, 'verify', (), rng.random() < .5)

    def exchange(self, rng, task, *arguments, node=None):
        node = node or rng.choice(self.satellites)
        self.meet(node)
        self.network.set_batch(node, rng.choice([1, 4, 4, 100]))
        self.draw_fault(rng)
        try:
            getattr(node.satellite(), task)(*arguments)
        except HubUnreachableError:
            expect(self.network.fault, 'unreachable', node.number)
        except Died:
            self.counts['died'] += 1

    def draw_fault(self, rng):
        if rng.random() < .25:
            kind = rng.choice(FAULTS)
            self.network.fault = kind, rng.choice([1, 1, 2, 3])
            if kind == 'died':
                database.kill(rng.randint(1, 12), rng.random() < .5)

    def meet(self, node):
        "Note that a satellite and its hub exchange something."
        self.touched |= {node, node.hub}
        node.view = node.hub.view = None

    def status(self, rng):
        "Check that what is shown as pending is what the hub lacks."
        node = rng.choice(self.satellites)
        self.touched.add(node)
        status = node.satellite().status()
        view = node.store
        expect(status['pending'] == len(view.pending()), 'status')

    # What happens on the line

    def write_push(self, rng):
        node = rng.choice(self.satellites)
        self.touched.add(node)
        self.network.set_batch(node, rng.choice([1, 2, 9]))
        if letter := node.write_push():
            self.network.mail.append(letter)

    def write_pull(self, rng):
        node = rng.choice(self.satellites)
        self.touched.add(node)
        self.network.set_batch(node, rng.choice([1, 2, 9]))
        self.network.mail.append(node.write_pull(rng.choice(
                    [['known'], ['offered'], ['known', 'offered']])))

    def deliver(self, rng):
        if mail := self.network.mail:
            self.post(mail.pop(rng.randrange(len(mail))))

    def twice(self, rng):
        if mail := self.network.mail:
            self.post(rng.choice(mail))

    def lose(self, rng):
        if mail := self.network.mail:
            letter = mail.pop(rng.randrange(len(mail)))
            self.counts['lost reply'] += letter.answer is not None

    def post(self, letter):
        "Deliver a message, or the answer to one."
        node = letter.node
        self.meet(node)
        if letter.answer is None:
            answer = node.hub.answer(node.number, letter.method, letter.text)
            if letter.work is not None:
                self.network.mail.append(letter.answered(answer))
        else:
            try:
                node.apply(letter)
            except (RefusedError, HubUnreachableError):
                self.counts['refused reply'] += 1

    # What happens to machines

    def backup(self, rng):
        node = rng.choice(self.saved)
        node.backup()
        self.oracle.backup(node)

    def restore(self, rng):
        "A database is restored, which is declared or found out."
        if not (saved := [node for node in self.saved if node.kept]):
            return self.backup(rng)
        node = rng.choice(saved)
        self.touched.add(node)
        known = self.oracle.found()
        above = max(
            (self.epoch(below) for below in node.below), default=0)
        # Also what is still to be told
        above = max([above, *(
                    json.loads(letter.answer).get('hub') or 0
                    for letter in self.network.mail
                    if letter.node in node.below and letter.answer)])
        node.restore(node.kept)
        if not node.hub or rng.random() < .5:
            node.satellite().restored(above)
        self.counts['restored'] += 1
        self.oracle.restore(node, known)

    def epoch(self, node):
        "Return the life of its hub that a node knows."
        with node.transaction():
            hub = node.pool.get('synchronisation.instance').of_hub()
            return hub and hub.epoch or 0

    def clock(self, rng):
        "The clock of a machine is ten years off, or set right."
        node = rng.choice(self.nodes)
        self.network.clocks.turn(node.name, rng.choice([-1, 0, 1]))

    # The end

    def finish(self):
        self.network.fault, self.touched = None, set()
        rng = random.Random(0)
        late = list(self.network.mail)
        for _ in range(len(late) // 2):
            self.deliver(rng)
        late, self.network.mail = self.network.mail + late, []
        self.level()
        self.oracle.check_end()
        # Late copies of everything change nothing
        for letter in late:
            self.post(letter)
        if late:
            self.network.mail = []
            self.level()
            self.oracle.check_end()

    def level(self):
        "Let all synchronise until nothing moves."
        # What was deleted may have come back when it is looked at again
        self.oracle.locals.clear()
        done = {}
        for _ in range(ROUNDS):
            self.network.clocks.tick(DAY)
            if not any([self.moves(node, done) for node in self.satellites]):
                break
        self.oracle.check(self.nodes)

    def moves(self, node, done):
        "Synchronise a node unless nothing happened since it last did."
        if done.get(node) == self.moment(node) and not self.is_busy(node):
            return False
        self.network.set_batch(node, 100)
        self.meet(node)
        node.satellite().synchronise()
        done[node] = self.moment(node)
        return True

    def moment(self, node):
        return node.store.position, node.hub.store.position

    def is_busy(self, node):
        "Whether there is something that may move at any time."
        return (node.store.unfolded or node.hub.store.unfolded
            or node.store.waiting_rows or node.store.pending()
            or any(row['pending'] for row in self.oracle.conflicts(node)))


def play(network, seed, steps):
    "Return (what failed or None, the History)."
    history = History(network, seed)
    history.failure = None
    try:
        history.run(steps)
    except Exception as error:
        # What breaks the programs breaks a promise, too
        history.failure = error
    history.count()
    return history.failure, history


def kind(error):
    "Return what two failures of the same kind have in common."
    return type(error), error.args[:1]


def fail(network, seed):
    "Return what the history of a seed breaks and how, or None."
    failure, _ = play(network, seed, draw(seed))
    if failure is None:
        return None

    def fails(part):
        found, _ = play(network, seed, part)
        return found is not None and kind(found) == kind(failure)
    steps = shrink(draw(seed), fails)
    failure, _ = play(network, seed, steps)
    return f"seed {seed}: {failure!r}; shrunk to {steps}"
