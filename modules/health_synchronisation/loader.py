# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Load folders of Synthea CSV files through GNU Health's own models."
import argparse
import configparser
import logging
import os
import sys
import tempfile
from contextlib import ExitStack, contextmanager

from trytond import backend
from trytond.config import config
from trytond.exceptions import UserError
from trytond.modules.synchronisation.command import Bars
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import sample
from .synthea import Folder, SyntheaError
from .synthea_clinic import Clinic
from .synthea_master import (
    Catalogue, Places, create_pathologies, create_vaccines)
from .synthea_patient import PatientWriter, find_loaded

__all__ = ['load_clinic', 'load_master', 'main']

# The user who sets up a database, trytond's admin
ADMINISTRATOR = 1
BATCH = 50


def load_master(database, folder, progress=None):
    """Load the places, pathologies and vaccines that lack in the database.

    Return how many of each there were.
    """
    folder = Folder.of(folder)
    counts = {}
    steps = {
        'places': _create_places,
        'pathologies': create_pathologies,
        'vaccines': create_vaccines,
        }
    for done, (name, step) in enumerate(steps.items(), 1):
        with Transaction().start(database, ADMINISTRATOR):
            counts[name] = step(folder)
        if progress:
            progress('master', done, len(steps))
    return counts


def _create_places(folder):
    places = Places()
    places.currency
    states = {p.state for p in folder.patients}
    return len({places.subdivision(s) for s in states} - {None})


def load_clinic(
        database, folder, organization, part=None, professionals=10,
        progress=None):
    """Load a part of the patients as the clinic of that organisation.

    organization is the number of its row, the first is 1, and part is
    (number, count) or 'number/count'.  Return the clinic, which has the ids
    of its institution, professionals and user.
    """
    folder = Folder.of(folder)
    patients = folder.part(part)
    providers = folder.professionals(organization, professionals)
    organization = folder.organization(organization)
    with Transaction().start(database, ADMINISTRATOR, readonly=True):
        catalogue = Catalogue(folder)
        catalogue.check(database, folder)
        _check_new(database, patients)
    with Transaction().start(database, ADMINISTRATOR):
        clinic = Clinic(Places(), organization, providers)
        writer = PatientWriter(folder, clinic, catalogue)

    def report(done):
        if progress:
            progress('patients', done, len(patients))

    numbered = list(enumerate(patients))
    for start in range(0, len(numbered), BATCH):
        # A transaction is never used again after its commit: on SQLite it
        # may have stayed in autocommit
        with _as_clinic(database, clinic):
            writer.write(numbered[start:start + BATCH], report)
    return clinic


def _check_new(database, patients):
    if loaded := find_loaded(patients):
        raise SyntheaError(
            f'The database "{database}" has {len(loaded)} of these '
            f'{len(patients)} patients already; choose another part or start '
            "from a new database.")


@contextmanager
def _as_clinic(database, clinic):
    with Transaction().start(database, clinic.user) as transaction:
        User = Pool().get('res.user')
        with transaction.set_context(User.get_preferences(context_only=True)):
            yield


def main(args=None):
    "Run the command trytond-load-synthea and return its exit status."
    options = get_parser().parse_args(args)
    try:
        _configure(options.config, restart=args is None)
        _run(options)
    except (SyntheaError, UserError) as exception:
        print(exception, file=sys.stderr)
        return getattr(exception, 'exit_status', 1)
    return 0


def get_parser():
    parser = argparse.ArgumentParser(
        prog='trytond-load-synthea',
        description="Load a folder of Synthea CSV files into GNU Health.")
    parser.add_argument(
        '-c', '--config', metavar='FILE',
        default=os.environ.get('TRYTOND_CONFIG'),
        help="the configuration of trytond")
    parser.add_argument(
        '-d', '--database', metavar='DATABASE', required=True,
        help="the name of the database")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        '--folder', metavar='DIR', help="the folder of CSV files")
    source.add_argument(
        '--sample', metavar='SEED', type=int, default=0,
        help="invent the files from a number (default: %(default)s)")
    actions = parser.add_subparsers(
        dest='action', metavar='ACTION', required=True)
    actions.add_parser(
        'master', help="load pathologies and vaccines at the centre")
    clinic = actions.add_parser('clinic', help="load patients at a clinic")
    clinic.add_argument(
        '--organization', metavar='N', type=int, required=True,
        help="the row of organizations.csv the clinic is")
    clinic.add_argument(
        '--professionals', metavar='N', type=int, default=10,
        help="how many of providers.csv work there (default: %(default)s)")
    clinic.add_argument(
        '--part', metavar='K/M', default='1/1',
        help="the part of the patients who go there (default: all)")
    return parser


def _configure(filename, restart):
    if not filename or filename == os.environ.get('TRYTOND_CONFIG'):
        return
    try:
        with open(filename):
            config.update_etc(filename)
    except (OSError, configparser.Error) as exception:
        reason = ' '.join(str(exception).split())
        raise SyntheaError(
            f'The configuration file "{filename}" can not be read '
            f"({reason}); correct it or give another with -c."
            ) from exception
    if restart:
        # trytond chose its back end before this module could be imported, so
        # another configuration needs a process that begins with it
        os.execve(
            sys.executable, sys.orig_argv,
            {**os.environ, 'TRYTOND_CONFIG': filename})


def _run(options):
    with ExitStack() as stack:
        folder = options.folder
        if not folder:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            sample.write(folder, options.sample)
        folder = Folder(folder)
        _open(options.database)
        progress = stack.enter_context(_bars())
        if options.action == 'master':
            load_master(options.database, folder, progress)
        else:
            load_clinic(
                options.database, folder, options.organization, options.part,
                options.professionals, progress)


def _open(database):
    Pool.start()
    # The back end logs the traceback of what is told in a sentence here
    logging.disable(logging.ERROR)
    try:
        found = backend.Database(database).connect().test()
    except (backend.DatabaseOperationalError, ValueError):
        found = False
    finally:
        logging.disable(logging.NOTSET)
    if not found:
        raise SyntheaError(
            f'There is no Tryton database "{database}"; create it with '
            "trytond-admin or give another name with -d.")
    pool = Pool(database)
    pool.init()
    try:
        pool.get('gnuhealth.patient')
    except KeyError:
        raise SyntheaError(
            f'The database "{database}" has no GNU Health; activate the '
            "module health_synchronisation with trytond-admin.")


@contextmanager
def _bars():
    bars = Bars() if sys.stderr.isatty() else None
    try:
        yield bars
    finally:
        if bars:
            bars.close()


if __name__ == '__main__':
    sys.exit(main())
