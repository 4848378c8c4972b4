# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The documentation names all that there is, and nothing that there is not."
import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from trytond.model import Model, ModelSQL, fields
from trytond.modules import synchronisation
from trytond.modules.synchronisation import (
    command, configuration, errors, merge)

from .environment import ROOT

DOCS = ROOT / 'docs'
ENGINE = Path(synchronisation.__file__).parent
WORD = re.compile(r'[a-z]+(-[a-z]+)*')
# What a folder of tests has is not part of the engine
FILES = sorted(ENGINE.glob('*.py'))


def read(name):
    return (DOCS / name).read_text(encoding='utf-8')


def labels(text, prefix):
    "Return what follows the prefix in the labels of a page"
    return set(re.findall(
            rf'^\.\. _{re.escape(prefix)}(.+):$', text, re.MULTILINE))


def section(text, label):
    "Return the part of a page from a label to the next one"
    start = text.index(f'.. _{label}:')
    return re.split(r'\n\.\. _', text[start + 1:])[0]


def terms(text):
    "Return the terms of the definition lists of a page, split at commas"
    lines = re.findall(r'^((?:``[^`]+``(?:, )?)+)$', text, re.MULTILINE)
    return {t for line in lines for t in re.findall(r'``([^`]+)``', line)}


def column(text):
    "Return the words in the first column of the tables of a part"
    return set(re.findall(r'^   \* - ``([^`]+)``$', text, re.MULTILINE))


def is_word(node):
    return (isinstance(node, ast.Constant) and isinstance(node.value, str)
        and WORD.fullmatch(node.value))


def nodes(types):
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, types):
                yield node


def classes():
    "Return the classes of the errors"
    return [
        cls for cls in vars(errors).values()
        if isinstance(cls, type)
        and issubclass(cls, errors.SynchronisationError)]


def error_codes():
    "Return the codes of the errors, and those given where one is made"
    codes = {'unexpected', *(cls.code for cls in classes())}
    names = {cls.__name__ for cls in classes()}
    for call in nodes(ast.Call):
        if (isinstance(call.func, ast.Name) and call.func.id in names
                and len(call.args) == 2 and is_word(call.args[1])):
            codes.add(call.args[1].value)
    return codes


def waiting_codes():
    "Return the codes of what waits, which come before a sentence"
    functions = {'wait', 'refuse', 'Violation'}
    codes = set()
    for call in nodes(ast.Call):
        name = getattr(call.func, 'attr', getattr(call.func, 'id', None))
        if name in functions:
            codes.update(a.value for a in call.args if is_word(a))
    for function in nodes(ast.FunctionDef):
        if function.name in {'problem', 'obstacle', 'keeps', 'reason'}:
            codes.update(
                n.value.elts[0].value for n in ast.walk(function)
                if isinstance(n, ast.Return)
                and isinstance(n.value, ast.Tuple)
                and is_word(n.value.elts[0]))
    codes.update(
        n.value.elts[0].value for n in nodes(ast.Assign)
        if getattr(n.targets[0], 'id', None) in {
            'HUB_UNREAD', 'UNIT', 'WHOLE'})
    return codes


def conflict_reasons():
    reasons = {merge.REVIEW}
    for call in nodes(ast.Call):
        name = getattr(call.func, 'attr', getattr(call.func, 'id', None))
        if name == 'Conflict':
            reasons.update(
                n.value for a in call.args for n in ast.walk(a) if is_word(n))
    return reasons


def models():
    "Return {name: class} of the models of the engine"
    found = {}
    for info in pkgutil.iter_modules([str(ENGINE)]):
        if info.ispkg:
            continue
        module = importlib.import_module(
            f'{synchronisation.__name__}.{info.name}')
        for cls in vars(module).values():
            if (isinstance(cls, type) and issubclass(cls, Model)
                    and cls.__name__.startswith('synchronisation.')):
                found[cls.__name__] = cls
    return found


def test_options():
    "Test that the options of trytond.conf are those of the engine"
    text = read('reference/configuration.rst')
    assert labels(text, 'config-synchronisation.') == set(
        configuration.OPTIONS)


@pytest.mark.parametrize('name', list(configuration.OPTIONS))
def test_default(name):
    "Test that an option is told with its default"
    default = configuration.OPTIONS[name].default
    text = section(
        read('reference/configuration.rst'), f'config-synchronisation.{name}')
    if default is None:
        assert ("It has no default value." in text
            or "The default value is: the " in text)
    else:
        assert f"The default value is: ``{default}``" in text


def test_error_codes():
    "Test that the errors of a run are those that the code can raise"
    text = section(read('reference/errors.rst'), 'reference-errors')
    assert column(text) == error_codes()


def test_waiting_codes():
    "Test that the reasons to wait are those of the code"
    text = section(read('reference/errors.rst'), 'errors-quarantine')
    assert column(text) == waiting_codes()


@pytest.mark.parametrize('cls', classes())
def test_exit_status(cls):
    "Test that an error is told with its exit status and its nature"
    text = section(read('reference/errors.rst'), 'reference-errors')
    row = text.partition(f'   * - ``{cls.code}``\n')[2]
    cells = row.partition('\n   * - ')[0].split('\n     - ')
    statuses, transient = cells[2:4]
    assert str(cls.exit_status) in statuses.split(', ')
    assert transient.strip() == ('yes' if cls.transient else 'no')


def test_verbs():
    "Test that the verbs of trytond-synchronise are told"
    text = read('reference/commands.rst')
    assert {
        *re.findall(r'^``([a-z]+)(?: [^`]*)?``$', text, re.MULTILINE)
        } >= set(command.VERBS)


def test_tasks():
    "Test that the tasks of Celery are told"
    from celery_synchronisation import app
    app.loader.import_default_modules()
    tasks = {
        name for name in app.tasks
        if name.startswith('celery_synchronisation.')}
    assert tasks
    assert column(read('reference/celery.rst')) == tasks


def test_models():
    "Test that the models of the engine are told"
    text = read('reference/models.rst')
    assert labels(text, 'model-') == set(models())


@pytest.mark.parametrize('name', sorted(models()))
def test_fields(name):
    "Test that the stored fields of a model are told"
    text = section(read('reference/models.rst'), f'model-{name}')
    names = {
        n for n, field in vars(models()[name]).items()
        if isinstance(field, fields.Field) and not hasattr(ModelSQL, n)}
    words = set(re.findall(r'``([^`]+)``', text))
    assert names <= words
    assert terms(text) - {name} <= names


def test_conflict_reasons():
    "Test that the reasons of a conflict are told"
    text = section(
        read('reference/models.rst'), 'model-synchronisation.conflict')
    assert conflict_reasons() == set(re.findall(
            r'^   ``([a-z]+)``: ', text, re.MULTILINE))


def test_rules():
    "Test that the rules which comments name are told"
    told = set(re.findall(
            r'^([FPHSV]\d+)$', read('reference/protocol.rst'), re.MULTILINE))
    named = {
        rule for path in FILES
        for rule in re.findall(
            r'\b([FPHSV]\d+): ', path.read_text(encoding='utf-8'))}
    assert named and named <= told


def pages():
    return {
        path.relative_to(DOCS).with_suffix('').as_posix(): path.read_text(
            encoding='utf-8')
        for path in DOCS.rglob('*.rst')}


def test_index():
    "Test that every page is in the index, and every entry a page"
    entries = set(re.findall(
            r'^   ([a-z][\w/-]+)$', read('index.rst'), re.MULTILINE))
    assert entries == set(pages()) - {'index'}


def test_links():
    "Test that what is linked to is there"
    known = {
        label for text in pages().values() for label in labels(text, '')}
    words = set(re.findall(
            r'^   ([a-z][a-z ]*)$', read('glossary.rst'), re.MULTILINE))
    for name, text in pages().items():
        for role, target in re.findall(
                r':(ref|term):`(?:[^`<]+<)?([^`>]+)>?`', text):
            assert target in (known if role == 'ref' else words), name


def named_tests(name):
    "Return the (path of a file, function) of the tests that a page names"
    return [
        (ROOT / path if '/' in path else ROOT / 'tests' / path, function)
        for path, function in re.findall(
            r'``([\w/]*test_\w+\.py)::(test_\w+)``', read(name))]


def functions(path):
    "Return the names of the tests of a file"
    return {
        node.name for node in ast.walk(
            ast.parse(path.read_text(encoding='utf-8')))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith('test_')}


@pytest.mark.parametrize(
    'name', ['explanation/guarantees.rst', 'explanation/proof.rst'])
def test_named_tests(name):
    "Test that every test that a page names is there"
    named = named_tests(name)
    assert named and len(named) == read(name).count('.py::')
    for path, function in named:
        assert path.is_file() and function in functions(path), function


def test_scenes():
    "Test that every scene is told, with what it shows"
    tests = ROOT / 'tests'
    for path in [*tests.glob('test_findings_*.py'), tests / 'test_pains.py']:
        told = {function for where, function in [
                *named_tests('explanation/proof.rst'),
                *named_tests('explanation/guarantees.rst')]
            if where == path}
        assert functions(path) == told


def prose(text):
    "Yield the lines of a page but for what is shown as it is"
    indent = None
    for line in text.splitlines():
        width = len(line) - len(line.lstrip())
        if line and indent is not None and width <= indent:
            indent = None
        if indent is None:
            yield line
            if re.search(r'::( console| ini| json| python)?$', line):
                indent = width


def test_sentences():
    "Test that a line of source has one sentence"
    for name, text in pages().items():
        for line in prose(text):
            assert not re.search(r'[a-z`*)]\. [A-Z`]', line), (name, line)


def test_make():
    "Test that the targets in the README are those of the Makefile"
    readme = (ROOT / 'README.rst').read_text(encoding='utf-8')
    makefile = (ROOT / 'Makefile').read_text(encoding='utf-8')
    for target in set(re.findall(r'``make ([a-z-]+)', readme)):
        assert re.search(rf'^{target}:', makefile, re.MULTILINE), target
