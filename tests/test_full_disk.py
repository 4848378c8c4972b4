# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Disks that are full, see disk.py."
import hashlib
import json
import random

import pytest

from trytond.pool import Pool
from trytond.transaction import Transaction

from . import disk
from .network import standalone
from .postgresql import Cluster
from .remote import Remote

pytestmark = pytest.mark.services

MODULES = ['test_synchronisation']
MODEL = 'test_synchronisation.workload'
# Records, some in a transaction, and the letters of each
RECORDS, UNIT, LETTERS = 900, 20, 24_000


def create(pool, letters):
    "Create more than is left on the disk"
    rng = random.Random(0)
    for begin in range(0, RECORDS, UNIT):
        pool.get(MODEL).create([{
                    'code': str(number),
                    'address': f'{rng.getrandbits(4 * letters):0{letters}x}',
                    } for number in range(begin, begin + UNIT)])
        Transaction().commit()


def read(pool):
    "Return the hash of what is here, and how much it is"
    records = pool.get(MODEL).search([], order=[('code', 'ASC')])
    text = json.dumps([(record.code, record.address) for record in records])
    return hashlib.sha256(text.encode()).hexdigest(), len(records)


def synchronise():
    "Run; return the code and the sentence of what ended it"
    from trytond.modules.synchronisation.errors import SynchronisationError
    from trytond.modules.synchronisation.satellite import Satellite
    try:
        outcome = Satellite(*Pool.database_list()).synchronise()
    except SynchronisationError as error:
        assert error.transient or error.code == 'fault'
        return error.code, str(error)
    assert outcome.complete, outcome.errors
    return None, None


@pytest.fixture(scope='module')
def cluster():
    "A cluster of its own, as its files may be limited"
    cluster = Cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(params=[disk.Tmpfs, disk.FileLimit])
def Disk(request):
    if request.param is disk.Tmpfs and not disk.can_mount():
        # That of the files is there for who may not
        pytest.skip("No file system may be mounted here.")
    return request.param


def check_end(network):
    "Check that all is everywhere, once"
    whole = [instance.call(read) for instance in network.instances]
    assert whole[0] == whole[1]
    assert whole[0][1] == RECORDS


def test_satellite_on_sqlite(network):
    "Test that a clinic whose disk is full goes on once there is room"
    network = network('sqlite', set(MODULES), 1)
    satellite, = network.satellites
    network.hub.call(create, LETTERS)
    with Remote(satellite) as remote:
        remote.do(disk.limit_pages, 400)
        code, sentence = remote.do(synchronise)
        assert code == 'full' and 'make room' in sentence
        _, count = satellite.call(read)
        assert count < RECORDS
        assert not count % UNIT
        remote.do(disk.limit_pages, 0)
        assert remote.do(synchronise) == [None, None]
    check_end(network)


@pytest.mark.parametrize('place', ['hub', 'satellite'])
def test_postgresql(cluster, Disk, place):
    "Test that nothing is lost or torn while either disk is full"
    with standalone(cluster, MODULES) as network:
        satellite, = network.satellites
        source, target = satellite, network.hub
        if place == 'satellite':
            source, target = target, source
        source.call(create, LETTERS)
        network.hub.server.kill()
        with disk.small(Disk, cluster, target.database) as full, (
                Remote(satellite)) as remote:
            network.hub.server.start()
            code, sentence = remote.do(synchronise)
            assert code == full.code if full.code else code in {
                'database', 'fault'}
            assert sentence
            _, count = target.call(read)
            assert count < RECORDS
            assert not count % UNIT
            full.grow()
            assert remote.do(synchronise) == [None, None]
            check_end(network)
