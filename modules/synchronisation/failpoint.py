# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Named places at which a process may die.

The tests kill it at each of them, see docs/explanation/failpoints.rst.  No
setting and no message arms one; a process that is to die arms itself.
"""

# Called with the name of each place that is reached
hook = None


def reach(name):
    "Note that the process is at a place."
    if hook is not None:
        hook(name)
