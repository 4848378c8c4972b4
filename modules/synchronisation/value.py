# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Scalar values as they travel: what JSON has, by field type."
import base64
import datetime as dt
import json
import math
from decimal import Decimal

from trytond.protocols.jsonrpc import JSONDecoder, JSONEncoder

RELATIONS = {'many2one', 'one2one', 'reference'}


def encode(type_, value):
    "Return the JSON-able form of a value read from a field of this type."
    if value is None:
        return None
    return ENCODERS.get(type_, _same)(value)


def decode(type_, value):
    """Return the value of a field of this type from its JSON-able form.

    Raise ValueError or TypeError for what is not such a form.
    """
    if value is None:
        return None
    return DECODERS.get(type_, _same)(value)


def _same(value):
    return value


def _encode_float(value):
    # JSON has no word for these
    return value if math.isfinite(value) else repr(value)


def _encode_numeric(value):
    # One form for equal values, whatever scale the database gave them
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
    return value


def _decode_integer(value):
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not an integer")
    return value


def _decode_boolean(value):
    if not isinstance(value, bool):
        raise TypeError("not a boolean")
    return value


def _decode_list(value):
    if (not isinstance(value, list)
            or not all(isinstance(v, str) for v in value)):
        raise TypeError("not a list of texts")
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
    'binary': lambda v: base64.b64decode(v, validate=True),
    'date': dt.date.fromisoformat,
    'datetime': dt.datetime.fromisoformat,
    'timestamp': dt.datetime.fromisoformat,
    'time': dt.time.fromisoformat,
    'timedelta': lambda v: dt.timedelta(microseconds=_decode_integer(v)),
    'numeric': lambda v: Decimal(_decode_text(v)),
    'float': float,
    'integer': _decode_integer,
    'boolean': _decode_boolean,
    'dict': _decode_dict,
    'multiselection': _decode_list,
    'char': _decode_text,
    'text': _decode_text,
    'selection': _decode_text,
    }
