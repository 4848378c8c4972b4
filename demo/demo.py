# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Three instances exchange patients, by the commands of every day.

Run as python -m demo.demo in the folder of the repository.
"""
import argparse
import signal
import sys
from contextlib import suppress

from trytond.modules.health_synchronisation import sample
from trytond.modules.health_synchronisation.synthea import SyntheaError

from . import place, report
from .clinic import CALL, TASKS, Clinic
from .error import DemoError
from .instance import Centre
from .plan import Plan
from .process import Processes, interruptible
from .progress import Progress
from .story import ADMIN, PASSWORD, Story

INTERRUPTED = 130


def get_parser():
    parser = argparse.ArgumentParser(
        prog='demo', description="Three instances exchange patients.")
    parser.add_argument(
        '--data', metavar='FOLDER',
        help="a folder of Synthea CSV files (default: invent one)")
    parser.add_argument(
        '--patients', metavar='N', type=int, default=60,
        help="how many patients to invent (default: %(default)s)")
    parser.add_argument(
        '--keep', action='store_true',
        help="leave the servers running until Ctrl-C")
    return parser


def main(args=None):
    "Return the exit status."
    options = get_parser().parse_args(args)
    try:
        with interruptible(), place.claim(), Processes() as processes:
            return demonstrate(options, processes)
    except (DemoError, SyntheaError) as error:
        print(error, file=sys.stderr)
        return getattr(error, 'exit_status', 1)
    except KeyboardInterrupt:
        print("All is stopped.", file=sys.stderr)
        return INTERRUPTED


def demonstrate(options, processes):
    progress = Progress()
    folder = place.renew()
    plan = Plan(options.data or invent(folder, options.patients))
    story = Story(plan, *make_instances(folder, processes), progress)
    show(story, story.run())
    status = conclude(story.problems, progress)
    if options.keep:
        keep(story)
    return status


def invent(folder, patients):
    sample.write(folder / 'synthea', patients=patients)
    return folder / 'synthea'


def make_instances(folder, processes):
    "Return the centre and the clinics."
    ports = place.free_ports(3)
    centre = Centre(folder, ports[0], processes)
    return centre, [
        Clinic(number, folder, port, processes, centre)
        for number, port in enumerate(ports[1:], 1)]


def show(story, comparison):
    runs = {clinic.name: clinic.runs for clinic in story.clinics}
    for rows in [
            report.get_records(comparison, runs), report.get_costs(runs)]:
        print()
        print('\n'.join(report.layout(rows, left=2)))


def conclude(problems, progress):
    print()
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{len(problems)} checks failed in {progress.seconds:.0f} s.",
            file=sys.stderr)
        return 1
    print(f"All is as it should be, after {progress.seconds:.0f} s.")
    return 0


def keep(story):
    "Wait until somebody ends the demonstration."
    print("\nFor the Tryton client (server, database, user, password):")
    for instance in story.instances:
        where = f"  127.0.0.1:{instance.port}  {instance.name}"
        print(f"{where}  {ADMIN}  {ADMIN}")
        if instance.user:
            print(f"{where}  {instance.user}  {PASSWORD}")
    print("\nTo exchange what was changed, here and at the other clinic:")
    print(f"  cd {story.clinics[0].folder}")
    for task in TASKS:
        print(f"  {place.BIN}/{CALL}{task}")
    print("\nCtrl-C stops them.", flush=True)
    with suppress(KeyboardInterrupt):
        signal.pause()


if __name__ == '__main__':
    sys.exit(main())
