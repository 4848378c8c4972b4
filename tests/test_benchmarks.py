# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The results of make bench, and what they are made with."
import json
import socket
import subprocess
import sys
import threading

import pytest

from benchmarks import bench, content, result, table, workload
from benchmarks.formula import growth, median, ours_by_theirs, rate
from benchmarks.key import KEYS, SIZES, chosen, holds
from benchmarks.proxy import Proxy

from .environment import ROOT

FIELDS = [
    'value', 'unit', 'bar', 'better', 'holds', 'runs', 'method', 'seed',
    'commit', 'date']


@pytest.fixture(scope='module')
def latest():
    return result.load()


@pytest.mark.parametrize('name', KEYS)
def test_entry(name, latest):
    "Test that the value of a key is what comes of its runs"
    key, made = KEYS[name], latest[name]
    assert list(made) == FIELDS + ([] if made['runs'] else ['why'])
    assert (made['unit'], made['bar'], made['better']) == (
        key.unit, key.bar, key.better)
    assert made['method'] == key.method.format(**SIZES)
    if made['runs']:
        assert len(made['runs']) >= result.MINIMUM
        assert made['value'] == round(key.formula(made['runs']), 4)
        assert made['holds'] is holds(key, made['value'])
    else:
        assert made['value'] is None and made['holds'] is False
        assert made['why']


def test_keys(latest):
    "Test that the results are of the keys that there are"
    assert list(latest) == list(KEYS)


def test_page(latest):
    "Test that the documentation has the table of the latest results"
    text = table.PAGE.read_text(encoding='utf-8')
    assert text.partition(table.BEGIN)[2] == '\n' + table.page(latest)


def test_history(latest):
    "Test that the history has the latest value of each key"
    lines = {
        line['commit']: line['values']
        for line in map(json.loads, result.read(result.HISTORY))}
    for name, made in latest.items():
        if made['runs']:
            assert lines[made['commit']][name] == made['value']


def test_formulas():
    "Test how the value of a key comes of its runs"
    assert median([3, 1, 2]) == 2
    assert ours_by_theirs([
            {'ours': 1, 'theirs': 2}, {'ours': 6, 'theirs': 2},
            {'ours': 2, 'theirs': 2}]) == 1
    runs = [
        {'push_small': 1, 'push_large': 2, 'pull_small': 1, 'pull_large': 4}]
    assert growth(runs) == 4
    assert rate(runs) == .25


def test_few_runs():
    "Test that less than five runs meet no bar"
    made = result.entry('bytes_per_new_pushed', [1] * 4, SIZES)
    assert not made['holds']
    assert result.entry('bytes_per_new_pushed', [1] * 5, SIZES)['holds']


def test_merge(tmp_path):
    "Test that what is measured of some groups leaves the others"
    path = tmp_path / 'latest.json'
    result.merge({
            name: result.entry(name, [1] * 5, SIZES)
            for name in ['noop_requests', 'bytes_per_new_pushed']}, path)
    found = result.merge({
            'noop_requests': result.entry('noop_requests', [2] * 5, SIZES)},
        path)
    assert found == result.load(path)
    assert [name for name in KEYS if found[name]['runs']] == [
        'noop_requests', 'bytes_per_new_pushed']
    assert found['noop_requests']['value'] == 2


def test_remember(tmp_path):
    "Test that a commit has one line in the history"
    path = tmp_path / 'history.jsonl'
    made = {'commit': 'a', 'date': '2026-11-22', 'value': 1}
    result.remember({'noop_requests': made}, path)
    result.remember({'noop_bytes_up': {**made, 'value': 5}}, path)
    result.remember({'noop_requests': {**made, 'commit': 'b'}}, path)
    assert [json.loads(line) for line in result.read(path)] == [
        {'commit': 'a', 'date': '2026-11-22',
            'values': {'noop_requests': 1, 'noop_bytes_up': 5}},
        {'commit': 'b', 'date': '2026-11-22',
            'values': {'noop_requests': 1}}]


def test_chosen():
    "Test that a group, or a peer, chooses its keys"
    assert chosen(['bytes']) == [
        'bytes_per_new_pushed', 'bytes_per_new_pulled',
        'bytes_per_field_change']
    assert set(chosen(['insert'])) == {'push_vs_insert', 'pull_vs_insert'}
    assert chosen([]) == list(KEYS)
    with pytest.raises(ValueError, match="no group speed; take some of"):
        chosen(['speed'])


@pytest.mark.parametrize('name', KEYS)
def test_owner(name):
    "Test that one part measures a key"
    assert KEYS[name].groups & bench.owner(name).GROUPS


def test_dull_records(monkeypatch):
    "Test that nothing is measured with records that compress too well"
    workload.check(1)
    monkeypatch.setattr(workload, 'WORDS', ['calle'])
    monkeypatch.setattr(workload, 'FIRST', ['Ana'])
    with pytest.raises(ValueError, match="take another seed"):
        workload.check(1)


@pytest.mark.services
def test_run(postgresql):
    "Test that what is measured comes into the file of trials"
    bench.TRIAL.unlink(missing_ok=True)
    done = subprocess.run([
            sys.executable, '-m', 'benchmarks.bench', '--scale', '0.001',
            '--rounds', '1', '--seed', '1', '--only', 'insert,capture'],
        cwd=ROOT, capture_output=True, text=True, timeout=600)
    # A trial meets no bar
    assert done.returncode == 1, done.stderr
    found = result.load(bench.TRIAL)
    for name in chosen(['insert', 'capture']):
        assert found[name]['runs'], (name, done.stdout, done.stderr)
        assert f'\n{name} ' in done.stdout
    assert not found['noop_requests']['runs']


def test_difference():
    "Test that a record that was lost, or changed, on its way is found"
    sent = list(workload.records(3, 1))
    content.check(sent, 3, 1)
    content.check_rows(iter(sent), sent)
    sent[1]['weight'] += 1
    for found in [sent, sent[:1]]:
        with pytest.raises(content.DifferenceError):
            content.check(found, 3, 1)
        with pytest.raises(content.DifferenceError):
            content.check_rows(iter(found), workload.records(3, 1))


@pytest.fixture
def echo():
    "The port of a server that answers what it reads, in capitals"
    with socket.create_server(('127.0.0.1', 0)) as server:
        def answer():
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(100):
                    connection.sendall(data.upper() * 2)
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def test_proxy(echo):
    "Test that a proxy carries and counts what goes over it"
    sent = b'POST /clinic/ HTTP/1.1\r\n\r\nbody'
    with Proxy(echo) as proxy, socket.create_connection(
            ('127.0.0.1', proxy.port)) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        found = b''.join(iter(lambda: line.recv(100), b''))
        assert found == sent.upper() * 2
        assert (proxy.requests, proxy.up, proxy.down) == (
            1, len(sent), 2 * len(sent))
        proxy.reset()
        assert (proxy.requests, proxy.up, proxy.down) == (0, 0, 0)
