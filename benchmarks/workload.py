# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""The records of the benchmarks: 15 stored fields like a patient's.

They are 494 bytes each as compact JSON.  Dates are date or naive datetime,
money is Decimal.
"""
import datetime as dt
import decimal
import gzip
import json
import random
import uuid

WORDS = (
    "calle avenida plaza norte sur este oeste central hospital clinica "
    "puerto rio lago monte valle santa san los las barrio casa edificio "
    "piso puerta camino carretera").split()
FIRST = (
    "Ana Maria Jose Juan Luis Pedro Carmen Rosa Elena Miguel Carlos Sofia "
    "Lucia Diego Pablo Marta").split()
LAST = (
    "Garcia Lopez Perez Gonzalez Sanchez Romero Torres Diaz Alvarez Moreno "
    "Ruiz Ortega Castro").split()
INSTITUTIONS = [
    str(uuid.UUID(int=random.Random(i).getrandbits(128), version=4))
    for i in range(20)]


def records(count, seed):
    "Yield `count` records; the same seed gives the same records."
    rng = random.Random(seed)
    for number in range(count):
        yield record(number, rng)


def record(number, rng):
    start = dt.datetime(2020, 1, 1)
    return {
        'uuid': str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        'code': f'PAC{number:08d}',
        'name': f'{rng.choice(FIRST)} {rng.choice(FIRST)}',
        'lastname': f'{rng.choice(LAST)} {rng.choice(LAST)}',
        'gender': rng.choice('mf'),
        'dob': dt.date(1930, 1, 1) + dt.timedelta(days=rng.randrange(33000)),
        'phone': f'+34 {rng.randrange(10 ** 9):09d}',
        'email': (f'{rng.choice(FIRST)}.{rng.choice(LAST)}'
            f'{rng.randrange(10000):04d}@clinic.example.org').lower(),
        'address': address(rng),
        'weight': rng.randrange(3, 140),
        'visits': rng.randrange(0, 500),
        'balance': decimal.Decimal(rng.randrange(0, 10 ** 7)) / 100,
        'registered': start + moment(rng),
        'last_seen': start + moment(rng),
        'institution': rng.choice(INSTITUTIONS),
        }


def address(rng):
    words = []
    while len(' '.join(words)) < 74:
        words.append(rng.choice(WORDS))
    return f"{' '.join(words)} {rng.randrange(10000)}"[:84]


def moment(rng):
    return dt.timedelta(
        seconds=rng.randrange(10 ** 8), microseconds=rng.randrange(10 ** 6))


def gzip_size(some):
    "Bytes a record of `some` as compact JSON under gzip -9."
    some = list(some)
    text = json.dumps(some, default=str, separators=(',', ':'))
    return len(gzip.compress(text.encode(), 9)) / len(some)


# Fewer bytes a record under gzip are too dull to measure with
DULL = 115
SAMPLE = 500


def check(seed):
    "Refuse to measure with the records of a seed if they compress too well."
    size = gzip_size(records(SAMPLE, seed))
    if size < DULL:
        raise ValueError(
            f"{SAMPLE} records of the seed {seed} compress to {size:.0f} "
            f"bytes each, which is less than {DULL}; take another seed.")
