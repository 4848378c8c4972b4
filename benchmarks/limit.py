# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Why a bar is missed, and what the limit is now; each from a profile."

PROCESSORS = (
    "On PostgreSQL a pushed record costs the satellite 260 µs of Python and "
    "125 µs of PostgreSQL, the hub 220 and 95, by the processes' own clocks: "
    "700 µs in four processes, of which the two ends work at the same time, "
    "so that no push takes less than 350 µs a record on two cores. "
    "Another 55 µs, the fold of what was captured before the run, come before "
    "the first message and are not shared.")

LIMITS = {
    'push_vs_morango': PROCESSORS,
    'push_vs_morango_sqlite': (
        "On SQLite it was not profiled yet. " + PROCESSORS),
    'push_vs_pouchdb': (
        "PouchDB keeps a document as it is, without types, references, keys "
        "or units. " + PROCESSORS),
    'pull_vs_pouchdb': (
        "A page costs the satellite 180 µs of Python and 75 µs of PostgreSQL "
        "a record, while the hub builds the next one."),
    }
