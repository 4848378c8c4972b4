# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Random values for each type of field, every other one at an edge.

The values are in the form in which the ORM gives them back.
"""
import datetime as dt
import string
import uuid
from decimal import Decimal

INTEGERS = [0, 1, -1, 2 ** 31 - 1, -2 ** 31]
FLOATS = [
    0.0, -1.0, 0.1 + 0.2, 1 / 3, 1.7976931348623157e308,
    -1.7976931348623157e308, 2.2250738585072014e-308]
CHARS = [
    '', '0', 'None', 'null', "O'Brien", '"quoted"', 'back\\slash', '%s %d _',
    '<a href="x">&amp;</a>', ']]>', '{"a": [1]}', 'ñandú Ωμέγα Жизнь', '日本語',
    'e\u0301 is not \xe9', 'עברית العربية', '\u200bzero\u200bwidth\u200b',
    '\U0001f9d1\u200d\u2695\ufe0f', 'İıſß', 'a\x01b', 'a\x7fb', 'a\ufffeb',
    'two  spaces', '-- ; drop']
TEXTS = CHARS + [
    'first\nsecond', 'carriage\r\nreturn\r', 'tab\tand\x0bvertical\x0c',
    '\n', ' \n both ends \n ', 'line\u2028separator', 'é' * 70000]
DATES = [
    dt.date.min, dt.date(1582, 10, 15), dt.date(1899, 12, 31),
    dt.date(1900, 1, 1), dt.date(1970, 1, 1), dt.date(2000, 2, 29),
    dt.date(2038, 1, 20), dt.date.max]
TIMES = [
    dt.time(), dt.time(0, 0, 1), dt.time(12), dt.time(23, 59, 59),
    dt.time(0, 0, 0, 1), dt.time(23, 59, 59, 999999)]
# SQLite of trytond keeps 15 digits of a time delta in seconds
TIMEDELTAS = [
    dt.timedelta(), dt.timedelta(microseconds=1),
    dt.timedelta(microseconds=-1), dt.timedelta(days=-1, seconds=1),
    dt.timedelta(days=1), dt.timedelta(hours=25),
    dt.timedelta(days=3652, seconds=86399, microseconds=999999),
    dt.timedelta(days=-36524)]
BINARIES = [
    None, b'\0', b'a\0b', bytes(range(256)), b'\xff\xfe', b'\r\n', b'text',
    bytes(range(256)) * 256]


def choose(rng, edges, draw):
    return rng.choice(edges) if rng.random() < 0.5 else draw()


def boolean(rng):
    return rng.choice([True, False, None])


def integer(rng):
    return choose(
        rng, INTEGERS, lambda: rng.randint(INTEGERS[-1], INTEGERS[-2]))


def floating(rng, decimals=None):
    if decimals is None:
        return choose(rng, FLOATS, lambda: rng.uniform(-1e6, 1e6))
    decimals = bound(decimals)
    return choose(
        rng, [0.0, 10.0 ** -decimals, -10.0 ** -decimals],
        lambda: round(rng.uniform(-1e6, 1e6), decimals))


def decimal(rng, digits=None):
    "Return a number of at most (all, after the point) digits"
    whole, decimals = map(bound, digits or (30, 10))
    unit = Decimal(1).scaleb(-decimals)
    largest = 10 ** whole - 1
    edges = [Decimal(0), Decimal(1), unit, largest * unit, -largest * unit]
    return choose(
        rng, edges, lambda: rng.randint(-largest, largest) * unit)


def bound(digits):
    "Return a number of digits that arithmetic can bear"
    return max(0, min(digits, 30))


def char(rng, size=None, forbidden='', strip=True):
    value = choose(rng, CHARS, lambda: letters(rng, rng.randint(1, 80)))
    return clean(value, size, forbidden, strip)


def text(rng, size=None, strip=False):
    value = choose(rng, TEXTS, lambda: letters(rng, rng.randint(1, 800)))
    return clean(value, size, '', strip)


def letters(rng, size):
    return ''.join(rng.choices(string.ascii_letters + ' áßλЖ漢', k=size))


def clean(value, size, forbidden, strip):
    value = ''.join(c for c in value if c not in forbidden)[:size]
    if strip in {True, 'leading'}:
        value = value.lstrip()
    if strip in {True, 'trailing'}:
        value = value.rstrip()
    return value


def token(rng, size=None):
    "Return a text that no other call returns"
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))[:size]


def words(rng):
    return ' '.join(rng.choices(['fever', 'cough', 'mañana', 'dose'], k=3))


def date(rng):
    return choose(rng, DATES, lambda: dt.date.fromordinal(
            rng.randint(dt.date.min.toordinal(), dt.date.max.toordinal())))


def time(rng, format='%H:%M:%S'):
    value = choose(rng, TIMES, lambda: clock(rng))
    return dt.datetime.strptime(value.strftime(format), format).time()


def clock(rng):
    return (dt.datetime.min
        + dt.timedelta(microseconds=rng.randrange(86400 * 10 ** 6))).time()


def timestamp(rng):
    return dt.datetime.combine(date(rng), choose(
            rng, TIMES, lambda: clock(rng)))


def datetime(rng, format='%H:%M:%S'):
    return dt.datetime.combine(date(rng), time(rng, format))


def timedelta(rng):
    return choose(rng, TIMEDELTAS, lambda: dt.timedelta(
            seconds=rng.randint(-10 ** 8, 10 ** 8),
            microseconds=rng.randrange(10 ** 6)))


def binary(rng):
    return choose(rng, BINARIES, lambda: rng.randbytes(rng.randint(1, 500)))


def subset(rng, keys):
    return tuple(sorted(rng.sample(keys, rng.randint(0, len(keys)))))


def dictionary(rng):
    "Return keys with values of each type that JSON of the ORM can hold"
    # No large float since PostgreSQL gives it back as an integer
    fraction = rng.choice([0.1 + 0.2, -1 / 3, rng.uniform(-1e6, 1e6)])
    values = {
        'none': None,
        'boolean': rng.choice([True, False]),
        'integer': choose(
            rng, INTEGERS + [2 ** 53 + 1], lambda: rng.randint(0, 999)),
        'float': fraction,
        'numeric': decimal(rng),
        'char': char(rng),
        'date': date(rng),
        'datetime': datetime(rng),
        'time': time(rng),
        'timedelta': timedelta(rng),
        'binary': rng.randbytes(8),
        'list': (1, 'a', None),
        'ключ "key"': 'ключ',
        }
    return {k: values[k] for k in subset(rng, list(values))}
