# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.exceptions import UserError
from trytond.model.exceptions import ValidationError


class InstanceNumberError(ValidationError):
    pass


class ConflictError(UserError):
    pass


class RestoreError(UserError):
    pass
