# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Broken and hostile HTTP bodies, at a real server, which works on."
import base64
import gzip
import json
import random
import re
import xmlrpc.client
import zlib

import pytest
import requests

from .fuzz import mutation

pytestmark = pytest.mark.services

P = 'test_synchronisation.'
MODULES = ['test_synchronisation']
SEED, COUNT = 1, 200
LIMIT = 1 << 20
# Expands to a hundred times the limit
BOMB = 100 * LIMIT
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "%s">
<!ENTITY b "%s"><!ENTITY c "%s">]><methodCall><methodName>
model.synchronisation.hub.pull</methodName><params><param><value><string>&c;
</string></value></param></params></methodCall>""" % (
    b'x' * 1000, b'&a;' * 1000, b'&b;' * 1000)
ENTRY = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM
"file:///etc/passwd">]><methodCall><methodName>
model.synchronisation.hub.pull</methodName><params><param><value><string>&a;
</string></value></param></params></methodCall>"""


class Line:
    "The session of a satellite, on which anything can be sent."

    def __init__(self, hub, clinic):
        self.url = hub.url
        with xmlrpc.client.ServerProxy(hub.url) as client:
            id_, key = client.common.db.login(
                clinic.login, {'password': clinic.password})
        session = base64.b64encode(
            f'{clinic.login}:{id_}:{key}'.encode()).decode()
        self.headers = {
            'Authorization': f'Session {session}', 'Content-Type': 'text/xml'}

    def post(self, body, **headers):
        headers = {n.replace('_', '-'): v for n, v in headers.items()}
        return requests.post(
            self.url, data=body, headers={**self.headers, **headers},
            timeout=60)


def body_of(text, method='pull', *more):
    return xmlrpc.client.dumps(
        (text, *more), f'model.synchronisation.hub.{method}',
        allow_none=True).encode()


def create(pool, code):
    pool.get(P + 'keyed').create([{'code': code}])


def codes(pool):
    return sorted(r.code for r in pool.get(P + 'keyed').search([]))


@pytest.fixture
def pair(instance):
    "A hub that accepts short bodies only, and a satellite"
    hub = instance('sqlite', MODULES)
    hub.sections['request'] = {'max_size_authenticated': str(LIMIT)}
    hub.configure()
    clinic = instance('sqlite', MODULES, 1, hub)
    with hub.server:
        yield hub, clinic


def broken(rng, body):
    "Return (body, headers) of a request that is wrong somewhere"
    def cut(data):
        return data[:rng.randrange(len(data))]

    def flipped(data):
        data = bytearray(data)
        for _ in range(rng.randint(1, 5)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        return bytes(data)
    packed = gzip.compress(body)
    data, encoding = rng.choice([
            (cut(packed), 'gzip'), (flipped(packed), 'gzip'),
            (gzip.compress(flipped(body)), 'gzip'),
            (gzip.compress(cut(body)), 'gzip'), (body, 'gzip'),
            (packed + b'rest', 'gzip'), (packed * 2, 'gzip'),
            (packed, 'identity'), (zlib.compress(body), 'deflate'),
            (zlib.compress(body), 'gzip'), (b'', 'gzip'), (b'', 'identity'),
            (rng.randbytes(99), 'gzip'), (rng.randbytes(99), 'identity'),
            (cut(body), 'identity'), (flipped(body), 'identity'),
            (gzip.compress(packed), 'gzip')])
    headers = {'Content_Encoding': encoding}
    if rng.random() < .1:
        headers['Content_Type'] = rng.choice([
                'application/json', 'text/plain', 'text/xml; charset=x', ''])
    return data, headers


def check(response, sent):
    "Check that an answer is one of HTTP, of XML-RPC or of the protocol"
    assert response.status_code in {200, 400, 401, 403, 404, 413, 415, 500, (
            405)}, (response.status_code, sent)
    if response.status_code != 200:
        return
    try:
        (text,), _ = xmlrpc.client.loads(response.content)
    except xmlrpc.client.Fault:
        return
    assert isinstance(text, (str, list)), sent


def test_broken_bodies(pair):
    "Test that hundreds of broken bodies do nothing to a hub"
    hub, clinic = pair
    clinic.call(create, 'before')
    assert clinic.command('run').returncode == 0
    before = hub.call(codes)
    assert 'before' in before
    line = Line(hub, clinic)
    body = body_of(json.dumps({'versions': [1], 'from': 1}), 'push', {})
    for seed in range(SEED, SEED + COUNT):
        rng = random.Random(seed)
        data, headers = broken(rng, body)
        check(line.post(data, **headers), (seed, data, headers))
    assert hub.call(codes) == before
    clinic.call(create, 'after')
    assert clinic.command('run').returncode == 0
    assert hub.call(codes) == sorted([*before, 'after'])


def test_wrong_calls(pair):
    "Test that calls of the methods with anything are answered"
    hub, clinic = pair
    line = Line(hub, clinic)
    for method in ['push', 'pull', 'fetch']:
        for text in [None, 5, True, [], {}, b'x', '', '{}', 'x' * 1000]:
            response = line.post(body_of(text, method, {}))
            (reply,), _ = xmlrpc.client.loads(response.content)
            assert json.loads(reply)['error'] == 'message', (method, text)
    for body in [
            body_of('{}', 'answer', {}), body_of('{}', 'pull', {}, 1, 2),
            body_of('[' * mutation.DEEP, 'pull', {}), LAUGHS, ENTRY]:
        response = line.post(body)
        check(response, body[:200])
        assert b'root:' not in response.content


def memory(server):
    "Return the most memory, in bytes, that the server ever had"
    with open(f'/proc/{server.process.pid}/status') as file:
        return 1024 * int(re.search(r'VmHWM:\s+(\d+)', file.read())[1])


def test_bomb(pair):
    "Test that what expands beyond the limit is not expanded"
    hub, clinic = pair
    line = Line(hub, clinic)
    line.post(body_of('{}'))
    before = memory(hub.server)
    packed = gzip.compress(b' ' * BOMB)
    half = gzip.compress(b' ' * (LIMIT // 2))
    for body in [packed, half * 3, half + packed]:
        assert len(body) < LIMIT
        response = line.post(body, Content_Encoding='gzip')
        assert response.status_code == 413
    assert memory(hub.server) - before < BOMB // 2
    assert line.post(
        b' ' * (LIMIT + 1), Content_Encoding='gzip').status_code == 413
    # What fits is read
    response = line.post(
        gzip.compress(body_of('x' * (LIMIT // 2), 'pull', {})),
        Content_Encoding='gzip')
    (reply,), _ = xmlrpc.client.loads(response.content)
    assert json.loads(reply)['error'] == 'message'


def test_damaged_compression(pair):
    "Test that a damaged body is called so"
    hub, clinic = pair
    line = Line(hub, clinic)
    packed = gzip.compress(body_of('{}', 'pull', {}))
    for body in [packed[:-9], packed[:20], b'x' * 50]:
        response = line.post(body, Content_Encoding='gzip')
        assert response.status_code == 400
