# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is installed of somebody else, in environments of their own."
import shutil
import subprocess
import sys
from pathlib import Path

from tests.environment import CACHE

FOLDER = CACHE / 'peers'
SOURCES = Path(__file__).parent / 'peers'
MORANGO = ['morango >= 0.8, < 0.9', 'psycopg2-binary']


def morango():
    "Install Morango from PyPI, if it is not, and return its Python"
    folder = FOLDER / 'morango'
    if not (folder / 'installed').exists():
        run(sys.executable, '-m', 'venv', '--clear', folder)
        run(folder / 'bin' / 'pip', 'install', '--quiet', *MORANGO)
        (folder / 'installed').touch()
    return folder / 'bin' / 'python'


def pouchdb():
    "Install PouchDB from npm, if it is not, and return its folder"
    folder = FOLDER / 'pouchdb'
    folder.mkdir(parents=True, exist_ok=True)
    for path in (SOURCES / 'pouchdb').iterdir():
        shutil.copy(path, folder)
    if not (folder / 'installed').exists():
        if not shutil.which('npm'):
            raise RuntimeError(
                "npm is not installed; install Node.js with npm to measure "
                "PouchDB.")
        run('npm', 'install', '--silent', '--no-audit', '--no-fund',
            cwd=folder)
        (folder / 'installed').touch()
    return folder


def run(*command, cwd=None):
    subprocess.run(list(map(str, command)), check=True, cwd=cwd)
