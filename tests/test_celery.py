# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The worker and its calls, run as the documentation prints them."
import ast
import datetime as dt
import re
import sys

import pytest

from celery_synchronisation.patience import SETTING

from . import busy, record, worker
from .environment import ROOT
from .spool import Spool

MODULES = {'test_synchronisation'}
EXAMPLE = ROOT / 'celeryconfig.example.py'
TASKS = {
    'synchronise_push_all': 'push',
    'synchronise_pull_all': 'pull',
    'synchronise_new': 'new',
    'synchronise': 'synchronise',
    }
# Each broker and each back end
PAIRS = [
    pytest.param('sqlite', 'filesystem'),
    pytest.param('postgresql', 'rabbitmq', marks=[
            pytest.mark.postgresql, pytest.mark.rabbitmq])]
each = pytest.mark.parametrize('backend, broker', PAIRS, indirect=True)


@pytest.fixture
def satellite(network, backend, broker):
    "A satellite that is ready for its worker"
    satellite, = network(backend, MODULES, 1).satellites
    configure(satellite, broker)
    return satellite


def configure(instance, broker):
    worker.configure(
        instance.folder, broker,
        TRYTON_DATABASE=instance.name, TRYTON_CONFIG=str(instance.conf))


def check_refused(folder, broker, text):
    "Check that no worker starts and that the calls stay where they are"
    called = worker.run(
        worker.get_line('.synchronise_push_all'), folder)
    assert called.returncode == 0, called.stderr
    result = worker.run(worker.get_line('worker'), folder)
    assert (result.returncode, result.stdout) == (2, '')
    assert re.fullmatch(r'[^\n]+\.\n', result.stderr), result.stderr
    assert text in result.stderr
    assert broker.count() == 1


@pytest.mark.parametrize('settings', [
        {'TRYTON_CONFIG': 'trytond.conf'},
        {'TRYTON_DATABASE': 'clinic'},
        {'TRYTON_DATABASE': 'clinic', 'TRYTON_CONFIG': ''},
        ])
def test_missing_setting(tmp_path, broker, settings):
    "celeryconfig.py without one of its names stops the worker"
    worker.configure(tmp_path, broker, **settings)
    name = ('TRYTON_CONFIG' if 'TRYTON_DATABASE' in settings
        else 'TRYTON_DATABASE')
    check_refused(tmp_path, broker, f"{name} is not set in celeryconfig.py")


def test_unknown_configuration_file(tmp_path, broker):
    "TRYTON_CONFIG that names no file stops the worker"
    worker.configure(
        tmp_path, broker, TRYTON_DATABASE='clinic', TRYTON_CONFIG='none.conf')
    check_refused(tmp_path, broker, '"none.conf" cannot be read')


def test_unknown_database(instance, broker):
    "TRYTON_DATABASE that names no database stops the worker"
    satellite = instance('sqlite', MODULES, 1)
    satellite.write_credentials()
    satellite.configure(synchronisation_url='http://localhost:1/centre/')
    worker.configure(
        satellite.folder, broker,
        TRYTON_DATABASE='nobody', TRYTON_CONFIG=str(satellite.conf))
    check_refused(satellite.folder, broker, '"nobody" cannot be opened')


def test_bad_number(instance, broker):
    "A worker does not start for what cannot be a satellite"
    satellite = instance(
        'sqlite', MODULES, 1, options={'synchronisation_id': '512'})
    configure(satellite, broker)
    check_refused(satellite.folder, broker, "synchronisation_id")


@pytest.mark.parametrize('end', ['worker', '.synchronise_push_all'])
def test_no_celeryconfig(tmp_path, end):
    "The wrong folder is named"
    result = worker.run(worker.get_line(end), tmp_path)
    assert result.returncode == 2
    assert result.stderr == (
        f"Error: There is no celeryconfig.py in {tmp_path}; go to its folder "
        "or name that folder by --workdir.\n")


@each
def test_tasks(satellite):
    "Each task runs and tells what it did"
    satellite.call(record.create, 'one')
    with worker.Worker(satellite.folder) as celery:
        outcomes = {name: celery.call(name) for name in TASKS}
    for name, result in outcomes.items():
        assert result.state == 'SUCCESS', result.result
        assert result.result['task'] == TASKS[name]
        assert result.result['complete'] is True
        assert result.result['errors'] == []
    assert satellite.hub.call(record.count, 'one') == 1


@each
def test_busy(satellite):
    "The second run on a database ends at once and says so"
    with worker.Worker(satellite.folder) as celery:
        with busy.hold(satellite):
            refused = celery.call('synchronise')
        accepted = celery.call('synchronise')
    assert refused.state == 'SUCCESS'
    assert refused.result['complete'] is False
    assert refused.result['code'] == 'busy'
    sentence, = refused.result['errors']
    assert satellite.name in sentence
    assert accepted.result['complete'] is True


@each
def test_unreachable(satellite):
    "A hub that is down fails the task with one sentence; the worker goes on"
    satellite.call(record.create, 'one')
    satellite.hub.server.stop()
    with worker.Worker(satellite.folder) as celery:
        failed = celery.call('synchronise_push_all')
        satellite.hub.server.start()
        done = celery.call('synchronise_push_all')
    assert failed.state == 'FAILURE'
    assert re.fullmatch(r'[^\n]+\.', str(failed.result))
    assert satellite.hub.server.address.rstrip('/') in str(failed.result)
    assert done.state == 'SUCCESS', done.result
    assert satellite.hub.call(record.count, 'one') == 1
    log = celery.log.read_text()
    assert str(failed.result) in log
    assert 'Traceback' not in log


@pytest.mark.parametrize('backend, broker', PAIRS[:1], indirect=True)
def test_example(satellite):
    "The example runs with the lines it gives for a trial"
    trial = re.findall(r'^#     (.*\n)', EXAMPLE.read_text(), re.MULTILINE)
    (satellite.folder / 'celeryconfig.py').write_text(''.join([
                EXAMPLE.read_text(), *trial,
                f"TRYTON_DATABASE = {satellite.name!r}\n",
                f"TRYTON_CONFIG = {str(satellite.conf)!r}\n"]))
    for name in ['broker/control', 'results']:
        (satellite.folder / name).mkdir(parents=True, exist_ok=True)
    with worker.Worker(satellite.folder) as celery:
        result = celery.call('synchronise')
    assert result.state == 'SUCCESS', result.result


def get_defaults():
    "Return the lines of the example that show a default"
    return re.findall(
        r'^# ([a-zA-Z_]+) = (.*)$', EXAMPLE.read_text(), re.MULTILINE)


def test_example_defaults():
    "The example shows the true defaults"
    from celery_synchronisation import app
    assert len(get_defaults()) > 5
    for name, text in get_defaults():
        default = app.conf[name]
        if isinstance(default, dt.timedelta):
            default = default.total_seconds()
        assert default == ast.literal_eval(text), name


def test_queues():
    "There is a queue for each task, and each task goes to its own"
    from celery_synchronisation import app, queues
    app.loader.import_default_modules()
    for kind in queues.KINDS:
        name = queues.PREFIX + kind
        queue = app.amqp.router.route({}, name)['queue']
        assert queue.name == f'synchronisation.{kind}'
        assert app.amqp.queues[queue.name] == queue
        assert name in app.tasks
    assert len(app.amqp.queues) == len(queues.KINDS) == len(TASKS)


def test_settings(tmp_path):
    "celeryconfig.py goes before the defaults of the application"
    from celery_synchronisation.app import DEFAULTS
    spool = Spool(tmp_path / 'broker')
    settings = {
        **DEFAULTS, 'worker_concurrency': 7, SETTING: 8,
        'broker_transport_options':
        spool.settings['broker_transport_options']}
    worker.configure(
        tmp_path, spool,
        **{name: settings[name] for name in ['worker_concurrency', SETTING]})
    shown = worker.run(
        f'{sys.executable} -c "from celery_synchronisation import app; '
        "app.config_from_object('celeryconfig'); "
        f"print({{n: app.conf[n] for n in {list(DEFAULTS)!r}}})\"", tmp_path)
    assert ast.literal_eval(shown.stdout) == settings, shown.stderr


def test_documentation():
    "The reference names every setting and task"
    text = worker.DOCUMENTATION.read_text()
    settings = [name for name, _ in get_defaults()] + [
        'broker_url', 'TRYTON_DATABASE', 'TRYTON_CONFIG']
    for name in settings:
        assert f'\n``{name}``\n' in text, name
    for name in TASKS:
        assert f'``celery_synchronisation.{name}``' in text, name
