# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The verbs that look and decide."
import json

import pytest

from trytond.modules.synchronisation import command

from .test_decisions import P, clash, names, record
from .test_regressions import push_in_vain


def run(node, capsys, *arguments):
    "Return the exit status and the object that a verb prints."
    options = command.get_parser().parse_args(
        ['-d', node.name, '--json', *arguments])
    try:
        status = command.report(command.execute(options), options)
    except Exception as error:
        status = command.fail(error, options)
    return status, json.loads(capsys.readouterr().out)


def explain(node, capsys, key, model='keyed'):
    status, result = run(node, capsys, 'explain', P + model, key)
    assert status == (0 if result['complete'] else 1)
    assert 'sentences' in result, result
    return ' '.join(result['sentences'])


def test_way_of_a_record(local, capsys):
    "Test that each step of a record is told, at both ends"
    net = local(2)
    one, two = net.satellites
    id_ = one.create(P + 'keyed', code="A", name="a")
    assert "never taken part in a run" in explain(one, capsys, "A")
    assert "No " in explain(net.hub, capsys, "A")
    one.satellite().status()
    told = explain(one, capsys, "A")
    assert f"is here as record {id_}, since 20" in told
    assert "by Administrator (admin, 1) at 20" in told
    assert "The hub has not acknowledged it;" in told
    push_in_vain(net, one)
    assert 'Instance 1 ("instance-1") has it;' in explain(
        net.hub, capsys, "A")
    one.synchronise()
    assert "The hub has all of it; last exchanged at 20" in explain(
        one, capsys, "A")
    told = explain(net.hub, capsys, "A")
    assert 'Instance 2 ("instance-2") does not have it: nobody' in told
    one.write(P + 'keyed', id_, note="n")
    assert "It was changed since the last run" in explain(one, capsys, "A")
    one.satellite().status()
    assert "The hub has not acknowledged Note;" in explain(one, capsys, "A")


def test_ways_to_name_it(local, capsys):
    "Test that a record is found by its key, its identity and its id"
    net = local(1)
    clinic, = net.satellites
    id_ = clinic.create(P + 'keyed', code="A%_\"é")
    clinic.synchronise()
    (identity,), = clinic.values('synchronisation.record', 'identity')
    told = explain(clinic, capsys, identity)
    assert explain(clinic, capsys, "A%_\"é") == told
    assert explain(clinic, capsys, str(id_)) == told
    clinic.delete(P + 'keyed', id_)
    clinic.satellite().status()
    told = explain(clinic, capsys, "A%_\"é")
    assert "was deleted by Administrator (admin, 1)" in told
    assert "has not acknowledged its deletion" in told
    assert explain(clinic, capsys, identity) == told


def test_merged(local, capsys):
    "Test that a merged identity leads to the record"
    net = local(2)
    one, two = net.satellites
    for node in [one, two]:
        node.create(P + 'keyed', code="A")
    one.synchronise()
    two.satellite().status()
    (former,), = two.values('synchronisation.record', 'identity')
    net.level()
    for node in [net.hub, two]:
        told = explain(node, capsys, former)
        assert f'"{former}" was merged into "1.' in told
        assert f"It is also known as {former}." in told


def wait_at_hub(net, clinic):
    """Let a record wait at the hub and return its uuid.

    What it refers to is there, but the hub forgot what it is.
    """
    keyed = clinic.create(P + 'keyed', code="A")
    clinic.synchronise()
    with net.hub.transaction():
        Record = net.hub.pool.get('synchronisation.record')
        Record.delete(Record.search([('model', '=', P + 'keyed')]))
    id_ = clinic.create(P + 'restricted', name="x", keyed=keyed)
    clinic.satellite().push_all()
    uuid, = clinic.read(P + 'restricted', id_, 'uuid')
    return uuid


def test_waiting(local, capsys):
    "Test that what waits says why, at both ends"
    net = local(1)
    clinic, = net.satellites
    uuid = wait_at_hub(net, clinic)
    told = explain(clinic, capsys, uuid, 'restricted')
    assert "What was sent of it waits at the hub" in told
    assert "tried 1 times: What it refers to is not here" in told
    told = explain(net.hub, capsys, uuid, 'restricted')
    assert "What instance 1 sent of it waits here" in told


@pytest.mark.parametrize('verb', [
        ['explain', 'res.user', "A"], ['explain', 'no.model', "A"],
        ['conflicts', '--take', 'none'], ['conflicts', '--keep', 'none'],
        ['conflicts', '--keep', 'a', '--take', 'a'],
        ['conflicts', '--keep', 'a', '--user', 'nobody']])
def test_misuse(local, capsys, verb):
    "Test that misuse has its exit status and one sentence"
    net = local(1)
    status, result = run(net.satellites[0], capsys, *verb)
    assert status == 2 and len(result['errors']) == 1, result


def test_conflicts(local, capsys):
    "Test that conflicts are listed and decided from a console"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    status, result = run(net.hub, capsys, 'conflicts')
    row, = result['rows']
    assert status == 0
    assert (row['field_name'], row['winner_words'], row['loser_words']) == (
        "Name", "of 1", "of 2")
    assert f"see conflict {row['name']}." in explain(one, capsys, "A")
    assert run(one, capsys, 'conflicts', '--model', P + 'node')[1][
        'rows'] == []
    status, result = run(
        one, capsys, 'conflicts', '--take', row['name'], '--user', 'admin')
    assert (status, result['rows'][0]['state']) == (0, 'taken')
    net.level()
    assert names(net) == ["of 2"] * 3
    _, result = run(two, capsys, 'conflicts')
    assert result['rows'] == []
    status, result = run(two, capsys, 'conflicts', '--take', row['name'])
    assert status == 1 and "was decided already" in result['errors'][0]


def test_conflicts_as_text(local, capsys):
    "Test that conflicts are printed for people, too"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    options = command.get_parser().parse_args(['-d', one.name, 'conflicts'])
    assert command.report(command.execute(options), options) == 0
    printed = capsys.readouterr().out
    assert "  winner words: of 1\n" in printed
    assert printed.endswith("\n1 in all\n")


def test_record_of_conflict(local, capsys):
    "Test that a record that is not here is called by its identity"
    net = local(2)
    one, two = net.satellites
    clash(net, one, two)
    one.delete(P + 'keyed', record(one))
    one.satellite().status()
    _, result = run(one, capsys, 'conflicts')
    row, = result['rows']
    assert row['record_name'] == (
        f"Test Keyed {row['identity']}, which is not here")
