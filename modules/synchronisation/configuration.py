# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The [synchronisation] section of trytond.conf."
import os
import stat
from collections import namedtuple
from urllib.parse import urlsplit

from trytond.config import config

from .errors import ConfigurationError

SECTION = 'synchronisation'
INSTANCES = 512
CENTRE = 0
# What an instance does with its hub
DIRECTIONS = BOTH, SENDS, RECEIVES = 'both', 'sends', 'receives'

Option = namedtuple('Option', 'default help')
OPTIONS = {
    'synchronisation_id': Option(
        None, "The number of this instance, 0 (the centre) to 511."),
    'synchronisation_url': Option(
        None, "The hub of a satellite, https://host:port/database/."),
    'credentials': Option(
        None, "The file, mode 0600, with the user and password at the hub."),
    'session': Option(
        None, "The file that keeps the session at the hub between runs."),
    'enabled': Option(
        'True', "False stops every exchange; changes are still captured."),
    'direction': Option(
        'both', "Both, or sends or receives for one way only."),
    'batch': Option(
        '500', "The most records of one message."),
    'concurrency': Option(
        '2', "How many messages of satellites each process of a hub works on "
        "at a time."),
    'history': Option(
        'False', "True keeps each version of the records about which people "
        "decide; it is read from [synchronisation] only, and the modules "
        "have to be updated."),
    'timeout': Option(
        '300', "Seconds to wait for an answer of the hub."),
    'stalled': Option(
        '600', "Seconds after which a run that has moved nothing is ended."),
    'verify': Option(
        'True', "False accepts any TLS certificate; a path names a CA file."),
    }
Settings = namedtuple('Settings', list(OPTIONS) + ['database'])
Credentials = namedtuple('Credentials', 'user password')


def get(option, database=None):
    """Return the text of an option, None when it is not set.

    A section [synchronisation DATABASE] goes before [synchronisation], for
    a server that has several databases.
    """
    for section in [f'{SECTION} {database}', SECTION]:
        value = config.get(section, option, default=None)
        if value not in {None, ''}:
            return value
    return OPTIONS[option].default


def keeps_history():
    "Whether every version of the clinical records is kept."
    return _boolean('history', get('history'))


def load(database):
    "Return the checked Settings of a database or raise ConfigurationError."
    values = {option: get(option, database) for option in OPTIONS}
    values['synchronisation_id'] = _number(values['synchronisation_id'])
    values['enabled'] = _boolean('enabled', values['enabled'])
    values['history'] = _boolean('history', values['history'])
    values['direction'] = _direction(values['direction'])
    values['batch'] = _positive('batch', values['batch'])
    for option in ['timeout', 'stalled', 'concurrency']:
        values[option] = _positive(option, values[option])
    values['verify'] = _verify(values['verify'])
    if values['synchronisation_url']:
        values['synchronisation_url'] = _url(values['synchronisation_url'])
    if values['credentials'] and not values['session']:
        values['session'] = values['credentials'] + '.session'
    return Settings(database=database, **values)


def satellite(database):
    "Return the Settings of a database that has a hub."
    settings = load(database)
    if not settings.synchronisation_url:
        raise ConfigurationError(
            "synchronisation_url is not set in the [synchronisation] section "
            "of trytond.conf; give it the address of the hub, such as "
            "https://centre.example.org:7500/database/.")
    if not settings.credentials:
        raise ConfigurationError(
            "credentials is not set in the [synchronisation] section of "
            "trytond.conf; give it the path of a file with the user and the "
            "password at the hub.")
    return settings


def _number(text):
    remedy = ("in the [synchronisation] section of trytond.conf; give it a "
        f"number from 0 (the centre) to {INSTANCES - 1}.")
    if text is None:
        raise ConfigurationError(f"synchronisation_id is not set {remedy}")
    try:
        number = int(text)
    except ValueError:
        raise ConfigurationError(
            f'synchronisation_id is "{text}", which is not a number, {remedy}')
    if not 0 <= number < INSTANCES:
        raise ConfigurationError(
            f"synchronisation_id is {number}, which is out of range, {remedy}")
    return number


def _boolean(option, text):
    if text.lower() in {'true', 'yes', 'on', '1'}:
        return True
    if text.lower() in {'false', 'no', 'off', '0'}:
        return False
    raise ConfigurationError(
        f'{option} is "{text}" in the [synchronisation] section of '
        'trytond.conf; give it True or False.')


def _direction(text):
    if text.lower() in DIRECTIONS:
        return text.lower()
    raise ConfigurationError(
        f'direction is "{text}" in the [synchronisation] section of '
        'trytond.conf; give it both, sends or receives.')


def _positive(option, text):
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number <= 0:
        raise ConfigurationError(
            f'{option} is "{text}" in the [synchronisation] section of '
            'trytond.conf; give it a whole number above 0.')
    return number


def _verify(text):
    try:
        return _boolean('verify', text)
    except ConfigurationError:
        if os.path.exists(text):
            return text
        raise ConfigurationError(
            f'verify is "{text}" in the [synchronisation] section of '
            'trytond.conf; give it True, False or the path of a CA file.')


def _url(text):
    remedy = ("write it as https://host:port/database/ in the "
        "[synchronisation] section of trytond.conf.")
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ConfigurationError(
            f"synchronisation_url is malformed; {remedy}")
    if url.password or url.username:
        raise ConfigurationError(
            "synchronisation_url contains a user or a password, which others "
            "could read; put them in the file named by credentials and "
            f"{remedy}")
    database = url.path.strip('/')
    if (url.scheme not in {'http', 'https'} or not url.hostname
            or port == 0 or not database or '/' in database
            or url.query or url.fragment):
        raise ConfigurationError(
            f'synchronisation_url is "{text}", which is malformed; {remedy}')
    return f'{url.scheme}://{url.netloc}/{database}/'


def credentials(settings):
    """Return the Credentials of the hub from their file.

    Its lines are "user = ..." and "password = ..."; a file that others can
    read is refused.
    """
    path = settings.credentials
    try:
        with open(path, encoding='utf-8') as file:
            _private(path, file)
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, 'strerror', None) or "it is not text"
        raise ConfigurationError(
            f'The credentials file "{path}" cannot be read ({reason}); '
            "create it with mode 0600 for the user of the server.") from error
    values = {}
    for line in lines:
        key, separator, value = line.partition('=')
        if separator:
            values[key.strip()] = value.strip()
    if not values.get('user') or not values.get('password'):
        raise ConfigurationError(
            f'The credentials file "{path}" lacks a user or a password; '
            'write the lines "user = ..." and "password = ...".')
    return Credentials(values['user'], values['password'])


def _private(path, file):
    mode = os.fstat(file.fileno()).st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            f'The credentials file "{path}" can be read by others; '
            f'run "chmod 600 {path}".')


def check(database=None):
    "Raise ConfigurationError when the settings of database are wrong."
    settings = load(database)
    if settings.synchronisation_url:
        satellite(database)
    elif settings.synchronisation_id != CENTRE:
        satellite(database)
    return settings
