# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Where a story is played: by all who are in it, or by one of them.

For those who do not act speaks what was recorded: their requests come to the
hub, or the answers of the hub to a satellite.
"""
import copy
import json
from contextlib import contextmanager

from trytond.modules.synchronisation import wire
from trytond.modules.synchronisation.errors import HubUnreachableError

from ..skewed import travel
from . import chance, shown
from .actor import Actor


class Stage:
    "The instances of a story; numbers are those of them who act."

    def __init__(self, net, numbers):
        self.net = net
        self.hub, *self.satellites = [
            Actor(self, node, node.number in numbers)
            for node in [net.hub, *net.satellites]]

    @property
    def actors(self):
        return [a for a in [self.hub, *self.satellites] if a.acts]

    @contextmanager
    def lit(self, fields):
        """Let nothing differ from what was recorded, nor be remembered.

        The modules may have more fields since.
        """
        changed = [
            (actor.node, model, names) for actor in self.actors
            for model, names in fields.items()
            if actor.travelling(model) != set(names)]
        try:
            for change in changed:
                travel(*change)
            with chance.fixed() as self.clocks:
                yield self
        finally:
            for node, model, _ in changed:
                travel(node, model)

    def shown(self):
        "Return what is in each database in the end, by number."
        return {str(actor.node.number): shown.database(actor.node)
            for actor in self.actors}

    def tell(self, satellite, method, text):
        "Return the answer of the hub to a message."
        with self.hub.node.transaction(user=self.net.users[satellite]):
            return getattr(self.hub.node.pool.get(
                    'synchronisation.hub'), method)(text)


class Recording(Stage):
    "All act, and what they tell each other is kept in runs."

    def __init__(self, net):
        super().__init__(net, range(len(net.satellites) + 1))
        self.runs = []

    def run(self, actor, task, arguments, lost):
        run = {'from': actor.node.number, 'task': task, 'exchanges': []}
        self.runs.append(run)

        def answer(method, text):
            reply = self.tell(actor.node.number, method, text)
            run['exchanges'].append({
                    'method': method, 'request': json.loads(text),
                    'reply': recorded(json.loads(reply))})
            return reply
        actor.do(task, arguments, lambda settings: Line(answer, lost))

    def ask(self, actor, method, changes):
        "Let a satellite ask what it would not by itself."
        request = {**self.last(actor.node.number), **changes}
        reply = json.loads(self.tell(
                actor.node.number, method, wire.dumps(request)))
        self.runs.append({
                'from': actor.node.number, 'task': 'ask', 'exchanges': [{
                        'method': method, 'request': request,
                        'reply': recorded(reply)}]})

    def last(self, number):
        "Return the last message of a satellite."
        run = next(r for r in reversed(self.runs) if r['from'] == number)
        return copy.deepcopy(run['exchanges'][-1]['request'])

    def recording(self):
        "Return what is to be kept."
        models = {
            model for run in self.runs for exchange in run['exchanges']
            for model, *_ in exchange['request'].get('entries', [])
            + exchange['reply'].get('documents', [])}
        return {
            'fields': {model: sorted(self.hub.travelling(model))
                for model in sorted(models)},
            'runs': self.runs, 'end': self.shown()}


class Replay(Stage):
    "What was recorded speaks for those who do not act."

    def __init__(self, net, recording, number):
        super().__init__(net, [number])
        self.number = number
        self.left = copy.deepcopy(recording['runs'])

    def next(self, actor, task):
        run = self.left.pop(0)
        assert (run['from'], run['task']) == (actor.node.number, task)
        return run


class HubReplay(Replay):
    "The hub hears the satellites that were recorded."

    def __init__(self, net, recording):
        super().__init__(net, recording, 0)

    def run(self, actor, task, *_):
        for exchange in self.next(actor, task)['exchanges']:
            text = self.tell(
                actor.node.number, exchange['method'],
                wire.dumps(self.request(exchange)))
            reply = recorded(json.loads(text))
            assert plain(reply) == plain(exchange['reply'])

    def ask(self, actor, *_):
        self.run(actor, 'ask')

    def request(self, exchange):
        "Return what the hub hears."
        return exchange['request']


class SatelliteReplay(Replay):
    "A satellite hears the hub that was recorded."

    def run(self, actor, task, arguments, lost):
        exchanges = self.next(actor, task)['exchanges']
        if not actor.acts:
            return

        def answer(method, text):
            exchange = exchanges.pop(0)
            self.check(exchange, method, json.loads(text))
            return wire.dumps(self.reply(exchange))
        actor.do(task, arguments, lambda settings: Line(answer, lost))
        assert not exchanges, "It asks less than was recorded."

    def ask(self, actor, *_):
        # It would never ask so
        self.next(actor, 'ask')

    def check(self, exchange, method, request):
        "It asks as it did, if the version is still the last one."
        assert method == exchange['method']
        if request['versions'] == exchange['request']['versions']:
            assert request == exchange['request']

    def reply(self, exchange):
        "Return what the satellite hears."
        return exchange['reply']


class Line:
    "The transport of a satellite; if lost no answer arrives."
    requests = bytes_up = bytes_down = 0

    def __init__(self, answer, lost):
        self.answer = answer
        self.lost = lost

    def call(self, method, text):
        answer = self.answer(method, text)
        if self.lost:
            raise HubUnreachableError("The line was cut.")
        return answer

    def close(self):
        pass


def recorded(reply):
    "Return an answer without what says which modules a hub has."
    if 'fields' in reply:
        assert isinstance(reply['fields'], str) and reply['fields']
        reply['fields'] = 'digest'
    return reply


def plain(reply):
    "Return an answer without its sentences, which are for people."
    reply = copy.deepcopy(reply)
    if 'message' in reply:
        assert reply.pop('message')
    for waiting in reply.get('waiting', []):
        assert waiting.pop(2)
    return reply
