# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What waits at the broker."
import pytest

from . import cron, worker

pytestmark = pytest.mark.services


@pytest.mark.parametrize('type_', ['classic', 'quorum'])
def test_week(tmp_path, rabbitmq, type_):
    "After a week without a worker one call of each task waits"
    worker.configure(tmp_path, rabbitmq, task_default_queue_type=type_)
    cron.call(tmp_path, cron.WEEK)
    waiting = rabbitmq.counts()
    assert len(waiting) == len(cron.KINDS)
    assert set(waiting.values()) == {1}
