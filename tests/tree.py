# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The Tryton modules of this repository and the marks of their content."
import hashlib
from configparser import ConfigParser
from functools import lru_cache
from importlib.metadata import distributions

from .environment import ROOT

MODULES = ROOT / 'modules'


def names():
    "Return the names of the modules of this repository"
    return sorted(path.parent.name for path in MODULES.glob('*/tryton.cfg'))


def depends(name):
    config = ConfigParser()
    config.read(MODULES / name / 'tryton.cfg')
    return config.get('tryton', 'depends', fallback='').split()


def extras(name):
    "Return the modules that one extends where they are activated"
    config = ConfigParser()
    config.read(MODULES / name / 'tryton.cfg')
    return config.get('tryton', 'extras_depend', fallback='').split()


def closure(modules):
    """Return two sets of names, what these modules are and depend on.

    The first set is of this repository, the second of somebody else.
    """
    ours, others = set(), set()
    todo = set(modules)
    while todo:
        name = todo.pop()
        if (MODULES / name / 'tryton.cfg').exists():
            ours.add(name)
            todo.update(set(depends(name)) - ours)
        else:
            others.add(name)
    return ours, others


def digest(modules):
    "Return a mark that changes with the content of these modules"
    mark = hashlib.sha256()
    for name in sorted(modules):
        for path in sorted((MODULES / name).rglob('*')):
            if (path.suffix in {'.py', '.xml', '.cfg', '.po', '.csv'}
                    and 'tests' not in path.relative_to(MODULES).parts):
                mark.update(str(path.relative_to(MODULES)).encode())
                mark.update(path.read_bytes())
    mark.update(versions().encode())
    return mark.hexdigest()[:16]


@lru_cache
def versions():
    "Return the versions of the Tryton packages that are installed"
    packages = {
        f'{d.name}={d.version}' for d in distributions()
        if d.name.startswith(('trytond', 'gnuhealth'))}
    return ' '.join(sorted(packages))
