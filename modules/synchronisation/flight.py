# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A message on its way, while the satellite does something else."
import threading
from concurrent.futures import Future


class Flight:
    """What a transport will answer to a message.

    A transport that is not parallel has answered at once.
    """

    def __init__(self, transport, method, text):
        self.future = Future()
        if getattr(transport, 'parallel', False):
            # Whoever stops the run does not wait for the line
            threading.Thread(
                target=self.fly_alone, args=(transport.call, method, text),
                daemon=True).start()
        else:
            self.fly(transport.call, method, text)

    def fly(self, call, method, text):
        try:
            self.future.set_result(call(method, text))
        except Exception as error:
            self.future.set_exception(error)

    def fly_alone(self, *message):
        try:
            self.fly(*message)
        except BaseException as error:
            # Nobody else hears of it, and the run would wait for ever
            self.future.set_exception(error)

    def result(self):
        "Wait for the answer and return it, or raise what came instead."
        return self.future.result()
