# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The trytond.conf of an instance."
from configparser import ConfigParser

COMPRESSION = {
    'wsgi middleware': {
        'compression':
        'trytond.modules.synchronisation.compression.Compression',
        },
    }


def write(path, database, port=None, **sections):
    """Write the trytond.conf of a database to path.

    A section is given by its name and a dictionary of options; one more of
    the same name is added to what is settled here.
    """
    settings = {
        'web': {},
        'database': {'uri': database.uri, 'list': 'False'},
        'cache': {'clean_timeout': '0'},
        'session': {},
        }
    if port:
        settings['web']['listen'] = f'127.0.0.1:{port}'
    if database.folder:
        settings['database']['path'] = str(database.folder)
    for name, options in sections.items():
        settings.setdefault(name, {}).update(options)
    config = ConfigParser(interpolation=None)
    config.read_dict(settings)
    with open(path, 'w', encoding='utf-8') as file:
        config.write(file)
