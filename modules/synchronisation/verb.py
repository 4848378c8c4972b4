# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The verbs of trytond-synchronise."
from collections import namedtuple

Verb = namedtuple('Verb', 'run show help arguments')
VERBS = {}


def argument(*names, **options):
    "Return an argument of a verb, as argparse takes it."
    return names, options


def verb(help, *arguments, show):
    """Make a verb of a function, which is called with (satellite, options).

    It returns a dictionary, which is printed as JSON or by show.
    """
    def register(function):
        VERBS[function.__name__] = Verb(function, show, help, arguments)
        return function
    return register


def show_outcome(outcome):
    "Print what moved, per model."
    if outcome['moved']:
        print('\n'.join(get_table(outcome['moved'])))
    else:
        print("Nothing moved.")
    print("{requests} requests, {up} up, {down} down, {seconds:.1f} s".format(
            requests=outcome['requests'], seconds=outcome['seconds'],
            up=format_size(outcome['bytes_up']),
            down=format_size(outcome['bytes_down'])))


def get_table(moved):
    "Return the lines of a table of numbers by model."
    columns = list(dict.fromkeys(c for row in moved.values() for c in row))
    rows = [['', *columns]]
    for model, row in sorted(moved.items()):
        rows.append([model, *(str(row.get(c, 0)) for c in columns)])
    widths = [max(map(len, cells)) for cells in zip(*rows)]
    for name, *cells in rows:
        yield '  '.join([name.ljust(widths[0]), *(
                    c.rjust(w) for c, w in zip(cells, widths[1:]))])


def format_size(size):
    for unit in ['B', 'kB', 'MB']:
        if size < 1000:
            break
        size /= 1000
    else:
        unit = 'GB'
    return f'{size:.0f} {unit}' if unit == 'B' else f'{size:.1f} {unit}'
