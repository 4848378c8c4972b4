# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Prepared databases.

To make one with the modules of somebody else costs half a minute, so two
layers are kept in the cache: one with these only, and one upon it with ours.
"""
import hashlib
import secrets
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import tree
from .database import Database
from .environment import CACHE
from .lock import lock

FOLDER = CACHE / 'databases'
# How many files of each back end stay in the cache
KEPT = 12


def prepare(modules, name, folder=None, cluster=None):
    """Return a fresh database in which these modules are activated.

    It is a file in folder or on the cluster.  Its name begins with name and
    is like no other, for trytond keeps pools and caches by name.
    """
    layers = get_layers(modules)
    name = f'{name}_{secrets.token_hex(4)}'
    if cluster:
        with using_postgresql(cluster, layers) as template:
            cluster.create(name, template)
    else:
        with using_file(layers) as path:
            shutil.copyfile(path, Path(folder) / f'{name}.sqlite')
    return Database(name, folder=folder, cluster=cluster)


def get_layers(modules):
    "Return the sets of modules that are activated one after the other"
    ours, others = tree.closure(modules)
    return [layer for layer in [others | {'ir', 'res'}, ours] if layer]


def get_key(layers):
    modules = set().union(*layers)
    text = ' '.join([*sorted(modules), tree.digest(modules)])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@contextmanager
def using_file(layers):
    "Give the file on SQLite that has these layers"
    # Who needs another one does not wait until this one is made
    with lock(FOLDER / f'{get_key(layers)}.lock'):
        yield get_file(layers)


@contextmanager
def using_postgresql(cluster, layers):
    "Give the name of the database of the cluster that has these layers"
    with lock(FOLDER / 'postgresql.lock'):
        yield get_postgresql(cluster, layers)


def get_file(layers):
    path = FOLDER / f'{get_key(layers)}.sqlite'
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            new = Database('new', Path(folder))
            if layers[:-1]:
                with using_file(layers[:-1]) as path_below:
                    shutil.copyfile(path_below, new.file)
            else:
                new.create()
            new.activate(layers[-1])
            new.remember_wal()
            new.file.replace(path)
    touch(path)
    return path


def get_postgresql(cluster, layers):
    name = f'template_{get_key(layers)}'
    path = FOLDER / f'{get_key(layers)}.dump'
    if not cluster.exists(name):
        new = Database(f'new_{name}', cluster=cluster)
        new.drop()
        if path.exists():
            cluster.restore(new.name, path)
        else:
            if layers[:-1]:
                cluster.create(new.name, get_postgresql(cluster, layers[:-1]))
            else:
                new.create()
            new.activate(layers[-1])
            cluster.dump(new.name, path)
        cluster.rename(new.name, name)
        touch(path)
    return name


def touch(path):
    "Note that a file of the cache is in use and drop the oldest ones"
    path.touch()
    files = sorted(
        FOLDER.glob(f'*{path.suffix}'), key=lambda p: p.stat().st_mtime)
    for old in files[:-KEPT]:
        old.unlink()
