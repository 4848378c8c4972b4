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
