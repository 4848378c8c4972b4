# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Real servers of several processes."
from .environment import BIN, ETC
from .server import Server

CONFIGURATION = ETC / 'gunicorn.conf.py'


class Gunicorn(Server):
    "A gunicorn, with the settings of the example, that serves a database."

    def __init__(self, processes, *arguments):
        super().__init__(*arguments)
        self.processes = processes
        # These come in the place of those of the example
        conf, = self.confs
        self.environment = {
            'TRYTOND_CONFIG': str(conf),
            'TRYTOND_DATABASE_NAMES': self.database.name,
            'TRYTOND_LOGGING_LEVEL': '20',
            # Where it keeps what it needs for itself
            'HOME': str(self.log.parent),
            }

    def command(self):
        return [
            str(BIN / 'gunicorn'), '--config', str(CONFIGURATION),
            '--bind', f'127.0.0.1:{self.port}',
            '--workers', str(self.processes),
            *(word for name, value in self.environment.items()
                for word in ['--env', f'{name}={value}'])]
