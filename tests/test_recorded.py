# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Messages of each version of the wire, as they were recorded.

What fails here is a change that instances with older modules do not
understand: it needs a new version of the wire beside the old one.
"""
import pytest

from trytond.modules.synchronisation import wire

from .recorded import document

pytest.register_assert_rewrite('tests.recorded.stage')
RECORDED = [
    (version, name) for version in document.versions()
    for name in document.names(version)]
recorded = pytest.mark.parametrize('version,name', RECORDED)
# A few stories have all that a peer can say
SOME = ['deletions', 'edits', 'proof', 'restored_satellite', 'waiting']
OPTIONAL = {
    'cases': 'edits', 'conflicts': 'edits', 'fields': 'waiting',
    'records': 'edits'}


def play(stage, recording, name):
    "Play a story again; return what the databases show, by number."
    from .recorded.stories import STORIES
    with stage.lit(recording['fields']):
        STORIES[name](stage.hub, *stage.satellites)
        assert not stage.left
        return stage.shown()


def check(stage, recording, name):
    "Check that a story ends as it did."
    for number, shown in play(stage, recording, name).items():
        assert shown == recording['end'][number]


def test_versions():
    "Test that each version that is spoken was recorded, and no other"
    assert document.versions() == wire.VERSIONS


def test_methods():
    "Test that each method of the hub was recorded"
    assert {
        exchange['method'] for version, name in RECORDED
        for run in document.load(version, name)['runs']
        for exchange in run['exchanges']} == {
            'push', 'pull', 'fetch', 'verify'}


@recorded
def test_hub(local, version, name):
    "Test that the hub answers recorded satellites as it did"
    from .recorded.stage import HubReplay
    recording = document.load(version, name)
    check(HubReplay(local(2), recording), recording, name)


@pytest.mark.parametrize('version,name,number', [
        (version, name, number) for version, name in RECORDED
        for number in document.satellites(version, name)])
def test_satellite(local, version, name, number):
    "Test that a satellite takes what the recorded hub answers as it did"
    from .recorded.stage import SatelliteReplay
    recording = document.load(version, name)
    check(SatelliteReplay(local(2), recording, number), recording, name)


# What a later version may add or leave out

def enriched(message):
    "Return a message with keys that nobody knows yet."
    tables = {
        name: [[model, kind, names, [enriched_row(row, place) for row in rows]]
            for model, kind, names, rows in message[name]]
        for name, place in [('entries', 5), ('documents', 4)]
        if name in message}
    return {**message, **tables, 'later': [1], 'z': None}


def enriched_row(row, place):
    "Return a row with such keys in the object that may have some."
    return [
        *row[:place], {**(row[place] or {}), 'later': {'a': [1]}},
        *row[place + 1:]]


@pytest.mark.parametrize('name', SOME)
def test_later_satellite(local, name):
    "Test that the hub answers a satellite that also speaks later versions"
    from .recorded.stage import HubReplay

    class Later(HubReplay):
        def request(self, exchange):
            request = enriched(exchange['request'])
            return {**request, 'versions': [*request['versions'], 2, 3]}
    version = max(wire.VERSIONS)
    recording = document.load(version, name)
    check(Later(local(2), recording), recording, name)


@pytest.mark.parametrize('name', SOME)
def test_later_hub(local, name):
    "Test that a satellite leaves alone what it does not know in an answer"
    from .recorded.stage import SatelliteReplay

    class Later(SatelliteReplay):
        def reply(self, exchange):
            return enriched(exchange['reply'])
    recording = document.load(max(wire.VERSIONS), name)
    check(Later(local(2), recording, 1), recording, name)


@pytest.mark.parametrize('key,name', sorted(OPTIONAL.items()))
def test_hub_that_tells_less(local, key, name):
    "Test that a satellite takes an answer without what may be left out"
    from .recorded.stage import SatelliteReplay
    told = []

    class Less(SatelliteReplay):
        def reply(self, exchange):
            told.append(exchange['reply'].pop(key, None))
            return exchange['reply']

        def check(self, exchange, method, request):
            "It may ask for other things then."
    recording = document.load(max(wire.VERSIONS), name)
    shown = play(Less(local(2), recording, 2), recording, name)['2']
    assert any(told)
    assert shown['records'] == recording['end']['2']['records']
