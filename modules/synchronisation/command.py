# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The console command trytond-synchronise."
import argparse
import json
import logging
import os
import sys
import traceback
from contextlib import contextmanager
from importlib.metadata import version

from trytond import commandline

from . import console  # noqa: F401
from .errors import ConfigurationError, SynchronisationError
from .verb import VERBS, argument, show_outcome, verb

DONE, IN_PART, INTERRUPTED = 0, 1, 130
EPILOG = """exit status:
  0 done
  1 done in part
  2 misuse or configuration
  3 the hub cannot be reached
  4 refused by the hub
  5 another run is under way
"""
DIFFERENCES = {
    'value': "{field} is {here} here and {hub} at the hub",
    'missing-here': "missing here",
    'missing-hub': "missing at the hub",
    'extra-here': "here, but not a record of the hub",
    'extra-hub': "{hub} rows at the hub that were written past Tryton",
    }


def show_values(values, indent=''):
    "Print a dictionary, one value per line."
    for name, value in values.items():
        label = name.replace('_', ' ')
        if isinstance(value, dict):
            print(f'{indent}{label}:')
            show_values(value, indent + '  ')
        else:
            print(f'{indent}{label}: {"-" if value is None else value}')


@verb("send to the hub what was changed here", show=show_outcome)
def push(satellite, options):
    return satellite.push_all().as_dict()


@verb("fetch what the hub has changed in the records known here",
    show=show_outcome)
def pull(satellite, options):
    return satellite.pull_all().as_dict()


@verb("fetch the records that the hub offers to every instance",
    show=show_outcome)
def new(satellite, options):
    return satellite.new().as_dict()


@verb("push, pull and new, in this order", show=show_outcome)
def run(satellite, options):
    return satellite.synchronise().as_dict()


@verb("show what waits and what was last done, without the hub",
    show=show_values)
def status(satellite, options):
    return satellite.status()


@verb("begin a new life of a database that was restored from a backup",
    argument('--above', metavar='EPOCH', type=int, default=0,
        help="latest epoch of the database that others know of"),
    show=show_values)
def restored(satellite, options):
    return satellite.restored(options.above)


@verb("fetch records by their key, with what belongs to them, and keep them "
    "up to date from then on",
    argument('model', metavar='MODEL', help="name of the model"),
    argument('keys', metavar='KEY', nargs='+', help="key of a record"),
    show=show_outcome)
def fetch(satellite, options):
    return satellite.fetch(options.model, options.keys).as_dict()


def show_proof(outcome):
    "Print what differs, and whether the two are equal."
    for row in outcome['differences']:
        print(format_difference(row))
    if moving := outcome['unsent'] + outcome['unread']:
        print(f"{moving} records are on their way and were not compared; "
            "synchronise, then verify again.")
    elif outcome['equal'] and outcome['level']:
        print("Equal to the hub.")
    elif outcome['equal']:
        print("No difference, but records were changed meanwhile.")
    show_outcome(outcome)


def format_difference(row):
    "Return the line of one difference."
    words = [row['model']]
    if row['name']:
        words.append(f'"{row["name"]}"')
    if row['identity']:
        words.append(f'({row["identity"]})')
    text = ' '.join(words) + ': ' + DIFFERENCES[row['kind']].format(
        field=row['field'], here=json.dumps(row['here'], ensure_ascii=False),
        hub=json.dumps(row['hub'], ensure_ascii=False))
    return text + (', repaired' if row['repaired'] else '')


@verb("compare what is here with the hub, record by record",
    argument('--repair', action='store_true',
        help="put right what differs, as far as that is safe"),
    argument('models', metavar='MODEL', nargs='*',
        help="name of a model (default: all)"),
    show=show_proof)
def verify(satellite, options):
    return satellite.verify(options.models, options.repair).as_dict()


class Bars:
    "Progress bars, one per stage of the work."

    def __init__(self):
        self.stage = self.bar = None

    def __call__(self, stage, done, total=None):
        from tqdm import tqdm
        if stage != self.stage:
            self.close()
            self.stage, self.bar = stage, tqdm(desc=stage, leave=False)
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def close(self):
        if self.bar is not None:
            self.bar.close()
        self.stage = self.bar = None


@contextmanager
def progress(options):
    "Give the callback of the satellite, None where nobody watches."
    bars = Bars() if sys.stderr.isatty() and not options.json else None
    try:
        yield bars
    finally:
        if bars:
            bars.close()


def get_parser():
    parser = argparse.ArgumentParser(
        prog='trytond-synchronise', epilog=EPILOG,
        description="Exchange records with the hub of a database.",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--version', action='version',
        version='%(prog)s ' + version('tryton-synchronisation'))
    # Read before this module is imported, see trytond_synchronise
    parser.add_argument('-c', '--config', action='append', metavar='FILE',
        help="configuration file of trytond, may be repeated "
        "(default: TRYTOND_CONFIG)")
    parser.add_argument('-d', '--database', required=True,
        metavar='DATABASE', help="name of the database")
    parser.add_argument('-v', '--verbose', action='count', default=0,
        help="log more, and show where an error comes from")
    parser.add_argument('--logconf', metavar='FILE',
        default=os.environ.get('TRYTOND_LOGGING_CONFIG'),
        help="logging configuration file (ConfigParser format)")
    parser.add_argument('--json', action='store_true',
        help="print one JSON object")
    verbs = parser.add_subparsers(
        dest='verb', metavar='VERB', required=True)
    for name, row in VERBS.items():
        subparser = verbs.add_parser(
            name, help=row.help, description=row.help)
        for names, arguments in row.arguments:
            subparser.add_argument(*names, **arguments)
    return parser


def open_database(name):
    "Make the pool of the database ready or raise ConfigurationError."
    from trytond import backend
    from trytond.pool import Pool
    if os.sep in name:
        raise ConfigurationError(
            f'The database "{name}" is given as a path; give its name only.')
    try:
        with _silence():
            database = backend.Database(name).connect()
    except backend.DatabaseOperationalError as error:
        reason = ' '.join(str(error).split())
        raise ConfigurationError(
            f'The database "{name}" cannot be opened ({reason}); correct its '
            "name or the section [database] of trytond.conf.") from error
    if not database.test():
        raise ConfigurationError(
            f'"{name}" is not a database of Tryton; create it by '
            f'"trytond-admin -d {name} --all".')
    pool = Pool(name)
    pool.init()
    try:
        pool.get('synchronisation.instance')
    except KeyError as error:
        raise ConfigurationError(
            f'The database "{name}" lacks the module synchronisation; '
            f'activate it by "trytond-admin -d {name} -u synchronisation".'
            ) from error


@contextmanager
def _silence():
    # The back end logs the traceback of what is raised as a sentence
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def execute(options):
    "Return the result of the verb."
    from .satellite import Satellite
    open_database(options.database)
    with progress(options) as callback:
        satellite = Satellite(options.database, progress=callback)
        return VERBS[options.verb].run(satellite, options)


def report(result, options):
    "Print the result and return the exit status."
    if options.json:
        print(json.dumps(result))
    else:
        VERBS[options.verb].show(result)
    for sentence in result.get('errors', []):
        print(sentence, file=sys.stderr)
    return DONE if result.get('complete', True) else IN_PART


def fail(error, options):
    "Print the error and return the exit status."
    if isinstance(error, SynchronisationError):
        code, status, sentence = error.code, error.exit_status, str(error)
    else:
        code, status = 'unexpected', IN_PART
        sentence = (
            f"Unexpected {error.__class__.__name__} ({error}); run again "
            "with -v to see where it comes from.")
    if options.json:
        print(json.dumps({
                    'complete': False,
                    'code': code,
                    'errors': [sentence],
                    }))
    if options.verbose:
        traceback.print_exception(error)
    print(sentence, file=sys.stderr)
    return status


def main(args=None):
    "Run the command and return its exit status."
    options = get_parser().parse_args(args)
    commandline.config_log(options)
    try:
        return report(execute(options), options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return fail(error, options)
