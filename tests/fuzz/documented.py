# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The codes that the documentation says a hub can answer."
import re

from ..environment import ROOT

PAGE = (ROOT / 'docs' / 'reference' / 'errors.rst').read_text(encoding='utf-8')


def listed(label):
    "Return the codes in the paragraph that begins after a label."
    paragraph = PAGE.split(f'.. _{label}:\n\n')[1].split('\n\n')[0]
    return set(re.findall(r'``([a-z-]+)``', paragraph))


HUB = listed('errors-hub')
WAITING = listed('errors-hub-waiting')
