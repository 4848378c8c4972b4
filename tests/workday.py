# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What happens at a clinic and at a centre, in the processes of each."
from importlib.metadata import version

from trytond.modules.synchronisation import membership
from trytond.modules.synchronisation.satellite import Satellite
from trytond.pool import Pool
from trytond.transaction import Transaction

from .clinical_day import Catalogue, Day, contents, names
from .local import Node

FAMILY = 'gnuhealth.patient.family.diseases'


def level():
    "Return the version of GNU Health that is installed."
    return version('gnuhealth')


def node():
    "Return this instance as one of a LocalNetwork."
    name, = Pool.database_list()
    return Node(None, name, None)


def begin():
    "Let a centre have what it keeps for all."
    centre = node()
    add_country()
    Catalogue(centre)


def add_country():
    # As the scripts of Tryton do
    node().create('country.country', name="Testland", code='TS')


def work(code):
    "Let people enter a day; return the keys of what they made."
    day = Day(node(), code)
    day.work()
    return made(day)


def work_for(number, code):
    "Enter a day at the centre for an institution that a clinic has."
    day = Day(node(), code)
    day.found_clinic()
    membership.grant(
        day.node.name, number, 'gnuhealth.institution', [code])
    day.care()
    return made(day)


def made(day):
    "Return the keys of what people made on a day, as lists."
    # Which records there are is told by the fold
    Satellite(day.node.name).status()
    return sorted(map(list, names(day.node, day.made)))


def tell(keys):
    "Return the values of records by their keys, as lists."
    found = contents(node())
    return [found.get(tuple(key)) for key in keys]


def waiting():
    "Return why something waits, or is decided on."
    here = node()
    return [
        *here.values('synchronisation.quarantine', 'model', 'reason'),
        *here.values('synchronisation.conflict', 'model', 'field')]


def relate(relative):
    "Let the first disease in a family be one of another relative."
    here = node()
    id_ = here.find(FAMILY)[0]
    here.write(FAMILY, id_, relative=relative)
    return key_of(here, id_)


def annotate(key):
    "Write another field of such a disease, and return what there is."
    here = node()
    with here.transaction(user=0):
        state, = here.pool.get('synchronisation.record').load(
            'identity', [tuple(key)]).values()
        local = state.local
    here.write(FAMILY, local, xory='m')
    return here.read(FAMILY, local, 'relative', 'xory')


def key_of(here, id_):
    with here.transaction(user=0):
        state, = here.pool.get('synchronisation.record').load(
            'record', [(FAMILY, id_)]).values()
        return list(state.key)


def choices():
    "Return the relatives that the form offers."
    with Transaction().start(node().name, 1):
        Family = Pool().get(FAMILY)
        return [value for value, _ in Family.relative.selection]
