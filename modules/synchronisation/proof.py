# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The steps of the proof that a satellite and its hub are equal."
from collections import Counter

from . import repair, verify, wire
from .errors import ConfigurationError
from .failpoint import reach


class Proof:
    """Compare the models with the hub, in one run of a Cycle.

    With is_repairing what differs is put right as far as that is safe.
    """

    def __init__(self, cycle, models, is_repairing):
        self.cycle = cycle
        self.wanted = models
        self.is_repairing = is_repairing
        self.verification = verify.Verification()
        self.differences = []
        self.done = 0

    def run(self):
        self.differences = self.cycle.retried(self.look_for_strangers)
        reach('proof.adopted')
        self.take_stock()
        reach('proof.read')
        reply = self.ask({'models': self.verification.models()})
        self.note_strangers(reply)
        for buckets in self.verification.suspect_buckets(reply):
            reply = self.ask({'buckets': buckets})
            self.compare(self.verification.suspects(buckets, reply))
        self.finish()

    def ask(self, question):
        return self.cycle.call('verify', {**self.places, **question})

    def look_for_strangers(self):
        "Return the rows of which nothing is known, and take note of them."
        with self.cycle.folded(snapshot=True) as (caller, time):
            store = caller.store
            models = self.models(store)
            differences = self.strangers(store, models)
            if self.is_repairing:
                repair.adopt(store, self.cycle.settings, models)
            left = {model: set(store.strangers(model))
                for model in {row['model'] for row in differences}}
            for row in differences:
                row['repaired'] = row['here'] not in left[row['model']]
        return differences

    def take_stock(self):
        "Read all that is here; what is written since is read again."
        with self.cycle.snapshot() as caller:
            store, hub = caller.store, caller.hub
            self.places = {
                'at': hub and hub.at or 0, 'known': hub and hub.known or 0}
            models = self.models(store)
            for number, model in enumerate(models, 1):
                self.verification.take_stock(
                    store, hub and hub.number, model)
                self.cycle.progress('read', number, len(models))

    def models(self, store):
        for model in self.wanted:
            if model not in store.models:
                raise ConfigurationError(
                    f'The model "{model}" does not synchronise here; name '
                    "one that does.", 'model')
        return sorted(self.wanted or store.models)

    def strangers(self, store, models):
        return [
            verify.describe_stranger(store, model, local)
            for model in models for local in store.strangers(model)]

    def note_strangers(self, reply):
        strangers = reply.get('strangers')
        wire.expect(isinstance(strangers, dict)
            and all(map(wire.is_number, strangers.values())), 'strangers')
        for model, count in strangers.items():
            self.differences.append({
                    **verify.describe_strangers(model, count),
                    'repaired': self.is_repairing})
        if strangers and self.is_repairing:
            self.ask({'adopt': sorted(strangers)})

    def compare(self, keys):
        "Compare records field by field, and put right what differs."
        size = self.cycle.settings.batch
        for i in range(0, len(keys), size):
            part = keys[i:i + size]
            question = {}
            for model, name in part:
                question.setdefault(model, []).append(name)
            reply = self.ask({'records': question})
            moving = wire.pairs(reply, 'moving')
            self.differences += self.cycle.retried(
                lambda: self.compare_part(part, reply, moving))
            self.done += len(part)
            reach('proof.compared')
            self.cycle.progress('compare', self.done, None)

    def compare_part(self, keys, reply, moving):
        with self.cycle.folded(not self.is_repairing) as (caller, time):
            if self.is_repairing:
                caller.lock_rows(reply)
            store, hub = caller.store, caller.hub.number
            documents, _ = caller.documents(time, reply)
            comparison = verify.Comparison(
                store, hub, keys, documents, moving)
            findings = comparison.findings()
            self.verification.skipped |= comparison.skipped
            told = [(f.key, verify.describe(store, f)) for f in findings]
            repaired = set()
            if self.is_repairing and findings:
                repaired = repair.Repair(store, time, hub).run(findings)
                reach('proof.repaired')
        return [{**row, 'repaired': key in repaired}
            for key, rows in told for row in rows]

    def finish(self):
        "Tell what was found, and that nothing was, at both ends."
        outcome, verification = self.cycle.outcome, self.verification
        equal = not self.differences
        outcome.details = {
            'equal': equal,
            'level': verification.is_level,
            'unsent': verification.unsent,
            'unread': verification.unread,
            'differences': self.differences,
            }
        self.count()
        if equal and verification.is_level and not self.wanted:
            self.ask({'proved': True})
            reach('proof.told')
            with self.cycle.caller() as caller:
                caller.store.instances.note(
                    caller.hub, {'proved': caller.store.now()})

    def count(self):
        outcome = self.cycle.outcome
        records = {
            (row['model'], row['identity'] or str(row['here'])):
            row for row in self.differences}
        for (model, _), row in records.items():
            number = row['hub'] if row['kind'] == verify.EXTRA_HUB else 1
            outcome.count(model, 'differing', number)
            if row['repaired']:
                outcome.count(model, 'repaired', number)
        left = Counter(
            model for (model, _), row in records.items()
            if not row['repaired'])
        for model, number in sorted(left.items()):
            self.cycle.problem(self.sentence(model, number))

    def sentence(self, model, number):
        what = "One record differs" if number == 1 else (
            f"{number} records differ")
        remedy = (
            "look at the differences and decide on them by hand"
            if self.is_repairing else 'run "verify --repair"')
        return f'{what} in "{model}" from the hub; {remedy}.'
