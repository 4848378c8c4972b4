# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Random histories in memory, with all moves on at once.

A step is a word and the seed of its choices, so that any part of a history is
a history too.
"""
import json
import random
import traceback
from collections import Counter

from trytond.modules.synchronisation import patience
from trytond.modules.synchronisation.replica import Violation as Refused

from . import network
from .model import MODELS, set_tree, set_urgent, without
from .oracle import TEXTS, Oracle, Violation

WORDS = {
    'user': 10, 'push': 3, 'pull': 3, 'deliver': 8, 'twice': 1, 'lose': 1,
    'cycle': 3, 'grant': 2, 'withdraw': 1, 'rule': 1, 'repeal': 1}
RESTORE = {'backup': 2, 'restore': 2}
UPDATE = {'update': 1}
# What older modules of an instance may lack
NEW = [
    ('thing', 'other'), ('thing', 'grave'), ('thing', 'parent'),
    ('thing', 'code'), ('line', 'count'), ('bond', 'note'),
    ('visit', 'place')]
KEYS = 4
# The models with a second unique text
CODED = ['thing', 'line']
# The models that are known by their two ends
RELATIONS = ['tag', 'bond']
# What tells apart two things of one key
KINDS = ['a', 'b', None, None, None]
LENGTHS = [15, 40, 80, 160]
# In which more meets, at the price of the time
LONG = [80, 160]


def draw(seed, lengths=LENGTHS):
    "Return the steps of a history, as many as one of the lengths."
    rng = random.Random(seed)
    words = {
        **WORDS, **(RESTORE if seed % 4 > 1 else {}),
        **(UPDATE if age(seed) else {})}
    return [(word, rng.getrandbits(32)) for word in rng.choices(
            list(words), words.values(), k=rng.choice(lengths))]


def shrink(steps, fails):
    "Return a part of steps, as short as can be found, that fails too."
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            part = steps[:start] + steps[start + size:]
            if fails(part):
                steps = part
            else:
                start += size
        size //= 2
    return steps


class History:
    """One history; tiers puts an instance between the centre and two others.

    With an age some instances have older modules, see age().
    """

    def __init__(self, tiers=False, hub=False, age=None):
        set_tree(hub)
        # Another one in each kind of history
        set_urgent(*['thing'] * (tiers == hub), *['visit'] * tiers)
        centre = network.Node(0)
        if tiers:
            middle = network.Node(1, centre)
            self.nodes = [centre, middle, network.Node(2, middle),
                network.Node(3, middle), network.Node(4, centre)]
        else:
            self.nodes = [centre] + [
                network.Node(number, centre) for number in [1, 2, 3]]
        if age:
            self.grow_older(random.Random(age))
        self.satellites = self.nodes[1:]
        # Those that have backups
        self.saved = [node for node in self.nodes
            if hub or not node.below]
        # The hub that was restored: what two on one way lost may stay lost
        self.hub = None
        self.depth = 2 if tiers else 1
        self.oracle = Oracle(self.nodes)
        self.oracle.older = bool(age)
        self.mail = []
        # The instances that refuse what others allow
        self.strict = []
        self.counts = Counter()
        self.violation = None

    def grow_older(self, rng):
        for node in self.nodes:
            if rng.random() < .5:
                node.store.update(
                    without(*rng.sample(NEW, rng.choice([1, 2]))))

    def run(self, steps):
        "Run all; raise Violation."
        for word, seed in steps:
            self.step(word, random.Random(seed))
        self.finish()

    def step(self, word, rng):
        self.counts[word] += 1
        getattr(self, word)(rng)
        self.oracle.check()
        self.counts['waiting'] += any(
            node.store.tables['quarantine'] for node in self.nodes)

    def count(self):
        "Count what came of it, as the instances know it."
        found = {row['name']: row['why'] for node in self.nodes
            for row in node.store.conflicts.all()}
        self.counts.update(found.values())
        self.counts['merged'] += len({
                key for node in self.nodes
                for key in node.store.tables['aliases']})

    def finish(self):
        rng = random.Random(0)
        late = list(self.mail)
        for _ in range(len(self.mail) // 2):
            self.deliver(rng)
        late, self.mail = self.mail + late, []
        while self.strict:
            self.repeal(rng)
        for node in self.nodes:
            node.store.update(MODELS)
        self.level(2 * self.depth + 1)
        self.oracle.check()
        self.oracle.check_end()
        # Late copies of everything change nothing
        for letter in late:
            self.post(letter)
        self.mail = []
        self.level(2)
        self.oracle.check_end()

    def level(self, rounds):
        "Let all synchronise so often, or until nothing moves any more."
        for _ in range(rounds):
            before = [node.store.moved() for node in self.nodes]
            for node in self.satellites:
                node.synchronise(patience.LAST)
                node.push()
            if before == [node.store.moved() for node in self.nodes]:
                break

    # What happens on the line

    def push(self, rng):
        node = rng.choice(self.satellites)
        node.settings.batch = rng.choice([1, 2, 9])
        message = node.build_push()
        if message.work:
            self.mail.append((message, None))

    def pull(self, rng):
        node = rng.choice(self.satellites)
        node.settings.batch = rng.choice([1, 2, 9])
        lanes = rng.choice([['known'], ['offered'], ['known', 'offered']])
        self.mail.append((node.build_pull(lanes), None))

    def deliver(self, rng):
        if self.mail:
            self.post(self.mail.pop(rng.randrange(len(self.mail))))

    def twice(self, rng):
        if self.mail:
            self.post(rng.choice(self.mail))

    def lose(self, rng):
        if self.mail:
            self.mail.pop(rng.randrange(len(self.mail)))

    def post(self, letter):
        "Deliver a message, or the answer to one."
        message, answer = letter
        if answer is None:
            answer = message.node.hub.answer(message.method, message.text)
            self.mail.append((message, answer))
        else:
            message.node.apply(message, answer)

    def cycle(self, rng):
        node = rng.choice(self.satellites)
        node.settings.batch = rng.choice([1, 3, 9])
        node.synchronise(patience.FIRST)

    def grant(self, rng):
        "The hub lets an instance have a record."
        node = rng.choice(self.satellites)
        node.hub.grant(node.number, rng)

    def withdraw(self, rng):
        "The hub takes a record from an instance."
        node = rng.choice(self.satellites)
        self.oracle.withdraw(node.hub, node.hub.withdraw(node.number, rng))

    def rule(self, rng):
        "An instance begins to refuse some of what others allow."
        node = rng.choice(self.nodes)
        node.store.rule = rng.randrange(3)
        self.strict.append(node)

    def repeal(self, rng):
        "It no longer does."
        if self.strict:
            self.strict.pop(rng.randrange(len(self.strict))).store.rule = None

    def update(self, rng):
        "An instance gets the modules of today."
        rng.choice(self.nodes).store.update(MODELS)

    # What users do

    def user(self, rng):
        node = rng.choice(self.nodes)
        user = User(self, node, rng)
        last = self.oracle.last
        try:
            with node.store.user(node.number) as user.work:
                for _ in range(rng.choice([1, 1, 1, 2, 2, 3])):
                    user.act()
        except Refused:
            # The database of the user refused it
            self.counts['refused'] += 1
            self.oracle.undo(last)
            return
        user.commit()
        self.oracle.saved(node, last)

    # What happens to machines

    def backup(self, rng):
        node = rng.choice(self.saved)
        node.backup()
        self.oracle.backup(node)

    def restore(self, rng):
        "A satellite is restored, which it knows or finds out."
        node = rng.choice(self.saved)
        if node.kept and not (node.below and self.hub not in {None, node}):
            if node.below:
                self.hub = node
            above = max((below.store.instances.of_hub().epoch or 0
                    for below in node.below
                    if below.store.instances.of_hub()), default=0)
            # Also what is still to be told
            above = max([above, *(
                        json.loads(answer).get('hub') or 0
                        for message, answer in self.mail
                        if message.node in node.below and answer)])
            self.oracle.lose(node)
            # Of a hub somebody has to say so
            node.restore(bool(node.below) or rng.random() < .5, above)
            self.oracle.restore(node)


class User:
    "One transaction of a user."

    def __init__(self, history, node, rng):
        self.oracle = history.oracle
        self.node = node
        self.tables = node.store.tables
        self.rng = rng
        self.created = []
        self.dead = []
        self.gone = set()
        self.cleared = set()
        self.amounts = []

    def commit(self):
        self.oracle.count(self.node, self.amounts)
        self.oracle.unit(self.node, self.created)
        for model, row, key in self.dead:
            self.oracle.bury(self.node, model, row, key)
        self.oracle.buried |= self.cleared
        self.oracle.deleted |= self.gone

    def act(self):
        act = self.rng.choices(
            [self.create, self.edit, self.link, self.move, self.rebind,
                self.correct, self.recode, self.count, self.delete],
            [8, 8, 3, 2, 5, 1, 2, 3, 3])[0]
        act()

    def model(self, *names):
        "Return one of the models, or at the centre that it alone writes."
        if self.node.hub is None and self.rng.random() < .2:
            return 'guide'
        return self.rng.choice(names)

    def pick(self, model):
        "Return a local id or None; the oldest is the one that many have."
        ids = sorted(self.tables[model]) or [None]
        return ids[0] if self.rng.random() < .3 else self.rng.choice(ids)

    def knows(self, model, name):
        "Whether the modules of the instance have a field."
        return name in self.node.store.models[model]._fields

    def texts(self, model):
        return [n for n in TEXTS[model] if self.knows(model, n)]

    def key(self):
        return self.rng.choice([f'k{self.rng.randrange(KEYS)}', None, None])

    def code(self):
        return f'c{self.rng.randrange(2 * KEYS)}'

    def create(self):
        model = self.model(
            'thing', 'thing', 'line', 'visit', 'offer', *RELATIONS,
            *RELATIONS)
        if model in RELATIONS and not (
                self.tables['thing'] and self.tables['offer']):
            model = 'offer'
        values = {n: self.oracle.value() for n in self.texts(model)}
        if model == 'thing':
            values['key'] = self.key()
            values['kind'] = self.rng.choice(KINDS)
            values['parent'] = self.rng.choice([None, self.pick('thing')])
        elif model in {'offer', 'guide'}:
            values['key'] = f'k{self.rng.randrange(KEYS)}'
        else:
            values['thing'] = self.pick('thing')
            if model in RELATIONS:
                values['offer'] = self.pick('offer')
            elif model == 'visit':
                values['place'] = self.rng.choice([None, self.pick('offer')])
            else:
                values['count'] = self.rng.choice([None, 1])
        if model in CODED:
            values['code'] = self.rng.choice([self.code(), None])
        values = {n: v for n, v in values.items() if self.knows(model, n)}
        local = self.work.create(model, values)
        self.created.append((model, local))
        if values.get('count'):
            self.amounts.append((local, values['count']))

    def edit(self):
        model = self.model(
            'thing', 'thing', 'line', 'visit', 'bond', 'bond', 'offer')
        local = self.pick(model)
        if local is not None:
            row = self.tables[model][local]
            self.work.write(model, local, {
                    name: self.change(row[name])
                    for name in self.texts(model) if self.rng.random() < .5})

    def change(self, value):
        "Return another value for a field that has one, mostly."
        if self.rng.random() < .1:
            self.cleared.add(value)
            return None
        return self.oracle.value(value)

    def count(self):
        local = self.pick('line')
        if local is not None and self.knows('line', 'count'):
            amount = self.rng.choice([-2, 0, 1, 3])
            row = self.tables['line'][local]
            self.work.write('line', local, {
                    'count': (row['count'] or 0) + amount})
            self.amounts.append((local, amount))

    def move(self):
        "Let a visit happen elsewhere."
        local = self.pick('visit')
        if local is not None and self.knows('visit', 'place'):
            self.work.write('visit', local, {
                    'place': self.rng.choice([None, self.pick('offer')])})

    def rebind(self):
        "Let a relation have another end."
        model = self.rng.choice(RELATIONS)
        local = self.pick(model)
        name = self.rng.choice(['offer', 'offer', 'thing'])
        if local is not None:
            self.work.write(model, local, {name: self.pick(name)})

    def link(self):
        local, other = self.pick('thing'), self.pick('thing')
        if local is not None and self.knows('thing', 'parent'):
            self.work.write('thing', local, {
                    'parent': self.rng.choice([None, other])})

    def correct(self):
        model = self.model('thing', 'offer')
        local = self.pick(model)
        if local is not None:
            self.work.write(model, local, {
                    'key': f'k{self.rng.randrange(2 * KEYS)}'})

    def recode(self):
        model = self.rng.choice(CODED)
        local = self.pick(model)
        if local is not None and self.knows(model, 'code'):
            self.work.write(model, local, {'code': self.code()})

    def delete(self):
        model = self.model(
            'thing', 'line', 'line', 'visit', 'tag', 'bond', 'offer')
        local = self.pick(model)
        if local is None:
            return
        family = [(model, local)]
        for name, id_ in family:
            family += {child for _, child, _ in self.node.store.children(
                    name, [id_])} - set(family)
        for name, id_ in reversed(family):
            key = self.oracle.identity(self.node, name, id_)
            self.gone.add(key)
            self.dead.append((name, self.tables[name][id_], key))
            self.work.delete(name, id_)


def play(steps, tiers, hub=False, age=None):
    "Return (what failed or None, the History)."
    history = History(tiers, hub, age)
    try:
        history.run(steps)
    except Violation as violation:
        history.violation = violation
    except Exception as error:
        # Nothing that happens may stop an instance either
        history.violation = Violation(repr(error), *traceback.format_tb(
                error.__traceback__)[-1:])
    history.count()
    return history.violation, history


def fail(seed, hub=False):
    """Return what the history of a seed breaks and how, or None.

    With hub the centre may be restored from a backup, too.
    """
    steps, tiers = draw(seed), has_tiers(seed)
    violation, _ = play(steps, tiers, hub, age(seed))
    if violation is None:
        return None
    kind = violation.args[0]

    def fails(part):
        found, _ = play(part, tiers, hub, age(seed))
        return found is not None and found.args[0] == kind
    steps = shrink(steps, fails)
    return f"seed {seed}: {violation}; shrunk to {steps}"


def has_tiers(seed):
    return seed % 2 == 1


def age(seed):
    """Return by what to draw who has older modules, or None if nobody has.

    Not where backups are restored: what was left out for an older hub and
    came late is a repeat for it if the sender is restored meanwhile.
    """
    return seed if seed % 5 == 1 and seed % 4 < 2 else None
