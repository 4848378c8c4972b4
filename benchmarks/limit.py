# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Why a bar is missed, and what the limit is now; each from a profile."

LIMITS = {
    }
