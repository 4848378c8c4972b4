# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The distribution that setup.py makes."
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from email import message_from_string
from importlib.metadata import entry_points
from zipfile import ZipFile

import pytest

from . import tree
from .environment import ROOT

SHIPPED = [
    '**/*.py', '*.xml', 'view/*.xml', 'locale/*.po', 'icons/*.svg',
    'tryton.cfg', 'tests/*.rst', 'tests/*.json']


@pytest.fixture(scope='module')
def wheel(tmp_path_factory):
    "The wheel, made of a copy of the tree to leave nothing behind"
    folder = tmp_path_factory.mktemp('wheel')
    shutil.copytree(
        ROOT, folder / 'tree', ignore=shutil.ignore_patterns(
            '.*', '__pycache__', '*.egg-info', 'build', 'dist', 'var'))
    subprocess.run([
            sys.executable, '-m', 'pip', 'wheel', '--quiet', '--no-deps',
            '--no-build-isolation', '--wheel-dir', str(folder), '.'],
        cwd=folder / 'tree', check=True)
    file, = folder.glob('*.whl')
    with ZipFile(file) as wheel:
        yield wheel


def read(wheel, name):
    path, = [n for n in wheel.namelist() if n.endswith(f'.dist-info/{name}')]
    return wheel.read(path).decode()


@pytest.mark.parametrize('name', tree.names())
def test_module_files(name, wheel):
    "Test that all files of a module are in the wheel, and no others"
    folder = tree.MODULES / name
    expected = {
        path.relative_to(folder).as_posix()
        for pattern in SHIPPED for path in folder.glob(pattern)}
    prefix = f'trytond/modules/{name}/'
    shipped = {
        path[len(prefix):] for path in wheel.namelist()
        if path.startswith(prefix)}
    assert shipped - {'README.rst'} == expected


def test_programs(wheel):
    "Test that the wheel installs the modules and the console commands"
    config = ConfigParser()
    config.read_string(read(wheel, 'entry_points.txt'))
    assert list(config['trytond.modules']) == tree.names()
    for target in config['console_scripts'].values():
        path = target.partition(':')[0].replace('.', '/') + '.py'
        assert path in wheel.namelist()
    assert set(config['console_scripts']) == {
        'trytond-synchronise', 'trytond-load-synthea'}
    assert 'celery_synchronisation/__init__.py' in wheel.namelist()


def test_requirements(wheel):
    "Test that the wheel requires what the modules depend on, and no extras"
    metadata = message_from_string(read(wheel, 'METADATA'))
    names = {
        re.split(r'[^\w-]', requirement)[0].replace('_', '-')
        for requirement in metadata.get_all('Requires-Dist')
        if 'extra ==' not in requirement}
    _, others = tree.closure(tree.names())
    expected = {
        'gnuhealth' + name[len('health'):] if name.startswith('health')
        else f'trytond_{name}' for name in others - {'ir', 'res'}}
    assert {
        name for name in names if name.startswith(('trytond-', 'gnuhealth'))
        } == {name.replace('_', '-') for name in expected}


def test_extra(wheel):
    "Test that the extra health brings the modules that ours extend"
    metadata = message_from_string(read(wheel, 'METADATA'))
    names = {
        re.split(r'[^\w-]', requirement)[0]
        for requirement in metadata.get_all('Requires-Dist')
        if requirement.endswith('extra == "health"')}
    assert names == {
        'gnuhealth' + name[len('health'):].replace('_', '-')
        for name in tree.extras('health_synchronisation')}


def test_version(wheel):
    "Test that the distribution has the version of the engine"
    config = ConfigParser()
    config.read(tree.MODULES / 'synchronisation' / 'tryton.cfg')
    metadata = message_from_string(read(wheel, 'METADATA'))
    assert metadata['Version'] == config['tryton']['version']


def test_environment():
    "Test that this environment has the modules of the tree, see Makefile"
    installed = {
        point.name for point in entry_points(group='trytond.modules')}
    assert installed >= set(tree.names())


def test_no_build():
    "Test that no build/ is there, which a wheel would ship again"
    assert not (ROOT / 'build').exists()
