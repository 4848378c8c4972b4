# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What cron does while no worker is there.

Run as python -m tests.cron TIMES in the folder of celeryconfig.py.
"""
import subprocess
import sys

from .worker import get_environment

# In the order in which the documentation calls them
KINDS = ['synchronise_push_all', 'synchronise_pull_all', 'synchronise_new']
# Every five minutes
WEEK = 7 * 24 * 12


def call(folder, times):
    "Call each task so often, with the settings in the folder"
    subprocess.run(
        [sys.executable, '-m', 'tests.cron', str(times)], cwd=folder,
        stdin=subprocess.DEVNULL, env=get_environment(), check=True)


def main(times):
    from celery_synchronisation import app
    app.config_from_object('celeryconfig')
    for _ in range(int(times)):
        for kind in KINDS:
            app.send_task(f'celery_synchronisation.{kind}')


if __name__ == '__main__':
    main(*sys.argv[1:])
