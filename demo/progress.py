# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What a person sees while the demonstration goes on."
import time

# Seconds between two lines about the same step
INTERVAL = 10


class Progress:
    "Prints lines with the seconds since the beginning."

    def __init__(self):
        self.begin = self.last = time.monotonic()

    @property
    def seconds(self):
        return time.monotonic() - self.begin

    def say(self, text):
        self.last = time.monotonic()
        print(f'{self.seconds:6.1f} s  {text}', flush=True)

    def tell(self, get_text):
        "Say how far a step is, now and then."
        if time.monotonic() - self.last >= INTERVAL:
            self.say(get_text())
