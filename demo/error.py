# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What ends the demonstration early."


class DemoError(Exception):
    "The demonstration cannot go on; the text says why."
