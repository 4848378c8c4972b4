# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Kill all that takes part, again and again, under load.

As crash.py, but RabbitMQ carries the calls, and it and PostgreSQL, on which
both ends are, are killed as well as the worker and the hub.
"""
import sys
import time

from celery_synchronisation import app
from celery_synchronisation.broker import BrokerError

from .crash import BATCH, MODULES, TASK, Crash, kill_all, summed
from .long_run import LongRun, arguments
from .network import standalone
from .postgresql import Cluster
from .rabbitmq import Broker
from .waiting import until

# Seconds between two calls, and until all is done again
CRON, DEADLINE = .3, 300


class Cron:
    "It calls the task all the time; the broker keeps one call at most."

    def __init__(self, host):
        self.broker = host
        self.last = 0
        app.conf.update(host.settings)

    def call(self):
        if time.monotonic() < self.last + CRON:
            return
        try:
            # Each call is a process of its own, as cron makes them
            with app.connection_for_write() as connection:
                app.send_task(
                    TASK, ignore_result=True, connection=connection)
        except BrokerError:
            # The next call makes it good
            pass
        self.last = time.monotonic()

    def wait(self, condition, what):
        "Wait for an event, as until does, and call the task meanwhile"

        def called():
            self.call()
            return condition()
        return until(called, what, DEADLINE)


class Daemon:
    "A server of the system, which is killed and started as a program."

    def __init__(self, server):
        self.kill = server.kill
        self.start = server.begin


class Chaos(Crash):
    "A network of one satellite, with the servers that it needs."

    def __init__(self, network, seed, cluster, host):
        self.host = host
        super().__init__(network, seed)
        self.programs['broker'] = Daemon(host.broker)
        self.programs['database'] = Daemon(cluster)

    def make_cron(self, folder):
        return Cron(self.host)


def main(args=None):
    options = arguments(
        "Kill all that takes part", kills=100).parse_args(args)
    run = LongRun('chaos', options, 'PostgreSQL')
    cluster = Cluster.start()
    try:
        broker = Broker.start(None)
        try:
            def work(seed, count):
                with standalone(cluster, MODULES, batch=BATCH) as net, (
                        broker.host()) as host:
                    return Chaos(net, seed, cluster, host).run(count)
            kill_all(run, options, work)
        finally:
            broker.stop()
    finally:
        cluster.stop()
    return judge(run, options.kills)


def judge(run, kills):
    "Print the figures and return the exit status."
    total, problems = summed(run)
    killed = ', '.join(
        f'{total[name]} of the {name}'
        for name in ['worker', 'hub', 'broker', 'database'])
    run.report(
        f"{kills} kills, {killed}; {total['transactions']} transactions of "
        "users",
        f"{len(problems)} violations; {total['during']} kills met a batch; "
        f"of {total['runs']} runs {total['interrupted']} were interrupted "
        f"and {total['failed']} failed; {total['conflicts']} conflicts")
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
