# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Fields of Tryton that have to be wider."
from trytond.model import fields


class Wide(fields.Integer):
    "A number that may not fit in 32 bits, as the seconds after 2038."
    _sql_type = 'BIGINT'


class Position(Wide):
    "A position of the feed."
