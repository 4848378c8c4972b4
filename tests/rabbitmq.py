# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A RabbitMQ broker that lives as long as the tests."
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from kombu import Connection

from . import port

FOLDER = Path('/usr/lib/rabbitmq/bin')
# Seconds to start on a busy machine
START = 120
STOP = 30
# What this process started, which it has to wait for
_children = []


class Broker:
    """The address of a running broker.

    ports are those of its clients, of its own tools, and of the daemon by
    which they find it; processes are the ids of daemon and broker.
    """

    def __init__(self, folder, ports, processes=()):
        self.folder = Path(folder)
        self.ports = ports
        self.processes = processes

    @property
    def address(self):
        return str(self.folder), self.ports, self.processes

    @property
    def name(self):
        # Others on this machine may run the tests, too
        return f'tests{self.ports[0]}@localhost'

    @classmethod
    def start(cls, folder, **settings):
        "Make and start a new broker; the settings are those of Erlang"
        folder = Path(tempfile.mkdtemp(prefix='rabbitmq-', dir=folder))
        broker = cls(folder, [port.claim() for _ in range(3)])
        broker.configure(settings)
        broker.begin()
        return broker

    def configure(self, settings):
        # No file of the system is read, and HOME has the secret of the tools
        terms = ', '.join(f'{{{n}, {v}}}' for n, v in settings.items())
        for name, text in {
                'env': '', 'plugins': '[].',
                'advanced.config': f'[{{rabbit, [{terms}]}}].',
                'rabbitmq.conf':
                f'listeners.tcp.default = 127.0.0.1:{self.ports[0]}\n',
                }.items():
            (self.folder / name).write_text(text)
        cookie = self.folder / '.erlang.cookie'
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)

    def environment(self):
        names = {
            'CONF_ENV_FILE': self.folder / 'env',
            'CONFIG_FILE': self.folder / 'rabbitmq.conf',
            'ADVANCED_CONFIG_FILE': self.folder / 'advanced.config',
            'ENABLED_PLUGINS_FILE': self.folder / 'plugins',
            'MNESIA_BASE': self.folder / 'data',
            'LOG_BASE': self.folder / 'log',
            'NODENAME': self.name,
            'DIST_PORT': self.ports[1],
            'SERVER_ADDITIONAL_ERL_ARGS':
            '-kernel inet_dist_use_interface {127,0,0,1}',
            }
        return {
            **os.environ,
            **{f'RABBITMQ_{name}': str(v) for name, v in names.items()},
            'ERL_EPMD_PORT': str(self.ports[2]),
            'ERL_EPMD_ADDRESS': '127.0.0.1',
            'HOME': str(self.folder),
            }

    def begin(self):
        # The broker would start the daemon as well, and leave it behind
        self.processes = []
        for command in [
                [program('epmd'), '-port', self.ports[2]],
                [program('rabbitmq-server')]]:
            with open(self.folder / 'output', 'a') as output:
                child = subprocess.Popen(
                    list(map(str, command)), stdin=subprocess.DEVNULL,
                    stdout=output, stderr=output, cwd=self.folder,
                    env=self.environment(), start_new_session=True)
            _children.append(child)
            self.processes.append(child.pid)
        end = time.monotonic() + START
        while not self.answers():
            if time.monotonic() > end or not is_alive(self.processes[-1]):
                raise RuntimeError(
                    "RabbitMQ does not start: "
                    + (self.folder / 'output').read_text())
            time.sleep(.1)

    def answers(self):
        try:
            socket.create_connection(('127.0.0.1', self.ports[0])).close()
        except OSError:
            return False
        return True

    def kill(self):
        "End the broker as a loss of power does"
        for process in filter(is_alive, self.processes):
            # What a script starts is in its group
            os.killpg(process, signal.SIGKILL)
        end = time.monotonic() + STOP
        while any(map(is_alive, self.processes)):
            assert time.monotonic() < end
            time.sleep(.01)

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder)

    def evaluate(self, expression):
        """Evaluate an expression of Erlang in the broker.

        One takes a second, as any other command of rabbitmqctl does.
        """
        result = subprocess.run(
            [program('rabbitmqctl'), 'eval', f'{expression}.'],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            cwd=self.folder, env=self.environment())
        assert not result.returncode, result.stdout + result.stderr

    @contextmanager
    def host(self):
        "Give a new VirtualHost with a user of the same name"
        name = f'tests-{secrets.token_hex(4)}'
        host = VirtualHost(self, name, secrets.token_hex(8))
        text, any_ = f'<<"{name}">>', '<<".*">>'
        module = 'rabbit_auth_backend_internal'
        self.evaluate(
            f'ok = rabbit_vhost:add({text}, {text}), '
            f'{module}:add_user({text}, <<"{host.password}">>, {text}), '
            f'{module}:set_permissions({text}, {text}, '
            f'{any_}, {any_}, {any_}, {text})')
        yield host
        self.evaluate(
            f'rabbit_vhost:delete({text}, {text}), '
            f'{module}:delete_user({text}, {text})')


class VirtualHost:
    "What carries the calls of one satellite."

    def __init__(self, broker, name, password):
        self.broker = broker
        self.name = name
        self.password = password

    @property
    def url(self):
        return (f'amqp://{self.name}:{self.password}@127.0.0.1:'
            f'{self.broker.ports[0]}/{self.name}')

    @property
    def settings(self):
        return {'broker_url': self.url}

    def count(self):
        "Return how many calls wait"
        return sum(self.counts().values())

    def counts(self):
        "Return {queue: how many calls wait in it} of those that there are"
        # It imports trytond, which needs the environment of the tests first
        from celery_synchronisation import app
        from celery_synchronisation.queues import get_queues
        found = {}
        with Connection(self.url) as connection:
            for queue in get_queues(app):
                # What is not there closes the channel
                with connection.channel() as channel:
                    try:
                        found[queue.name] = channel.queue_declare(
                            queue.name, passive=True).message_count
                    except connection.channel_errors:
                        continue
        return found


def is_alive(process):
    "Whether a process or what it started runs, be it ours or not"
    for child in _children:
        child.poll()
    try:
        os.killpg(process, 0)
    except ProcessLookupError:
        return False
    return True


def program(name):
    "Return the path of a program of RabbitMQ"
    # Debian's programs in the path insist on a user of the system
    path = shutil.which(FOLDER / name) or shutil.which(name)
    if not path:
        raise RuntimeError(
            f"The program {name} of RabbitMQ is not installed; install it "
            "(Debian: apt-get install rabbitmq-server).")
    return path
