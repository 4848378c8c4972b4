# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Thousands of wrong messages, in memory and on SQLite."
import random
from collections import Counter
from types import SimpleNamespace

import pytest

from trytond.modules.synchronisation import clock

from .fuzz import trial
from .fuzz.memory import MemoryGround

pytestmark = pytest.mark.long

# 20,000 together; more than half are broken as text
MEMORY, SQLITE = 18000, 2000
PER_TEST = 3000
SEED = 1
# What the hub logs of an exception for which nobody made a check
UNCHECKED = "a message cannot be handled"


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    "Draw identities and marks that are the same each time"
    rng = random.Random(SEED)
    monkeypatch.setattr(clock, 'secrets', SimpleNamespace(
            token_hex=lambda size: rng.randbytes(size).hex(),
            randbelow=rng.randrange))


def try_all(ground, seeds, share, caplog):
    codes = Counter()
    for seed in seeds:
        codes += trial.run(ground, seed, share)
    assert UNCHECKED not in caplog.text
    return codes


@pytest.mark.parametrize(
    'first', range(SEED, SEED + MEMORY, PER_TEST))
def test_memory(first, caplog):
    "Test that wrong messages get a code and change nothing"
    codes = try_all(
        MemoryGround(), range(first, first + PER_TEST), .54, caplog)
    # They reach the checks behind those of the form
    assert codes.keys() >= {
        'message', 'duplicate-id', 'field', 'missing', 'model', 'position',
        'required', 'scope', 'unit', 'value', 'version', 'whole'}, codes


@pytest.mark.parametrize(
    'first', range(SEED, SEED + SQLITE, SQLITE // 4))
def test_sqlite(first, local, caplog):
    "Test that values of every type of field are checked"
    from .fuzz.sqlite import SQLiteGround
    ground = SQLiteGround(local(2))
    try:
        codes = try_all(
            ground, range(first, first + SQLITE // 4), .14, caplog)
    finally:
        ground.close()
    assert codes.keys() >= {
        'field', 'message', 'missing', 'model', 'value'}, codes
