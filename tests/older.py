# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"An older patch level of GNU Health, with programs of its own."
import subprocess
import sys

from .environment import CACHE, ROOT
from .lock import lock
from .tree import MODULES, extras

# The first one of the series
VERSION = '5.0.0'


def install(version=VERSION):
    "Return the folder of the programs, which are installed if they are not."
    folder = CACHE / f'gnuhealth-{version}'
    with lock(CACHE / f'{folder.name}.lock'):
        if not (folder / 'installed').exists():
            make(folder, version)
    return folder / 'bin'


def make(folder, version):
    subprocess.run([sys.executable, '-m', 'venv', '--clear', str(folder)],
        check=True)
    for words in [
            ['./requirements/psycopg2'], ['--editable', '.[health]'],
            # It asks for another psycopg2, which is never imported here
            ['--no-deps', *(f'{name}=={version}' for name in packages())]]:
        subprocess.run([
                str(folder / 'bin' / 'python'), '-m', 'pip', 'install',
                '--quiet', *words],
            cwd=ROOT, check=True)
    (folder / 'installed').touch()


def packages():
    "Return the names of the packages of GNU Health that are bound."
    names = {name for path in MODULES.iterdir() for name in extras(path.name)}
    return ['gnuhealth', *(
            f'gnuhealth-{name.removeprefix("health_")}'
            for name in sorted(names))]
