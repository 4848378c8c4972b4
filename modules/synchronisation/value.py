# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Scalar values as they travel: what JSON has, by field type."
import base64
import datetime as dt
import json
import math
import re
from decimal import Context, Decimal
from functools import partial

from trytond.protocols.jsonrpc import JSONDecoder, JSONEncoder

from . import content

# PostgreSQL keeps these as NULL when they are empty, SQLite does not
EMPTY = {'dict', 'multiselection'}
NUMERIC = re.compile(r'-?[0-9]+(\.[0-9]+)?|NaN')
# More digits than a person writes, and fewer than a database holds
DIGITS = 1000
EXACT = Context(prec=2 * DIGITS)
# Half a character, which no database can hold
SURROGATE = re.compile('[\ud800-\udfff]')
UNWRITABLE = re.compile('[\ud800-\udfff\0]')
# More than a database holds as an integer
BIGGEST = 1 << 63
NOTHING = type(None)
# A message that quotes a long value would be as long
SENTENCE = 200


def encode(type_, value):
    "Return the JSON-able form of a value read from a field of this type."
    if value is None or type_ in EMPTY and not value:
        return None
    return ENCODERS.get(type_, _same)(value)


def encoder(type_):
    "Return what encodes the values of a type, None if they stay as they are."
    if type_ in EMPTY:
        return partial(encode, type_)
    return ENCODERS.get(type_)


def decode(type_, value):
    """Return the value of a field of this type from its JSON-able form.

    Raise ValueError or TypeError for what is not such a form.
    """
    if value is None:
        return None
    try:
        return DECODERS.get(type_, _decode_scalar)(value)
    except (ArithmeticError, LookupError, AttributeError, RecursionError
            ) as error:
        raise ValueError(str(error)) from error


def decoder(type_):
    "Return what decodes the values of fields of a type that are not None."
    if type_ in EXACTLY:
        return DECODERS[type_]
    return partial(decode, type_)


def column_decoder(type_):
    """Return what decodes a list of values of fields of a type.

    It gives what decoder() gives for each of them, in fewer steps.
    """
    if check := COLUMNS.get(type_):
        return check
    decode_one = decoder(type_)
    return lambda values: [
        None if item is None else decode_one(item) for item in values]


def add(one, other, sign=1):
    """Return the sum of two amounts of the wire, integers or decimal texts.

    None counts as nothing; with sign -1 it is the difference.
    """
    one, other = one or 0, other or 0
    if isinstance(one, str) or isinstance(other, str):
        # The context of the thread would round
        return _encode_numeric(
            (EXACT.add if sign > 0 else EXACT.subtract)(
                Decimal(one), Decimal(other)))
    return one + sign * other


def is_decimal(text):
    "Whether a text is an amount that can be added."
    return (len(text) <= DIGITS and text != 'NaN'
        and bool(NUMERIC.fullmatch(text)))


def check_text(text):
    if not text.isascii() and SURROGATE.search(text):
        raise ValueError("not a text: it has half a character")


def sentence(error):
    "Return what to say of an error, which may quote the value."
    text = UNWRITABLE.sub('?', ' '.join(str(error).split()))
    return text if len(text) <= SENTENCE else text[:SENTENCE] + '...'


def base_text(texts, language):
    "Return the text that a column holds beside its texts by language."
    if not texts:
        return None
    return texts.get('', texts.get(language, texts[min(texts)]))


def _same(value):
    return value


def _decode_scalar(value):
    if isinstance(value, (list, dict)):
        raise TypeError("not a single value")
    return value


def _encode_float(value):
    # JSON has no word for these
    return value if math.isfinite(value) else repr(value)


def _encode_numeric(value):
    # One form for equal values, whatever scale and sign of zero
    if not value:
        return '0'
    text = format(Decimal(value), 'f')
    return text.rstrip('0').rstrip('.') or '0' if '.' in text else text


def _encode_timedelta(value):
    return value // dt.timedelta(microseconds=1)


def _encode_dict(value):
    return json.dumps(
        dict(value), cls=JSONEncoder, sort_keys=True, separators=(',', ':'))


def _decode_dict(value):
    value = json.loads(value, object_hook=JSONDecoder())
    if not isinstance(value, dict):
        raise ValueError("not a dictionary")
    return value


def _decode_text(value):
    if not isinstance(value, str):
        raise TypeError("not a text")
    check_text(value)
    return value


def _decode_integer(value):
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not an integer")
    if abs(value) >= BIGGEST:
        raise ValueError("an integer too large")
    return value


def _decode_float(value):
    if isinstance(value, bool) or isinstance(value, str) and value not in (
            'inf', '-inf', 'nan'):
        raise TypeError("not a number")
    return float(value)


def _decode_numeric(value):
    if (len(_decode_text(value)) > DIGITS
            or not NUMERIC.fullmatch(value)):
        raise ValueError("not a decimal number")
    return Decimal(value)


def _naive(decode):
    "Return decode for times without a zone only, as trytond keeps them."
    def decode_naive(value):
        value = decode(value)
        if value.tzinfo:
            raise ValueError("a time with a zone")
        return value
    return decode_naive


def _decode_boolean(value):
    if not isinstance(value, bool):
        raise TypeError("not a boolean")
    return value


def _decode_texts(values):
    if not {str, NOTHING}.issuperset(map(type, values)):
        return [None if item is None else _decode_text(item)
            for item in values]
    check_text('\0'.join(filter(None, values)))
    return values


def _decode_integers(values):
    if not {int, NOTHING}.issuperset(map(type, values)):
        return [None if item is None else _decode_integer(item)
            for item in values]
    for item in filter(None, values):
        if abs(item) >= BIGGEST:
            _decode_integer(item)
    return values


def _decode_binary(value):
    # Of a large one the record has the name alone
    if (name := content.named(value)) is not None:
        return name
    return base64.b64decode(value, validate=True)


def _decode_list(value):
    if (not isinstance(value, list)
            or not all(isinstance(v, str) for v in value)):
        raise TypeError("not a list of texts")
    for text in value:
        check_text(text)
    return value


ENCODERS = {
    # SQLite has no booleans
    'boolean': bool,
    'binary': lambda v: base64.b64encode(bytes(v)).decode('ascii'),
    'date': dt.date.isoformat,
    'datetime': dt.datetime.isoformat,
    'timestamp': dt.datetime.isoformat,
    'time': dt.time.isoformat,
    'timedelta': _encode_timedelta,
    'numeric': _encode_numeric,
    'float': _encode_float,
    'dict': _encode_dict,
    'multiselection': list,
    }
DECODERS = {
    'binary': _decode_binary,
    'date': dt.date.fromisoformat,
    'datetime': _naive(dt.datetime.fromisoformat),
    'timestamp': _naive(dt.datetime.fromisoformat),
    'time': _naive(dt.time.fromisoformat),
    'timedelta': lambda v: dt.timedelta(microseconds=_decode_integer(v)),
    'numeric': _decode_numeric,
    'float': _decode_float,
    'integer': _decode_integer,
    'boolean': _decode_boolean,
    'dict': _decode_dict,
    'multiselection': _decode_list,
    'char': _decode_text,
    'text': _decode_text,
    'selection': _decode_text,
    }
# The types whose decoders raise nothing but ValueError and TypeError
EXACTLY = {'char', 'text', 'selection', 'integer', 'boolean'}
# What decodes a list of values of which most are as they should be
COLUMNS = {
    'integer': _decode_integers,
    'char': _decode_texts,
    'text': _decode_texts,
    'selection': _decode_texts,
    }
