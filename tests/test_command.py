# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"trytond-synchronise run as a user runs it."
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
from contextlib import closing

import pytest

from . import busy, configuration, record
from .environment import BIN, ROOT, clean

MODULES = {'test_synchronisation'}
VERBS = ['push', 'pull', 'new', 'run', 'status', 'fetch', 'verify']
DOCUMENTATION = ROOT / 'docs' / 'reference' / 'commands.rst'


def run(*arguments, **options):
    return subprocess.run(
        [str(BIN / 'trytond-synchronise'), *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env=clean(), **options)


def is_sentence(text):
    "Whether text is one line that ends as a sentence"
    return re.fullmatch(r'[^\n]+\.\n', text)


def check(result, status, text):
    "Check a failure: exit status, nothing printed, one sentence"
    assert (result.returncode, result.stdout) == (status, ''), result.stderr
    assert is_sentence(result.stderr), result.stderr
    assert text in result.stderr


@pytest.fixture
def conf(tmp_path):
    path = tmp_path / 'trytond.conf'
    path.write_text(f'[database]\nuri = sqlite://\npath = {tmp_path}\n')
    return path


def test_missing_configuration_file(tmp_path):
    "A configuration file that is not there is named"
    result = run('-c', tmp_path / 'none.conf', '-d', 'clinic', 'push')
    check(result, 2, f'"{tmp_path}/none.conf" cannot be read')


@pytest.mark.parametrize('content', [
        b'no section\n', b'[database\n', b'\xff\xfe\n'])
def test_malformed_configuration_file(tmp_path, content):
    "A configuration file that is not one is named"
    path = tmp_path / 'trytond.conf'
    path.write_bytes(content)
    check(run('-vc', path, '-d', 'clinic', 'push'), 2, f'"{path}"')


def test_unknown_back_end(conf):
    "A uri that names no back end is refused"
    conf.write_text('[database]\nuri = postgres://\n')
    check(run('-c', conf, '-d', 'clinic', 'push'), 2, "uri")


@pytest.mark.parametrize('name', ['clinic', '../clinic', ''])
def test_unknown_database(conf, name):
    "A database that does not exist is named"
    check(run('-c', conf, '-d', name, 'push'), 2, f'"{name}"')


def test_not_a_database_of_tryton(conf, tmp_path):
    "A database without Tryton is named, with the way to make it one"
    (tmp_path / 'clinic.sqlite').touch()
    check(run('-c', conf, '-d', 'clinic', 'push'), 2, "--all")


def test_unknown_database_json(conf):
    "An error is an object too"
    result = run('-c', conf, '-d', 'clinic', '--json', 'push')
    assert result.returncode == 2
    assert is_sentence(result.stderr)
    assert json.loads(result.stdout) == {
        'complete': False,
        'code': 'configuration',
        'errors': [result.stderr.rstrip('\n')],
        }


def test_unknown_database_verbose(conf):
    "The place of an error is shown on demand"
    result = run('-c', conf, '-d', 'clinic', '-v', 'push')
    assert 'Traceback' in result.stderr


@pytest.mark.postgresql
def test_unknown_database_postgresql(postgresql, tmp_path):
    "A database that is not on the server is named, without a traceback"
    conf = tmp_path / 'trytond.conf'
    conf.write_text(f'[database]\nuri = {postgresql.uri}\n')
    check(run('-c', conf, '-d', 'nobody', 'push'), 2, '"nobody"')


def test_module_not_activated(prepared, tmp_path):
    "A database without the module is told how to get it"
    database = prepared('sqlite', {'party'})
    conf = tmp_path / 'trytond.conf'
    configuration.write(conf, database)
    result = run('-c', conf, '-d', database.name, 'push')
    check(result, 2, "-u synchronisation")


def test_bad_number(instance):
    "A number that is none of an instance is refused"
    satellite = instance('sqlite', MODULES, 1)
    satellite.configure(
        synchronisation_id=512, synchronisation_url='http://a/b/')
    check(satellite.command('push'), 2, "synchronisation_id")


def test_without_url(instance):
    "A satellite without a hub is refused"
    satellite = instance('sqlite', MODULES, 1)
    check(satellite.command('push'), 2, "synchronisation_url")


def test_unreachable(instance):
    "A hub that is down has an exit status of its own"
    hub = instance('sqlite', MODULES)
    satellite = instance('sqlite', MODULES, 1, hub)
    check(satellite.command('run'), 3, hub.server.address.rstrip('/'))


def test_refused(network):
    "A wrong password has an exit status of its own"
    satellite, = network('sqlite', MODULES, 1).satellites
    satellite.write_credentials(password='wrong')
    check(satellite.command('run'), 4, "password")


def test_busy(network, backend):
    "The second run ends at once"
    satellite, = network(backend, MODULES, 1).satellites
    with busy.hold(satellite):
        check(satellite.command('run'), 5, satellite.name)
    assert satellite.command('run').returncode == 0


def run_on_terminal(instance, *arguments):
    "Return the exit status and what is shown on the terminal"
    terminal, end = pty.openpty()
    # Nothing is shown where nothing fits: lines, columns, and two unused
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack('4H', 24, 80, 0, 0))
    process = subprocess.Popen([
            str(BIN / 'trytond-synchronise'), '-c', str(instance.conf),
            '-d', instance.name, *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=end,
        env=clean())
    os.close(end)
    shown = b''
    with open(terminal, 'rb', buffering=0) as file:
        try:
            while part := file.read(1024):
                shown += part
        except OSError:
            # The other end is closed
            pass
    return process.wait(), shown.decode()


def test_progress(network):
    "Bars are shown on a terminal, and only there"
    satellite, = network('sqlite', MODULES, 1).satellites
    satellite.call(record.create, 'one')
    status, shown = run_on_terminal(satellite, 'run')
    assert status == 0, shown
    assert 'it/s' in shown
    assert run_on_terminal(satellite, '--json', 'run') == (0, '')
    assert satellite.command('run').stderr == ''


def test_fetch(network):
    "What was asked for by its key arrives; what is unknown is named"
    net = network('sqlite', MODULES, 2)
    giver, taker = net.satellites
    giver.call(record.create, 'one')
    assert giver.command('push').returncode == 0
    result = taker.command('fetch', record.MODEL, 'one', 'two')
    assert result.returncode == 1
    assert is_sentence(result.stderr)
    assert '"two"' in result.stderr
    assert taker.call(record.count, 'one') == 1
    check(taker.command('fetch', 'party.parties', 'one'), 4,
        '"party.parties"')


def test_verify(network, backend):
    "What was written by SQL is named and put right"
    net = network(backend, MODULES, 1)
    satellite, = net.satellites
    satellite.call(record.create, 'one')
    assert satellite.command('run').returncode == 0
    result = satellite.command('verify')
    assert (result.returncode, result.stderr) == (0, '')
    assert "Equal to the hub." in result.stdout
    with closing(net.hub.database.connect()) as connection:
        connection.cursor().execute(
            'UPDATE test_synchronisation_mode_default SET name = \'raw\'')
        connection.commit()
    result = satellite.command('verify', record.MODEL)
    assert result.returncode == 1
    assert is_sentence(result.stderr)
    assert 'name is null here and "raw" at the hub\n' in result.stdout
    result = satellite.command('--json', 'verify', '--repair')
    assert (result.returncode, result.stderr) == (0, '')
    assert json.loads(result.stdout)['differences'][0]['repaired']
    assert satellite.command('verify').returncode == 0
    assert json.loads(satellite.command('--json', 'status').stdout)['proved']
    check(satellite.command('verify', 'party.parties'), 2, '"party.parties"')


def test_json(network):
    "Each verb prints one object"
    satellite, = network('sqlite', MODULES, 1).satellites
    for verb in ['push', 'pull', 'new', 'run', 'status']:
        result = satellite.command('--json', verb)
        assert (result.returncode, result.stderr) == (0, ''), verb
        assert isinstance(json.loads(result.stdout), dict)


def test_version():
    result = run('--version')
    assert re.fullmatch(r'trytond-synchronise [\d.]+\n', result.stdout)


def test_documentation():
    "The reference names every verb and option"
    text = DOCUMENTATION.read_text()
    usage = run('--help').stdout
    options = set(re.findall(r'(?<!\w)--?[a-z]+\b', usage))
    assert {'-c', '-d', '-v', '--json', '--version'} <= options
    for name in options:
        assert f'``{name}' in text, name
    for verb in VERBS:
        assert re.search(rf'^    {verb} ', usage, re.MULTILINE), verb
        assert re.search(rf'^``{verb}\b', text, re.MULTILINE), verb
