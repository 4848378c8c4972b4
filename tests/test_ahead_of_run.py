# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A user who asks for records goes ahead of a run that is under way."
import re
import time
from pathlib import Path

from trytond.pool import Pool

from . import busy, record
from .waiting import until

MODULES = ['test_synchronisation']
CODES = ['one', 'two', 'three', 'four', 'five']


def synchronise(path):
    "Run; after the first batch tell so by a file, and wait to be asked"
    from trytond.modules.synchronisation import failpoint, turn
    from trytond.modules.synchronisation.satellite import Satellite
    database, = Pool.database_list()

    def reach(name):
        if name == 'push.done':
            failpoint.hook = None
            Path(path).touch()
            make = turn.files if Path(path).suffix == '.sqlite' else (
                turn.advisory)
            with make(database) as locks:
                while locks.take(turn.AHEAD):
                    locks.free(turn.AHEAD)
                    time.sleep(.01)
    failpoint.hook = reach
    return Satellite(database).synchronise().as_dict()


def methods(hub):
    "Return the methods that a hub was called by, in their order"
    return re.findall(
        r'event=message\.handled .*method=(\w+)', hub.log.read_text())


def test_fetch(network, backend):
    "Test that a fetch comes after the batches that are on their way"
    net = network(backend, MODULES, 1, options={'batch': '1'})
    satellite, = net.satellites
    for code in CODES:
        satellite.call(record.create, code)
    net.hub.call(record.create, 'wanted')
    path = satellite.folder / f'begun.{backend}'
    process = satellite.start(synchronise, str(path))
    until(path.exists, "The first batch")
    fetch = satellite.command('fetch', record.MODEL, 'wanted')
    assert fetch.returncode == 0, fetch.stderr
    assert satellite.call(record.count, 'wanted') == 1
    outcome = process.result(60)
    assert outcome['complete']
    assert outcome['moved'][record.MODEL]['pushed'] == len(CODES)
    # One was answered and one was on its way when the user asked
    before, after = ['push'] * 2, ['push'] * (len(CODES) - 2)
    assert methods(net.hub)[:7] == [*before, 'fetch', 'pull', *after]


def test_fetch_busy(network):
    "Test that a fetch says so when a run does not give way in time"
    satellite, = network(
        'sqlite', MODULES, 1, options={'timeout': '1'}).satellites
    with busy.hold(satellite):
        refused = satellite.command('fetch', record.MODEL, 'wanted')
    assert refused.returncode == 5, refused.stderr
