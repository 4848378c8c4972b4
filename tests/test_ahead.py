# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The next message is on its way while an answer is worked on."
import sys
import threading

import pytest

from trytond.modules.synchronisation import cycle
from trytond.modules.synchronisation.cycle import Cycle
from trytond.modules.synchronisation.errors import HubUnreachableError
from trytond.modules.synchronisation.flight import attentive

from .local import Wire
from .test_decisions import P

# Seconds after which something that must happen does not
PATIENCE = 60
MADE = 'code', 'like', 'c%'


@pytest.fixture
def net(local):
    net = local(1, batch='2')
    clinic, = net.satellites
    clinic.synchronise()
    for number in range(5):
        clinic.create(P + 'keyed', code=f'c{number}', name="first")
    return net


def dial(net, act, methods=None):
    """Return the satellite; act(number, send) sends its message of a number.

    Their methods are added to methods.
    """
    class Line(Wire):
        parallel = True
        sent = 0

        def pack(self, method, text, name=None):
            return method, text

        def send(self, packed):
            self.sent += 1
            if methods is not None:
                methods.append(packed[0])
            return act(self.sent, lambda: self.call(*packed))
    clinic, = net.satellites
    return clinic.satellite(transport=lambda settings: Line(net, settings))


def run(net, act, methods=None):
    return dial(net, act, methods).push_all()


def check(net):
    "Check that the hub has all, whatever comes again"
    clinic, = net.satellites
    assert clinic.synchronise().complete
    assert net.hub.values(P + 'keyed', 'code', 'name') == (
        clinic.values(P + 'keyed', 'code', 'name'))
    for node in [net.hub, clinic]:
        assert node.find('synchronisation.conflict') == []
    assert clinic.satellite().status()['pending'] == 0


def test_built_meanwhile(net, monkeypatch):
    "Test that the hub has the first message while the second is built"
    built = threading.Semaphore(0)
    build_push = Cycle.build_push

    def build(self, tried):
        try:
            return build_push(self, tried)
        finally:
            built.release()
    monkeypatch.setattr(Cycle, 'build_push', build)

    def act(number, send):
        assert built.acquire(timeout=PATIENCE)
        if number == 1:
            # It is sent when the first one is answered
            assert built.acquire(timeout=PATIENCE)
            built.release()
        return send()
    assert run(net, act).complete
    assert len(net.hub.find(P + 'keyed', MADE)) == 5
    check(net)


def test_asked_meanwhile(net, monkeypatch):
    "Test that the next page is asked for before the first one is applied"
    clinic, = net.satellites
    clinic.synchronise()
    for id_ in net.hub.find(P + 'keyed', MADE):
        net.hub.write(P + 'keyed', id_, name="second")
    asked = threading.Event()
    apply_pull = Cycle.apply_pull

    def apply(self, reply):
        assert asked.wait(PATIENCE)
        return apply_pull(self, reply)
    monkeypatch.setattr(Cycle, 'apply_pull', apply)

    def act(number, send):
        if number == 2:
            asked.set()
        return send()
    assert dial(net, act).pull_all().complete
    assert len(clinic.find(P + 'keyed', ('name', '=', "second"))) == 5
    check(net)


def test_switch_interval():
    "Test that threads wait for each other as before when the last run ends"
    usual = sys.getswitchinterval()
    with attentive():
        with attentive():
            assert sys.getswitchinterval() < usual
        assert sys.getswitchinterval() < usual
    assert sys.getswitchinterval() == usual


@pytest.mark.parametrize('number', [1, 2, 3])
def test_edited_meanwhile(net, number):
    "Test that what is edited again while it is on its way is no conflict"
    clinic, = net.satellites

    def act(on_its_way, send):
        if on_its_way == number:
            clinic.write(
                P + 'keyed', clinic.find(P + 'keyed', MADE)[0], name="second")
        return send()
    run(net, act)
    check(net)
    assert len(net.hub.find(P + 'keyed', ('name', '=', "second"))) == 1


@pytest.mark.parametrize('number', [1, 2, 3])
@pytest.mark.parametrize('arrives', [True, False])
def test_line_breaks(net, number, arrives):
    "Test that nothing is lost with a message or its answer"
    def act(on_its_way, send):
        if on_its_way != number:
            return send()
        if arrives:
            send()
        raise HubUnreachableError("The line broke.")
    with pytest.raises(HubUnreachableError):
        run(net, act)
    check(net)


def broken():
    "Return the error of a line that broke while something was on it"
    error = HubUnreachableError("The line broke.")
    error.cut = True
    return error


@pytest.mark.parametrize('number', [1, 2, 3])
@pytest.mark.parametrize('arrives', [True, False])
def test_run_goes_on(net, number, arrives):
    "Test that a run goes on, and sends nothing again that the hub has"
    methods = []

    def act(on_its_way, send):
        if on_its_way != number:
            return send()
        if arrives:
            send()
        raise broken()
    outcome = run(net, act, methods)
    assert outcome.complete and outcome.breaks == 1
    # Two records each time, one at last
    assert methods.count('push') == (3 if arrives else 4)
    assert methods.count('arrived') == 1
    assert len(net.hub.find(P + 'keyed', MADE)) == 5
    check(net)


def test_pull_goes_on(net):
    "Test that a page that was lost is asked for again in the same run"
    clinic, = net.satellites
    clinic.synchronise()
    for id_ in net.hub.find(P + 'keyed', MADE):
        net.hub.write(P + 'keyed', id_, name="second")

    def act(number, send):
        if number == 2:
            raise broken()
        return send()
    assert dial(net, act).pull_all().complete
    assert len(clinic.find(P + 'keyed', ('name', '=', "second"))) == 5
    check(net)


def test_push_that_never_gets_through(net, monkeypatch):
    "Test that a run ends though what is small comes through each time"
    monkeypatch.setattr(cycle, 'REDIALS', [0] * 4)
    methods = []

    def act(number, send):
        if methods[-1] == 'push':
            raise broken()
        return send()
    with pytest.raises(HubUnreachableError):
        run(net, act, methods)
    assert methods.count('push') == 5
    check(net)


def test_end_of_the_thread(net):
    "Test that a run does not wait for a message whose thread has ended"
    def act(number, send):
        if number == 2:
            raise SystemExit
        return send()
    with pytest.raises(SystemExit):
        run(net, act)
    check(net)


def test_refused(net):
    "Test that nothing is sent after a message that is refused"
    sent = []

    def act(number, send):
        sent.append(number)
        if number == 2:
            return '{"error": "disabled", "message": "It is switched off."}'
        return send()
    with pytest.raises(Exception, match="switched off"):
        run(net, act)
    assert sent == [1, 2]
    check(net)
