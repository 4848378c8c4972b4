# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Some records changed, among few and among many."
from contextlib import ExitStack

from . import content, task
from .contender import WITH
from tests.remote import Remote

GROUPS = {'changed'}


def measure(run):
    "Yield (name of a key, its runs)"
    halls = {name: run.hall(size)
        for name, size in [('small', 'records'), ('large', 'large')]}
    with ExitStack() as stack:
        editors = {
            name: stack.enter_context(Remote(hall.hub))
            for name, hall in halls.items()}
        rounds = []
        for number in range(-1, run.rounds):
            found = {}
            for name in sorted(halls, reverse=number % 2):
                hall, count = halls[name], run.sizes['changed']
                # Others in each round, so that all are read anew
                first = (number + 1) * 2 * count % max(
                    1, hall.count - 2 * count)
                hall.satellite.do(task.edit, count, first, 1000 + number)
                found[f'push_{name}'] = hall.satellite.run(
                    'synchronise_push_all')[0]
                editors[name].do(
                    task.edit, count, first + count, 1000 + number)
                found[f'pull_{name}'] = hall.satellite.run(
                    'synchronise_pull_all')[0]
            run.tell(found)
            # The first round only warms up
            if number >= 0:
                rounds.append(found)
        for hall in halls.values():
            compare(hall)
    yield 'changed_scaling', rounds


def compare(hall):
    "Raise DifferenceError unless both ends are equal"
    content.check_rows(*(
            content.stream(instance.database, WITH)
            for instance in [hall.hub, hall.satellite.instance]))
