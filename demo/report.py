# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The tables that are printed at the end."
from collections import Counter

from . import traffic

WIDTH = 32


def layout(rows, left):
    "Yield rows of texts as lines, so many columns on the left side."
    widths = [max(map(len, cells)) for cells in zip(*rows)]
    for row in rows:
        yield '  '.join(
            cell.ljust(width) if index < left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths))).rstrip()


def shorten(text):
    return text if len(text) <= WIDTH else text[:WIDTH - 3] + '...'


def number(value):
    return f'{value:,}' if value else '-'


def kilobytes(value):
    return f'{value / 1000:,.1f} kB'


def get_records(comparison, runs):
    """Return the rows of the table of what each instance has.

    runs are those of each clinic; models without records are left out.
    """
    moved = {name: traffic.moved(done) for name, done in runs.items()}
    rows = [[
            'model', 'instance', 'records', 'compared', 'equal', 'values',
            'pushed', 'pulled']]
    for model, results in sorted(comparison.results.items()):
        if any(result.records for result in results.values()):
            rows += get_model(model, results, {
                    name: by_model.get(model, Counter())
                    for name, by_model in moved.items()})
    for name in next(iter(comparison.results.values())):
        total = sum(moved.get(name, {}).values(), Counter())
        rows.append(['all', name, *get_cells(comparison.total(name), total)])
    return rows


def get_model(model, results, moved):
    title = shorten(model)
    for name, result in results.items():
        yield [title, name, *get_cells(result, moved.get(name, Counter()))]
        title = ''


def get_cells(result, moved):
    return list(map(number, [
                result.records, result.compared, result.equal, result.values,
                moved['pushed'], moved['pulled']]))


def get_costs(runs):
    "Return the rows of the table of what the runs of each clinic cost."
    rows = [[
            'instance', 'task', 'runs', 'requests', 'sent', 'received',
            'seconds']]
    for name, done in runs.items():
        for task, cost in traffic.costs(done).items():
            rows.append([
                    name, task, number(cost['runs']),
                    number(cost['requests']), kilobytes(cost['bytes_up']),
                    kilobytes(cost['bytes_down']), f"{cost['seconds']:.1f}"])
    return rows
