# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"When the task of a run tries again."
import pytest

from celery_synchronisation import retry
from celery_synchronisation.task import SynchronisationTask
from trytond.modules.synchronisation import errors
from trytond.modules.synchronisation.run import Outcome

# Cron's pause, and the tasks that it calls one after the other
CRON, TASKS = 300, 3
# Seconds to find out that nobody is there
CONNECT = 20


@pytest.fixture
def clock(monkeypatch):
    "A clock that goes on by clock.now += seconds"
    class Clock:
        now = 0

        def monotonic(self):
            return self.now
    clock = Clock()
    monkeypatch.setattr(retry, 'time', clock)
    return clock


def pauses(clock, error, tries=1000):
    "Return the pauses between the tries, each of which ends with the error"
    retries, found = retry.Retries(SynchronisationTask), []
    while len(found) < tries:
        clock.now += CONNECT
        pause = retries.pause(error)
        if pause is None:
            break
        found.append(pause)
        clock.now += pause
    return found


def unreachable():
    return errors.HubUnreachableError("The line is down.")


def test_back_off(clock, monkeypatch):
    "Each pause may be twice as long as the one before it"
    monkeypatch.setattr(SynchronisationTask, 'retry_jitter', False)
    monkeypatch.setattr(SynchronisationTask, 'retry_within', 1000)
    assert pauses(clock, unreachable()) == [5, 10, 20]


def test_jitter(clock):
    "Clinics that are cut off by one line do not come back at one time"
    first = {pauses(clock, unreachable(), 1)[0] for _ in range(100)}
    assert len(first) > 1
    assert max(first) <= SynchronisationTask.retry_backoff


def test_end(clock):
    "The tries of all of cron's calls end before its next ones"
    for _ in range(100):
        clock.now = 0
        assert pauses(clock, unreachable())
        assert clock.now * TASKS < CRON


@pytest.mark.parametrize('error', [
        errors.RefusedError("No."), errors.ConfigurationError("No."),
        errors.MessageError("No."), errors.BusyError("Wait.")])
def test_permanent(clock, error):
    "What time does not heal is not tried again, nor what another run does"
    assert pauses(clock, error) == []


def test_progress(clock):
    "A line that is cut again and again is tried while that moves anything"
    error = unreachable()
    error.outcome = Outcome('push')
    error.outcome.count('party.party', 'pushed')
    assert len(pauses(clock, error)) == 1000
