# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is drawn at random elsewhere, drawn from a seed."
import random
import uuid
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import SimpleNamespace
from unittest.mock import patch

from trytond.modules.synchronisation import capture, clock, cycle, mixin


class Chance:
    "The numbers that trytond and the synchronisation draw."

    def __init__(self):
        self.begin(0)

    def begin(self, seed):
        self.random = random.Random(seed)

    def token_hex(self, size):
        return f'{self.random.getrandbits(8 * size):0{2 * size}x}'

    def randbits(self, size):
        return self.random.getrandbits(size)

    def randbelow(self, number):
        return self.random.randrange(number)

    def uuid4(self):
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def choice(self, values):
        return self.random.choice(values)

    @contextmanager
    def drawn(self, names=()):
        "Let them be drawn here, in the modules of other names, too."
        ids = SimpleNamespace(**{**vars(uuid), 'uuid4': self.uuid4})
        with ExitStack() as stack:
            for module in [capture, clock, cycle]:
                stack.enter_context(patch.object(module, 'secrets', self))
            for module in [clock, mixin]:
                stack.enter_context(patch.object(module, 'uuid', ids))
            for name in names:
                module = import_module(name)
                stack.enter_context(patch.object(module, 'secrets', self))
                stack.enter_context(
                    patch.object(module, 'uuid4', self.uuid4))
            yield
