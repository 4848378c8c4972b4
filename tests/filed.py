# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Records with files, in a LocalNetwork, and what is told of them."
import json
import random
from unittest import mock

from trytond.modules.synchronisation import configuration, content, cycle, wire
from trytond.modules.synchronisation.file_lane import FileLane

from .fuzz.trial import HEADER

FIELD = 'test_synchronisation.field'


def quicken(monkeypatch):
    "Let a line be dialled again at once, and parts be small."
    monkeypatch.setattr(cycle, 'REDIALS', [0] * 6)
    monkeypatch.setattr(FileLane, 'size', lambda self, way: 10000)


def data(seed=1, size=content.LARGE * 3):
    return random.Random(seed).randbytes(size)


def attach(node, name, content, field='binary'):
    return node.create(FIELD, char=name, **{field: content})


def files(node, field='binary'):
    "Return {name: content} of what a node has."
    with node.transaction():
        return {record.char: getattr(record, field)
            for record in node.pool.get(FIELD).search([])}


def share(net, node):
    "Let a satellite have all the records, and pull them without the files."
    keys = [uuid for uuid, in net.hub.values(FIELD, 'uuid')]
    outcome = node.satellite().fetch(FIELD, keys)
    assert outcome.complete, outcome.errors


def sent(net, method='file'):
    return [(json.loads(text), json.loads(answer))
        for name, text, answer in net.messages if name == method]


def stop_files(net, node):
    "Synchronise a node as far as the records go."
    with mock.patch.object(FileLane, 'step', lambda self: False):
        assert node.synchronise().complete


def offers(net):
    "Return the (name, start) of the parts that went up."
    return [tuple(m['offer'][:2]) for m, _ in sent(net) if 'offer' in m]


def steps(step, count):
    left = iter(range(count))

    def some(self):
        return next(left, None) is not None and step(self)
    return some


def sent_by(net, number):
    "Return the header of the last message of an instance."
    return next({n: v for n, v in json.loads(text).items() if n in HEADER}
        for _, text, _ in reversed(net.messages)
        if json.loads(text)['from'] == number)


def ask(net, node, message):
    line = net.dial(configuration.load(node.name))
    return json.loads(line.call('file', wire.dumps(message)))
