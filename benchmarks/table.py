# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The results as a table, on a terminal and in the documentation."
from .key import HIGHER, KEYS
from .limit import LIMITS
from tests.environment import ROOT

PAGE = ROOT / 'docs' / 'reference' / 'benchmarks.rst'
BEGIN = '.. The results follow, which make bench writes.\n'


def bar(made):
    sign = 'at least' if made['better'] == HIGHER else 'at most'
    return f"{sign} {made['bar']:g}"


def value(made):
    if made['value'] is None:
        return "not measured"
    return f"{made['value']:.4g} {made['unit']}"


def verdict(made):
    return "yes" if made['holds'] else "no"


def spread(made):
    "Return the smallest and the largest value that one run gives."
    if not made['runs']:
        return ''
    values = [made['formula']([run]) for run in made['runs']]
    return f"{min(values):.4g} to {max(values):.4g}"


def rows(results):
    for name, made in results.items():
        made = {**made, 'formula': KEYS[name].formula}
        yield (name, value(made), spread(made), bar(made), verdict(made),
            str(len(made['runs'])), made['commit'])


HEAD = 'Key', 'Value', 'Single runs', 'Bar', 'Holds', 'Runs', 'Commit'


def text(results):
    "Return the lines for a terminal."
    table = [HEAD, *rows(results)]
    widths = [max(map(len, cells)) for cells in zip(*table)]
    return [
        '  '.join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip()
        for row in table]


def page(results):
    "Return the part of the documentation that is made from the results."
    return '\n'.join([*grid(results), '', *notes(results)]) + '\n'


def grid(results):
    yield from ['.. list-table::', '   :header-rows: 1', '']
    for name, *cells, commit in [HEAD, *rows(results)]:
        if name in KEYS:
            name, commit = f'``{name}``', f'``{commit}``'
        yield f'   * - {name}'
        yield from (f'     - {cell}'.rstrip() for cell in [*cells, commit])


def notes(results):
    for name, made in results.items():
        yield f'``{name}``'
        sentences = made['method']
        if not made['holds']:
            sentences += ' ' + (made.get('why') or LIMITS.get(
                    name, "Why the bar is missed is not explained yet."))
        for sentence in sentences.replace('. ', '.\n').splitlines():
            yield f'   {sentence}'
        yield ''


def publish(results):
    "Write the results into the documentation."
    head, begin, _ = PAGE.read_text(encoding='utf-8').partition(BEGIN)
    PAGE.write_text(head + begin + '\n' + page(results), encoding='utf-8')
