# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A broker that does not take the calls."
import pytest

from . import port, worker

pytestmark = pytest.mark.services


def of_nobody(host):
    "Return the address of a virtual host that there is not"
    return f'{host.url}-of-nobody'


def with_wrong_password(host):
    return host.url.replace(host.password, 'not-the-password')


def call(folder):
    return worker.run(worker.get_line('.synchronise_push_all'), folder)


def check(result, status, text):
    assert result.returncode == status, result.stderr
    # A library may have warned before
    line = result.stderr.splitlines()[-1]
    assert text in line and line.endswith('.')
    assert 'Traceback' not in result.stderr
    assert 'not-the-password' not in result.stderr


@pytest.mark.parametrize('url', [of_nobody, with_wrong_password])
def test_refusal(network, rabbitmq, url):
    "Test that who calls and who starts a worker are told what to correct"
    satellite, = network('sqlite', {'test_synchronisation'}, 1).satellites
    worker.configure(
        satellite.folder, rabbitmq, broker_url=url(rabbitmq),
        TRYTON_DATABASE=satellite.name, TRYTON_CONFIG=str(satellite.conf))
    check(call(satellite.folder), 2, "The broker refused")
    check(worker.run(worker.get_line('worker'), satellite.folder), 2,
        "The broker refused")


def test_no_broker(tmp_path, rabbitmq):
    "Test that cron's mail has one sentence while the broker is down"
    worker.configure(
        tmp_path, rabbitmq, broker_url=f'amqp://127.0.0.1:{port.claim()}//')
    check(call(tmp_path), 3, "The broker cannot be reached")
