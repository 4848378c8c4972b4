# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""How pytest collects the tests of the Tryton modules.

Their files are imported as trytond.modules.<name>.tests.*, as they are used:
under any other name the classes and routes of a module would exist twice.
"""
import importlib
import unittest
from doctest import DocTestCase
from pathlib import Path

import pytest

from .environment import ROOT

MODULES = ROOT / 'modules'


class TestFile(pytest.Module):
    "A file of tests of a module"

    @property
    def dotted_name(self):
        parts = self.path.relative_to(MODULES).with_suffix('').parts
        return '.'.join(['trytond', 'modules', *parts])

    def _getobj(self):
        try:
            module = importlib.import_module(self.dotted_name)
        except ImportError as exception:
            raise self.CollectError(
                f"{self.dotted_name} cannot be imported: {exception!r}; "
                "a new folder of modules/ is installed by make.")
        if Path(module.__file__).resolve() != self.path:
            raise self.CollectError(
                f"{self.dotted_name} is {module.__file__}; "
                "install this copy of the repository by make.")
        return module

    def collect(self):
        nodes = list(super().collect())
        if any(isinstance(node, pytest.Function) for node in nodes):
            raise self.CollectError(
                f"{self.path.name} has test functions; put them in a class "
                "of unittest, as Tryton finds its tests by unittest.")
        return nodes + list(self.collect_scenarios())

    def collect_scenarios(self):
        load_tests = getattr(self.obj, 'load_tests', None)
        if load_tests:
            suite = load_tests(
                unittest.TestLoader(), unittest.TestSuite(), None)
            scenarios = [c for c in suite_cases(suite)
                if isinstance(c, DocTestCase)]
            for number, case in enumerate(scenarios):
                name = f'{Path(case.id()).name}-{number}'
                yield Scenario.from_parent(self, name=name, case=case)


class Scenario(pytest.Item):
    "A story that is told by a doctest"

    class Failure(Exception):
        pass

    def __init__(self, case, **kwargs):
        super().__init__(**kwargs)
        self.case = case

    def runtest(self):
        result = unittest.TestResult()
        self.case.run(result)
        for _, text in result.errors + result.failures:
            raise self.Failure(text)

    def repr_failure(self, excinfo):
        if isinstance(excinfo.value, self.Failure):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


def suite_cases(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from suite_cases(test)
        else:
            yield test
