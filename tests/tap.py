# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What happens on the line of a LocalNetwork."
import pytest

from trytond.modules.synchronisation import configuration
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


def held_up(node):
    "Let a node push, and return what lets the message arrive at its hub"
    messages = []

    class Slow(Wire):

        def call(self, method, text):
            messages.append((method, text))
            lost()
    network = node.network
    with pytest.raises(HubUnreachableError):
        node.satellite(
            transport=lambda settings: Slow(network, settings)).push_all()
    line = network.dial(configuration.load(node.name))
    return lambda: line.call(*messages[0])


def lost():
    "The event that the hub's answer does not arrive"
    raise HubUnreachableError("The line was cut.")
