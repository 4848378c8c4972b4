# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The tables of the pages about which models of GNU Health are bound.

python -m tests.bindings writes them.
"""
import re
from importlib.metadata import requires

from . import pool_only
from .environment import ROOT
from .tree import extras

MODULE = 'health_synchronisation'
REFERENCE = ROOT / 'docs' / 'reference'
BINDINGS = REFERENCE / 'bindings.rst'
UNBOUND = REFERENCE / 'unbound.rst'
# In this order the modules are told, and then the others
FIRST = ['country', 'currency', 'company', 'party', 'product', 'ir', 'health']


def listed():
    "Return the models with all the modules that are bound"
    return pool_only.describe(MODULE, *extras(MODULE))


def everything():
    "Return the models with all modules of GNU Health"
    names = [
        re.split(r'[^\w-]', name)[0] for name in requires(
            'gnuhealth-all-modules')]
    return pool_only.describe(MODULE, 'health', *(
            name.replace('gnuhealth-', 'health_').replace('-', '_')
            for name in names if name.startswith('gnuhealth-')))


def by_module(rows):
    "Return [(module, its rows)], in the order in which they are told"
    groups = {}
    for row in rows:
        groups.setdefault(row['module'], []).append(row)
    return sorted(groups.items(), key=lambda pair: (
            FIRST.index(pair[0]) if pair[0] in FIRST else len(FIRST),
            pair[0]))


def code(*names):
    return ', '.join(f'``{name}``' for name in names)


def heading(text, sign):
    return f'{text}\n{sign * len(text)}\n\n'


def table(head, rows):
    lines = ['.. list-table::', '   :header-rows: 1', '']
    for row in [head, *rows]:
        for number, cell in enumerate(row):
            sign = '   * - ' if number == 0 else '     - '
            lines.append((sign + cell).rstrip())
    return '\n'.join(lines) + '\n\n'


def other_keys(row, coded):
    """Return the sets of fields that are unique though they tell nothing

    coded chooses those of which an equal one is told apart by itself.
    """
    if row['mode'] in {'none', 'update'}:
        return []
    return [
        names for names in row['unique']
        if names and not set(names) & {'uuid', *row['local']}
        and names not in [row['key'], row['ends']]
        and (len(names) == 1 and names[0] in row['codes']) == coded]


def reasons(rows):
    "Yield a line for each module and reason"
    for module, group in by_module(rows):
        names = {}
        for row in group:
            names.setdefault(row['reason'], []).append(row['model'])
        for reason, models in names.items():
            yield code(module), code(*models), reason


def marked(text):
    "Return a text with the names of models as such"
    return re.sub(
        r'\b((?:country|gnuhealth|party)(?:\.\w+)+)', r'``\1``', text)


def bindings():
    "Return {name: text} of the tables of the page of what is bound"
    from trytond.modules.health_synchronisation.left_out import ELSEWHERE
    bound = [row for row in listed().values() if row['state'] == 'bound']
    left_out = [
        row for row in listed().values() if row['state'] == 'left out']
    head = [
        "Model", "Mode", "Known by", "Belongs to", "Happens at", "Local",
        "People decide"]
    return {
        'bound': ''.join(
            heading(f'``{module}``', '~') + table(head, map(cells, rows))
            for module, rows in by_module(bound)),
        'codes': once(bound, "Field", True),
        'once': once(bound, "Fields", False),
        'left out': table(["Module", "Models", "Why"], reasons(left_out)),
        'elsewhere': table(["What", "Why"], [
                (what, marked(why)) for what, why in ELSEWHERE.items()]),
        }


def once(bound, head, coded):
    "Return the table of what is unique, see other_keys()"
    return table(["Model", head], [
            (code(row['model']), code(*names))
            for _, rows in by_module(bound) for row in rows
            for names in other_keys(row, coded)])


def cells(row):
    key = code(*row['key']) or "itself"
    for name, values in row['key_if'].items():
        key += f", if {code(name)} is {code(*values)}"
    if row['alike']:
        key += f", if not contradicted by {code(*row['alike'])}"
    return [
        code(row['model']),
        row['mode'] + (", urgent" if row['urgent'] else ''), key,
        code(*row['owners']),
        code(row['place']) if row['place'] else '', code(*row['local']),
        code(*row['review'])]


def unbound():
    "Return the same of the page of what nobody has bound"
    rows = everything().values()
    return {
        'unbound': table(["Module", "Models"], [
                (code(module), code(*(row['model'] for row in group)))
                for module, group in by_module(
                    row for row in rows if row['state'] == 'unbound')]),
        'missing': table(["Model", "What"], [
                (code(row['model']), re.sub(
                        r'"([^"]*)"', r'``\1``', sentence))
                for row in rows for sentence in row.get('missing', [])]),
        }


def filled(page, tables):
    "Return the text of a page with these tables"
    text = page.read_text(encoding='utf-8')
    for name, content in tables.items():
        begin, end = f'.. {name}: make bindings writes\n', '.. end\n'
        before, _, rest = text.partition(begin)
        assert rest, name
        text = before + begin + '\n' + content + end + rest.partition(end)[2]
    return text


if __name__ == '__main__':
    for page, tables in [(BINDINGS, bindings()), (UNBOUND, unbound())]:
        text = filled(page, tables)
        page.write_text(text, encoding='utf-8')
