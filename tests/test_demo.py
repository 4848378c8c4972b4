# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The demonstration, with a few patients, and what its checks notice."
import sqlite3
from contextlib import closing

import pytest

from demo import comparison, rivalry, traffic
from demo.demo import invent, make_instances
from demo.plan import Plan
from demo.process import Processes
from demo.progress import Progress
from demo.snapshot import Table
from demo.story import MODULE, Story

PATIENTS = 12


class PreparedStory(Story):
    "A story that begins with a database that was made before"
    prepared = None

    def prepare(self):
        for instance in self.instances:
            instance.take(self.prepared)


@pytest.fixture
def story(tmp_path, prepared):
    "A story whose processes end with the test"
    with Processes() as processes:
        plan = Plan(invent(tmp_path, PATIENTS))
        story = PreparedStory(
            plan, *make_instances(tmp_path, processes), Progress())
        story.prepared = prepared('sqlite', {MODULE})
        yield story


@pytest.mark.services
def test_story(story):
    "All arrives, and what is changed past the instances is noticed"
    story.run()
    assert story.problems == []
    with closing(sqlite3.connect(story.clinics[0].file)) as base:
        base.execute('UPDATE gnuhealth_patient SET blood_type = ?', ['AB'])
        base.execute('DELETE FROM gnuhealth_vaccination WHERE id = 1')
        base.commit()
    story.compare()
    unequal, census = story.problems
    assert 'blood_type' in unequal
    assert 'immunizations' in census


def get_tables(**tables):
    "Return the snapshots of instances that have one model"
    return {
        name: {'party.party': Table(['name', 'dob'], rows)}
        for name, rows in tables.items()}


def check(**tables):
    return comparison.compare('centre', get_tables(**tables)).problems


def test_equal():
    "Equal records are counted at each instance"
    result = comparison.compare('centre', get_tables(
            centre={'A': ('Ann', None), 'B': ('Bob', None)},
            clinic1={'A': ('Ann', None)},
            clinic2={'A': ('Ann', None), 'B': ('Bob', None)}))
    assert result.problems == []
    assert result.total('centre') == comparison.Result(2, 2, 2, 4)
    assert result.total('clinic1') == comparison.Result(1, 1, 1, 2)


def test_different():
    "A field that differs is named with both values"
    problem, = check(centre={'A': ('Ann', 1)}, clinic1={'A': ('Anna', 1)})
    assert "name is 'Anna' at clinic1 and 'Ann' at centre" in problem


def test_missing():
    "What lacks at the centre is named"
    problem, = check(
        centre={'A': ('Ann', 1)},
        clinic1={'A': ('Ann', 1), 'B': ('Bob', 2)})
    assert '1 of "party.party" at clinic1 are not at centre, "B"' in problem


def test_invented():
    "What only the centre has is named"
    problem, = check(
        centre={'A': ('Ann', 1), 'B': ('Bob', 2)},
        clinic1={'A': ('Ann', 1)})
    assert '1 of "party.party" at centre are of no clinic, "B"' in problem


def test_nothing():
    "To compare nothing is a failure"
    assert check(centre={}, clinic1={}) == [
        "Nothing was compared at centre.", "Nothing was compared at clinic1."]


def test_unknown():
    "Records that cannot be told apart are a failure"
    tables = get_tables(centre={'A': ('Ann', 1)}, clinic1={'A': ('Ann', 1)})
    tables['clinic1']['party.party'].unknown.append(7)
    problem, = comparison.compare('centre', tables).problems
    assert 'the record 7' in problem


@pytest.fixture
def edits():
    return rivalry.Rivalry('clinic1', 'centre', ['P1'], ['P2'])


def get_patients(edits, **values):
    "Return the patients with all edits, of which some fields are others"
    texts = {
        'one': edits.text(0, 'P1'), 'other': edits.text(1, 'P1'),
        'same': edits.text(1, 'P2'), **values}
    return Table([rivalry.ONE, rivalry.OTHER], {
            'P1': (texts['one'], texts['other']),
            'P2': (texts['same'], None)})


def test_rivalry(edits):
    "Both edits of the first patient and one of the second are as expected"
    table = get_patients(edits)
    assert not list(edits.check({'centre': table, 'clinic1': table}))
    kept = {(rivalry.MODEL, rivalry.ONE, edits.text(0, 'P2'))}
    assert not list(edits.check_kept('centre', table, kept))


def test_rivalry_lost(edits):
    "An edit that is lost is named"
    table = get_patients(edits, other=None)
    problem, = edits.check({'centre': table, 'clinic1': get_patients(edits)})
    assert 'lost at centre, for 1 patients, P1' in problem


@pytest.mark.parametrize('text', [None, "Written at clinic1 for P2"])
def test_rivalry_different(edits, text):
    "Two values of what was edited twice are named"
    problem, = edits.check({
            'centre': get_patients(edits),
            'clinic1': get_patients(edits, same=text)})
    assert repr(text) in problem


def test_rivalry_not_kept(edits):
    "The value that was kept must be the other one"
    table = get_patients(edits)
    kept = {(rivalry.MODEL, rivalry.ONE, edits.text(1, 'P2'))}
    problem, = edits.check_kept('centre', table, kept)
    assert 'not kept at centre' in problem


@pytest.mark.parametrize('name, most', [
        ('requests', traffic.IDLE_REQUESTS),
        ('bytes_up', traffic.IDLE_BYTES - 1),
        ('bytes_down', traffic.IDLE_BYTES - 1),
        ])
def test_idle(name, most):
    "A run in which nothing moved may cost so much and no more"
    outcome = {
        'task': 'new', 'requests': 1, 'bytes_up': 0, 'bytes_down': 0,
        name: most}
    assert not list(traffic.check_idle('clinic1', outcome))
    outcome[name] += 1
    assert len(list(traffic.check_idle('clinic1', outcome))) == 1
