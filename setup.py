#!/usr/bin/env python3
# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

from configparser import ConfigParser
from glob import glob
from pathlib import Path

from setuptools import find_packages, setup

SERIES = (7, 0)
HEALTH_SERIES = (5, 0)


def read_modules():
    "Return the [tryton] section of each module by the name of its folder"
    modules = {}
    for filename in sorted(glob('modules/*/tryton.cfg')):
        config = ConfigParser()
        config.read(filename, encoding='utf-8')
        modules[Path(filename).parent.name] = config['tryton']
    return modules


def get_range(name, series):
    major, minor = series
    return f'{name} >= {major}.{minor}, < {major}.{minor + 1}'


def get_requirement(module):
    "Return the requirement on PyPI that brings a module of somebody else"
    if module == 'health':
        return get_range('gnuhealth', HEALTH_SERIES)
    elif module.startswith('health_'):
        name = module[len('health_'):].replace('_', '-')
        return get_range(f'gnuhealth-{name}', HEALTH_SERIES)
    return get_range(f'trytond_{module}', SERIES)


def get_extras(modules):
    "Return what brings the modules that ours extend if they are activated"
    extras = set()
    for info in modules.values():
        extras.update(info.get('extras_depend', '').split())
    return [get_requirement(e) for e in sorted(extras - modules.keys())]


def get_requires(modules):
    depends = set()
    for info in modules.values():
        depends.update(info.get('depends', '').split())
    depends -= {'ir', 'res', *modules}
    requires = [get_range('trytond', SERIES)]
    requires += [get_requirement(d) for d in sorted(depends)]
    return requires


def get_packages(modules):
    packages = find_packages(
        include=['celery_synchronisation', 'celery_synchronisation.*'])
    for name in modules:
        packages.append(f'trytond.modules.{name}')
        packages += [
            f'trytond.modules.{name}.{package}'
            for package in find_packages(f'modules/{name}')]
    return packages


def get_package_data(modules):
    data = {}
    for name, info in modules.items():
        data[f'trytond.modules.{name}'] = info.get('xml', '').split() + [
            'tryton.cfg', 'message.xml', 'view/*.xml', 'locale/*.po',
            'icons/*.svg', 'README.rst']
        data[f'trytond.modules.{name}.tests'] = ['*.rst', '*.json']
    return data


modules = read_modules()

setup(
    name='tryton-synchronisation',
    version=modules['synchronisation']['version'],
    description="Synchronise Tryton and GNU Health databases "
    "over poor networks",
    long_description=Path('README.rst').read_text(encoding='utf-8'),
    long_description_content_type='text/x-rst',
    author="Tryton Synchronisation",
    license='GPL-3.0-or-later',
    license_files=['LICENSE', 'COPYRIGHT'],
    keywords="tryton gnuhealth synchronisation replication offline",
    package_dir={
        f'trytond.modules.{name}': f'modules/{name}' for name in modules},
    packages=get_packages(modules),
    py_modules=['trytond_synchronise'],
    package_data=get_package_data(modules),
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Plugins",
        "Framework :: Tryton",
        "Intended Audience :: Healthcare Industry",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Topic :: Database",
        ],
    python_requires='>=3.10',
    install_requires=get_requires(modules) + [
        'amqp >= 5.1, < 6',
        'celery >= 5.4, < 6',
        'kombu >= 5.4, < 6',
        'python-dateutil',
        'python-sql',
        'requests',
        'tqdm',
        ],
    extras_require={
        'health': get_extras(modules),
        # psycopg2 is published as source only: it needs a compiler and the
        # headers of libpq
        'postgresql': ['psycopg2'],
        'test': [
            *get_extras(modules),
            get_range('proteus', SERIES),
            'flake8',
            'gunicorn >= 22, < 28',
            'hypothesis',
            'isort',
            'psycopg2-binary',
            'pytest',
            'pytest-xdist',
            'setuptools >= 70.1',
            'trustme >= 1.1, < 2',
            ],
        },
    zip_safe=False,
    entry_points={
        'console_scripts': [
            'trytond-synchronise = trytond_synchronise:main',
            'trytond-load-synthea = '
            'trytond.modules.health_synchronisation.loader:main',
            ],
        'trytond.modules': [
            f'{name} = trytond.modules.{name}' for name in modules],
        },
    )
