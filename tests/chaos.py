# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Kill all that takes part, again and again, under load.

As crash.py, but RabbitMQ carries the calls, and it and PostgreSQL, on which
both ends are, are killed as well as the worker and the hub.
"""
import sys

from .caller import BrokerCron
from .crash import BATCH, MODULES, Crash, kill_all, summed
from .long_run import LongRun, arguments
from .network import standalone
from .postgresql import Cluster
from .rabbitmq import Broker


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
        return BrokerCron(self.host)


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
