# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The examples of trytond.conf in etc/."
import re
import subprocess
import sys
from configparser import ConfigParser

import pytest

from . import configuration, port
from .environment import ETC, clean
from .server import Server

EXAMPLES = ['trytond-centre.conf', 'trytond-satellite.conf']


def read(name, commented=False):
    """Return an example as read by trytond.

    With commented, what it shows in comments is set.
    """
    text = (ETC / name).read_text()
    if commented:
        text = re.sub(r'^#(?=[\[\w])', '', text, flags=re.MULTILINE)
    config = ConfigParser(interpolation=None)
    config.read_string(text)
    return config


@pytest.mark.parametrize('name', EXAMPLES)
def test_options(name):
    "Test that the options are known, and those in comments are defaults"
    from trytond.modules.synchronisation.configuration import OPTIONS
    settings = read(name)['synchronisation']
    for option, value in read(name, True)['synchronisation'].items():
        assert option in OPTIONS
        default = OPTIONS[option].default
        if option not in settings and default is not None:
            assert value == default


def test_satellite_names_all():
    "Test that the example of a satellite names every option"
    from trytond.modules.synchronisation.configuration import OPTIONS
    settings = read('trytond-satellite.conf', True)['synchronisation']
    assert set(settings) == set(OPTIONS)


@pytest.mark.parametrize('name', EXAMPLES)
def test_settings_load(name):
    "Test that the engine accepts an example"
    result = subprocess.run([
            sys.executable, '-c',
            "from trytond.modules.synchronisation import configuration;"
            "print(configuration.load('health').synchronisation_id)"],
        env=clean() | {'TRYTOND_CONFIG': str(ETC / name)},
        capture_output=True, text=True)
    number = read(name)['synchronisation']['synchronisation_id']
    assert result.stdout.split() == [number], result.stderr


@pytest.mark.parametrize('name', EXAMPLES)
def test_cache(name):
    "Test that processes share their caches, except those of trytond-admin"
    assert read(name)['cache']['clean_timeout'] == '0'
    assert int(read('trytond-admin.conf')['cache']['clean_timeout'])


@pytest.mark.services
@pytest.mark.parametrize('name', EXAMPLES)
def test_server(name, prepared, tmp_path):
    "Test that a server starts with an example"
    database = prepared('sqlite', ['synchronisation'])
    conf, number = tmp_path / 'trytond.conf', port.claim()
    configuration.write(conf, database, number)
    log = tmp_path / 'server.log'
    with Server([ETC / name, conf], database, number, log) as server:
        assert server.answers()
