# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The bindings to GNU Health, read from the pool without a database."
from importlib.metadata import PackageNotFoundError, version

import pytest

from . import bindings, pool_only
from .tree import extras

MODULE = 'health_synchronisation'
CORE = (MODULE,)
LISTED = (MODULE, *extras(MODULE))
# The rows of the languages are the same everywhere, being loaded by XML
LOADED = {'ir.lang'}
PERSONS = {'party.party', 'gnuhealth.patient'}


@pytest.fixture(params=[CORE, LISTED], ids=['core', 'listed'])
def models(request):
    return pool_only.describe(*request.param)


def bound(models):
    return {name: row for name, row in models.items()
        if row['state'] == 'bound'}


def own(models, row):
    "Return {field: target} of the many2one fields that travel"
    return {
        field: target for field, target in row['targets'].items()
        if field not in {'create_uid', 'write_uid', *row['local']}}


def test_complete(models):
    "Test that every stored model is bound or left out with a reason"
    assert bound(models)
    assert not {name for name, row in models.items()
        if row['state'] == 'unbound'}
    for row in models.values():
        if row['state'] == 'left out':
            assert row['reason'].endswith('.'), row


def test_left_out():
    "Test that what is left out is there, and not bound"
    models = pool_only.describe(*LISTED)
    assert not {name for name, row in models.items()
        if row['state'] == 'unknown'}


def test_nothing_missing(models):
    "Test that all that a record refers to is known at the other end"
    for name, row in bound(models).items():
        assert not row['missing'], name


def test_references(models):
    "Test that a record refers to what is bound, or to a language"
    for name, row in bound(models).items():
        if row['mode'] == 'none':
            continue
        for field, target in own(models, row).items():
            assert target in bound(models).keys() | LOADED, (name, field)


def test_owners(models):
    "Test that what a record belongs to leads to a person or to an offer"
    for name in bound(models):
        for path in paths(models, name):
            last = models[path[-1]]
            assert (path[-1] in PERSONS or is_first(path[-1])
                or last['mode'] in {'full', 'none', 'update'}), path


def is_first(name):
    "Whether a model belongs to nothing, and is no part of a patient"
    return name in {'gnuhealth.du', 'gnuhealth.family'} or name.startswith(
        'ir.')


def paths(models, name, above=()):
    "Yield the ways from a model up to what belongs to nothing"
    above = (*above, name)
    owners = models[name]['owners']
    targets = [models[name]['targets'][owner] for owner in owners
        if owner not in models[name]['references']]
    for target in targets:
        assert target not in above, above
        yield from paths(models, target, above)
    if not targets:
        yield above


def test_patients():
    "Test that what refers to a patient belongs to one, in one way or another"
    models = pool_only.describe(*LISTED)
    for name, row in bound(models).items():
        if 'gnuhealth.patient' in own(models, row).values():
            assert any(
                'gnuhealth.patient' in path
                for path in paths(models, name)), name
            assert row['mode'] == 'default', name


def test_clinical_owners():
    "Test that nobody gets the record of a patient by master data"
    models = pool_only.describe(*LISTED)
    for name, row in bound(models).items():
        ways = list(paths(models, name))
        if any('gnuhealth.patient' in path for path in ways):
            assert all('gnuhealth.patient' in path for path in ways), name


def test_policies(models):
    "Test that each patient's record says what people decide"
    for name, row in bound(models).items():
        assert set(row['review']) <= set(row['fields']), name
        assert not set(row['review']) & set(row['local']), name


def test_numbers(models):
    "Test that no number of a sequence tells which record is meant"
    numbered = {name: row['numbered'] for name, row in bound(models).items()
        if row['numbered']}
    assert 'gnuhealth.patient.evaluation' in numbered
    for name, fields in numbered.items():
        assert not set(fields) & set(models[name]['key']), name


def test_keys(models):
    "Test that no key has a text for each language"
    for name, row in bound(models).items():
        assert not set(row['key']) & set(row['translated']), name


def test_codes(models):
    "Test which texts are told apart where two clinics gave the same"
    codes = {name: row['codes'] for name, row in bound(models).items()
        if row['codes']}
    assert codes['gnuhealth.patient.evaluation'] == ['code']
    assert codes['party.party'] == ['code', 'federation_account']
    for name, fields in codes.items():
        row = models[name]
        assert not set(fields) & {
            *row['key'], *row['local'], *row['translated']}, name
        assert all([field] in row['unique'] for field in fields), name


def test_logins(models):
    "Test that no login travels"
    for name, row in bound(models).items():
        assert not any(
            target.startswith('res.')
            for target in own(models, row).values()), name


def test_page():
    "Test that the page tells what is bound and what is left out"
    page = bindings.BINDINGS
    assert page.read_text(encoding='utf-8') == bindings.filled(
        page, bindings.bindings()), "make bindings writes it"


def test_unbound_page():
    "Test that the page tells what is not bound in all of GNU Health"
    try:
        version('gnuhealth-all-modules')
    except PackageNotFoundError:
        pytest.skip("gnuhealth-all-modules is not installed")
    page = bindings.UNBOUND
    assert page.read_text(encoding='utf-8') == bindings.filled(
        page, bindings.unbound()), "make bindings writes it"
