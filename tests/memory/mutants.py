# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Deliberate faults, one at a time: each must be found by the histories.

Each puts an easier reading of a rule back.
"""
import logging
import sys
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from trytond.modules.synchronisation import (
    adoption, caller, clock, closure, epoch, feed, guest, intake, keys, life,
    loss, merge, message, protocol, registry)

from ..long_run import LongRun, arguments
from . import history, network, store


def base_moves(state, name, version, seen, settled=False):
    kept = is_kept(state, name, version, seen, settled)
    if kept and name in state.base:
        state.base[name] = version
    return kept


def acknowledge_all(self, time, reply, entries):
    return _apply_push(self, time, {**reply, 'answered': [], 'documents': [],
            'waiting': []}, entries)


def without_fold(self):
    return self.store.clock.read_clock()


def cut_anywhere(select, at, upto, limit):
    items = sorted(
        select(limit), key=lambda item: (item.place, item.state.id))
    more = len(items) > limit
    items = items[:limit]
    return feed.Page(items, items[-1].place if more else upto, more)


def same_numbers(self, common, above=0):
    self.marks = []
    return 0


def forget_tombstone(self, entry, state):
    if state.dead and state.id:
        self.store.records.forget([state])


def only_formers(self, known):
    steps = {former: mark for _, former, mark in self.steps}
    return any(steps.get(former, mark) != mark for _, former, mark in known)


def offer_nothing(store, time, hub, lost, own):
    store.instances.note(hub, {
            **{name: lost.kept(getattr(hub, name) or 0)
                for name in epoch.PLACES}, 'epoch': lost.epoch})


def only_key(Model):
    return [name for name in [registry.stored_key(Model)] if name]


is_kept = merge.is_kept
_apply_push = caller.Caller.apply_push

# The fault, and what it replaces by what
FAULTS = {
    "the base moves under a field that is still to be pushed":
        (merge, 'is_kept', base_moves),
    "a pull overwrites what was not pushed":
        (merge, 'is_kept', lambda state, name, version, *_:
            version <= state.up_of(name)),
    "a push is acknowledged whatever the hub says of it":
        (caller.Caller, 'apply_push', acknowledge_all),
    "a repeated change is taken again":
        (protocol.State, 'saw', lambda self, entry: None),
    "what the sender itself brought counts as another's":
        (message.Entry, 'brought', lambda self, state, name: False),
    "an answer is applied over what was not folded":
        (network.Node, 'fold', without_fold),
    "a page ends within a unit":
        (feed, '_page', cut_anywhere),
    "the mates of a unit are not completed":
        (store.Records, 'mates', lambda self, units: []),
    "what a record refers to does not follow it":
        (closure, 'close', lambda store, states, next_place: None),
    "a deletion wins over an edit":
        (intake.Application, 'is_newer', lambda self, entry, state: False),
    "a tombstone is forgotten":
        (intake.Application, 'note', forget_tombstone),
    "a deletion takes what was not pushed with it":
        (adoption.Adoption, 'is_unsent',
            lambda self, document, state: False),
    "an answer that comes late is taken":
        (caller.Caller, 'is_late', lambda self, time, reply: False),
    "a record that comes back has nothing that it had":
        (adoption.Adoption, 'unchanged',
            lambda self, document, state: {}),
    "what waits is marked as done":
        (store.Quarantine, 'store',
            lambda self, *arguments, **options: None),
    "a key makes two things one that the sender told apart":
        (intake.Application, 'has', lambda self, *arguments: False),
    "two things may have one key":
        (keys.Keys, 'is_taken', lambda self, *arguments: False),
    "a second unique text that clashes is not looked for":
        (registry, 'unique_fields', only_key),
    "numbers are used twice after a restore":
        (clock.Time, 'begin_epoch', same_numbers),
    "another life of a database is not noticed":
        (store.Marks, 'between', lambda self, instance, after, before: []),
    "a database is known by the marks alone, without their places":
        (life.Told, 'is_contradicted', only_formers),
    "an answer of a life that the hub lost is taken":
        (caller.Caller, 'is_former', lambda self, reply: False),
    "what waits of a life that the hub lost waits on":
        (loss.Leftovers, 'clear', lambda self: None),
    "who had what the hub lost may not write it":
        (loss.Loss, 'gave_any', lambda self, entry: False),
    "what a hub lost is not offered again":
        (epoch, 'offer_again', offer_nothing),
    "the scope of what was held is not asked for again":
        (epoch, 'held', lambda store, lost: {}),
    "a satellite that knows an older hub is answered":
        (guest.Guest, 'check_hub', lambda self, time: None),
    }
# Those that few histories meet; each has a scene instead, which they break
RARE = {
    "an answer that comes late is taken",
    "a key makes two things one that the sender told apart",
    "the mates of a unit are not completed",
    "a record that comes back has nothing that it had",
    "an answer of a life that the hub lost is taken",
    "what waits of a life that the hub lost waits on",
    "who had what the hub lost may not write it",
    "the scope of what was held is not asked for again",
    }


@contextmanager
def fault(name):
    "Switch a fault on."
    with ExitStack() as stack:
        target, attribute, replacement = FAULTS[name]
        stack.enter_context(patch.object(target, attribute, replacement))
        yield


def find(name, seed, cases):
    "Return how many histories it took to find a fault, or None."
    with fault(name):
        for number in range(cases):
            if breaks(seed + number):
                return number + 1


def breaks(seed):
    "Whether the history of a seed fails in any way."
    try:
        violation, _ = history.play(
            history.draw(seed, history.LONG), history.has_tiers(seed),
            seed % 8 > 3, history.age(seed))
    except Exception:
        # A fault may break more than promises
        return True
    return violation is not None


def main(args=None):
    options = arguments(
        "Find each deliberate fault", cases=500).parse_args(args)
    logging.disable(logging.CRITICAL)
    run = LongRun('mutants', options)
    sought = [name for name in FAULTS if name not in RARE]
    for name in sought:
        if name not in run.done:
            run.finish(name, find(name, options.seed, options.cases))
            print(f"{run.done[name] or 'NOT FOUND':>9}  {name}", flush=True)
    missed = [name for name in sought if not run.done[name]]
    run.report(f'{len(sought)} faults', (
            f"{len(sought) - len(missed)} found, the hardest after "
            f"{max(n or 0 for n in run.done.values())} histories"
            + ''.join(f'; not found: {name}' for name in missed)))
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
