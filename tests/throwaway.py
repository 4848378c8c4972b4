# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"A module of Tryton that is there for one test."
import subprocess
import sys

from .environment import BIN, ETC, ROOT, clean


class Throwaway:
    "A module in a folder, found by the processes that it starts."

    def __init__(self, folder, name, source, depends):
        self.folder = folder
        self.name = name
        package = folder / f'throwaway_{name}'
        package.mkdir(parents=True)
        (package / '__init__.py').write_text(source)
        (package / 'tryton.cfg').write_text(
            '[tryton]\nversion=7.0.0\ndepends:\n'
            + ''.join(f'    {depend}\n' for depend in depends))
        info = folder / f'throwaway_{name}-7.0.0.dist-info'
        info.mkdir()
        (info / 'METADATA').write_text(
            f'Metadata-Version: 2.1\nName: throwaway-{name}\n'
            'Version: 7.0.0\n')
        (info / 'entry_points.txt').write_text(
            f'[trytond.modules]\n{name} = throwaway_{name}\n')

    def environment(self):
        environment = clean()
        environment['PYTHONPATH'] = f'{self.folder}:{ROOT}'
        return environment

    def activate(self, conf, database):
        "Activate the module and return the CompletedProcess"
        return subprocess.run([
                str(BIN / 'trytond-admin'), '-c', str(conf),
                str(ETC / 'trytond-admin.conf'), '-d', database,
                '-u', self.name],
            env=self.environment(), capture_output=True, text=True)

    def python(self, source, *arguments):
        "Run source code and return the CompletedProcess"
        return subprocess.run(
            [sys.executable, '-c', source, *map(str, arguments)],
            env=self.environment(), capture_output=True, text=True)
