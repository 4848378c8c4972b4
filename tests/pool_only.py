# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The models of modules without a database.

A pool is filled in a process of its own, as one process has one set of
modules.  python -m tests.pool_only MODULE... prints what there is as JSON.
"""
import ast
import json
import subprocess
import sys
from collections import defaultdict
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from .environment import ROOT, clean


@lru_cache
def describe(*modules):
    """Return {model: what there is to tell of it}, with these modules.

    That is what synchronisation.coverage tells, with the stored "fields", the
    many2one "targets", the "references", those that are "translated", those
    that are "numbered" by a sequence, the sets that are "unique", those of
    them that are "codes" by themselves, and the "ends" of which a key is made.
    """
    done = subprocess.run(
        [sys.executable, '-m', 'tests.pool_only', *modules], cwd=ROOT,
        env=clean() | {'TRYTOND_DATABASE_URI': 'sqlite://'},
        check=True, capture_output=True, text=True)
    return {row['model']: row for row in json.loads(done.stdout)}


def closure(modules):
    "Return the modules in the order in which they are loaded."
    from trytond.modules import create_graph, get_module_info
    needed, todo = set(), list(modules)
    while todo:
        name = todo.pop()
        if name not in needed:
            needed.add(name)
            todo += get_module_info(name).get('depends', [])
    return [node.name for node in create_graph(needed)]


def fill(modules):
    "Fill the pool of the database in memory, which stays empty."
    from trytond.modules import register_classes
    from trytond.pool import Pool
    register_classes()
    Pool.start()
    name = ':memory:'
    Pool._pool[name] = defaultdict(dict)
    pool = Pool(name)
    pool._modules = []
    for module in modules:
        pool.fill(module, set(modules))
    pool.setup()
    pool.setup_mixin()
    return pool


def folder(module):
    "Return the folder of a module of Tryton."
    package = 'trytond' if module in {'ir', 'res'} else 'trytond.modules'
    return Path(find_spec(f'{package}.{module}').origin).parent


def loaded(modules):
    "Return the names of the models of which XML files load rows."
    from trytond.modules import get_module_info
    return {
        record.get('model')
        for module in modules
        for name in get_module_info(module).get('xml', [])
        for record in etree.parse(folder(module) / name).iter('record')}


def numbered(modules):
    "Return {model: fields that a sequence numbers} of GNU Health's sources."
    result = defaultdict(set)
    for module in modules:
        for path in sorted(folder(module).glob('*.py')):
            tree = ast.parse(path.read_text(encoding='utf-8'))
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    result[_name(node)].update(_numbered(node))
    return result


def _name(node):
    for child in node.body:
        if (isinstance(child, ast.Assign)
                and getattr(child.targets[0], 'id', None) == '__name__'):
            return child.value.value


def _numbered(node):
    for child in ast.walk(node):
        if (isinstance(child, ast.Assign)
                and isinstance(child.targets[0], ast.Subscript)
                and isinstance(child.targets[0].slice, ast.Constant)
                and isinstance(child.value, ast.Call)
                and getattr(child.value.func, 'attr', '') in {
                    'generate_code', 'generate_sequence'}):
            yield child.targets[0].slice.value


def unique(Model):
    "Yield the names of the fields that no two rows of a model may share."
    from trytond.model import Exclude, Unique
    for _, constraint, _ in Model._sql_constraints:
        if isinstance(constraint, (Exclude, Unique)):
            yield sorted(
                name for column in constraint.columns
                if (name := getattr(column, 'name', None)))


def tell(modules):
    "Return what describe() returns, as a list."
    from trytond.modules.synchronisation import coverage, registry
    from trytond.transaction import Transaction
    modules = closure(modules)
    with Transaction().start(':memory:', 0):
        pool = fill(modules)
        numbers = numbered(modules)
        rows = coverage.describe(loaded=loaded(modules))
        for row in rows:
            Model = pool.get(row['model'])
            fields = {
                name: field for name, field in Model._fields.items()
                if field.sql_type()}
            row['fields'] = sorted(fields)
            row['targets'] = {
                name: field.model_name for name, field in fields.items()
                if field._type == 'many2one'}
            row['references'] = [
                name for name, field in fields.items()
                if field._type == 'reference']
            row['translated'] = [
                name for name, field in fields.items()
                if getattr(field, 'translate', False)]
            row['unique'] = list(unique(Model))
            row['codes'] = (
                registry.codes(Model) if row['state'] == 'bound' else [])
            row['ends'] = sorted(getattr(Model, 'sync_key_fields', ()))
            row['numbered'] = sorted(numbers[row['model']])
        left_out = pool.get('synchronisation.record').left_out()
        for name in left_out.keys() - {row['model'] for row in rows}:
            rows.append({'model': name, 'state': 'unknown'})
    return rows


if __name__ == '__main__':
    json.dump(tell(sys.argv[1:]), sys.stdout)
