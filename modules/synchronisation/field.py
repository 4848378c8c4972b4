# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A field of Tryton that has to be wider."
from trytond.model import fields


class Position(fields.Integer):
    "A position of the feed, which does not fit in 32 bits."
    _sql_type = 'BIGINT'
