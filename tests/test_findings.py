# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Each scenario of the findings fails when the easier reading is put back."
import logging
from pathlib import Path

import pytest

from . import (  # noqa: F401
    test_findings_deletions, test_findings_edits, test_findings_given_back,
    test_findings_hubs, test_findings_keys, test_findings_lives,
    test_findings_pages, test_findings_places, test_findings_relations,
    test_findings_scopes, test_findings_skew, test_findings_sums,
    test_findings_tiers, test_findings_trees, test_findings_twins,
    test_findings_unions, test_findings_unread, test_findings_versions,
    test_findings_waiting, test_pains)
from .memory.mutants import FAULTS, RARE
from .memory.oracle import Violation
from .memory.reading import READINGS, put_back


def name(reading):
    return f'{reading.scenario.__name__}: {reading.sentence}'


@pytest.mark.parametrize('reading', READINGS, ids=name)
def test_easier_reading(reading, caplog):
    "Test that a scenario notices what an easier reading breaks"
    caplog.set_level(logging.CRITICAL)
    with put_back(reading), pytest.raises(AssertionError) as found:
        reading.scenario()
    # A patch that is wrong by itself would fail elsewhere
    where = Path(found.traceback[-1].path)
    assert (isinstance(found.value, Violation)
        or where == Path(reading.scenario.__code__.co_filename)), where


def test_rare_faults():
    "Test that each fault that few histories meet has a scenario"
    patches = [patch for reading in READINGS for patch in reading.patches]
    assert all(FAULTS[name] in patches for name in RARE)
