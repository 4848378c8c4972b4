# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What comes before trytond: its configuration, then the console command."
import argparse
import configparser
import importlib
import os
import sys

from trytond.config import config


class StartError(Exception):
    "The configuration of trytond cannot be used."


def configure(files):
    """Read the configuration files and load the back end they name.

    trytond takes its back end, the sizes of its caches and some limits from
    the configuration at its first import, so every process does this before
    it imports trytond.modules.
    """
    for name in files:
        _read(name)
    try:
        importlib.import_module('trytond.backend')
    except ImportError as error:
        raise StartError(
            f"The uri in the section [database] cannot be used ({error}); "
            "write postgresql:// or sqlite:// and install what it needs."
            ) from error


def _read(name):
    try:
        # config.read ignores a file that it cannot open
        with open(os.path.expanduser(name)):
            config.update_etc(name)
    except OSError as error:
        raise StartError(
            f'The configuration file "{name}" cannot be read '
            f"({error.strerror}); correct its path or its mode.") from error
    except (configparser.Error, UnicodeDecodeError) as error:
        reason = ' '.join(str(error).split())
        raise StartError(
            f'The configuration file "{name}" is malformed; correct it: '
            f"{reason}.") from error


def get_files(args):
    "Return the configuration files named on the command line."
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument('-c', '--config', action='append', default=[])
    parser.add_argument('-v', '--verbose', action='count')
    options, _ = parser.parse_known_args(args)
    return options.config


def main():
    "Run the console command trytond-synchronise."
    try:
        configure(get_files(sys.argv[1:]))
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
    from trytond.modules.synchronisation import command
    return command.main()
