# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Why a bar is missed, and what the limit is now; each from a profile."

PROCESSORS = (
    "On PostgreSQL a pushed record costs the satellite 135 µs of Python and "
    "65 µs of PostgreSQL, the hub 110 and 50, by the processes' own clocks: "
    "360 µs in four processes, of which the two ends work at the same time, "
    "so that no push takes less than 180 µs a record on two cores. "
    "The fold of what was captured before the run comes before the first "
    "message and is not shared.")
# A profile of both ends in one process, on SQLite and without the line
SHARES = (
    "Of what both ends do but for the line 15 % is the fold, 15 what is read "
    "to build the entries, 10 their packing and acknowledgement, 7 their "
    "reading and checking, 6 what they meet at the hub, 6 the rules, 10 the "
    "rows of the business and 10 the states and scopes there; the rest is "
    "many small things.")
AGAIN = (
    "The ratio was measured before these figures, when a push took a fifth "
    "more of the processors; it has to be measured anew on an idle machine.")

LIMITS = {
    'push_vs_morango': f"{PROCESSORS} {SHARES} {AGAIN}",
    'push_vs_morango_sqlite': (
        "On SQLite a pushed record costs the satellite 135 µs and the hub "
        "105 but for the line, the least of some runs in one process, and "
        "with it, on a busy machine, 180 to 220 and 150 to 195: each end has "
        "one process, and no push takes less than the satellite's. "
        f"{SHARES} {AGAIN}"),
    'push_vs_pouchdb': (
        "PouchDB keeps a document as it is, without types, references, keys "
        f"or units. {PROCESSORS} {AGAIN}"),
    'pull_vs_pouchdb': (
        "A page costs the satellite 87 µs of Python and 47 µs of PostgreSQL "
        f"a record, while the hub builds the next one. {AGAIN}"),
    }
