# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What happens on the line of a LocalNetwork."
from trytond.modules.synchronisation.errors import HubUnreachableError

from .local import Wire


class Tap(Wire):
    "A line on which something happens before the first answer arrives."

    def __init__(self, network, settings, event):
        super().__init__(network, settings)
        self.event = event

    def call(self, method, text):
        answer = super().call(method, text)
        if self.requests == 1:
            self.event()
        return answer


def before_answer(network, event):
    "Return the transport on which event() happens once in a run"
    return lambda settings: Tap(network, settings, event)


def lost():
    "The event that the hub's answer does not arrive"
    raise HubUnreachableError("The line was cut.")
