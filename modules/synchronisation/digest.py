# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Digests of records, the same wherever the records are the same.

V1: a digest is made of what is stored, never of what is known of it: a row
that was changed past the engine must be found.
"""
import hashlib
import json

# Bytes; two values that differ have the same digest once in 2 ** 64
SIZE = 8
MOST_BUCKETS = 4096


def of_record(identity, values):
    """Return the digest of a record with its wire values.

    A value that is left out because the other side cannot know it is empty
    there.
    """
    return _digest([identity, {
                name: value for name, value in values.items()
                if value is not None}])


def of_set(digests):
    "Return the digest of {identity: digest}."
    return _digest(sorted(digests.items()))


def of_fields(fields):
    "Return the digest of {model: names}."
    return _digest(fields)


def of_keys(keys):
    "Return the digest of a set of (model, identity)."
    return _digest(sorted(keys))


def _digest(value):
    text = json.dumps(
        value, sort_keys=True, separators=(',', ':'), ensure_ascii=True)
    return hashlib.blake2b(text.encode('ascii'), digest_size=SIZE).hexdigest()


def bucket_of(identity, buckets):
    "Return the number of the bucket of a record."
    digest = hashlib.blake2b(
        identity.encode('utf-8', 'surrogatepass'), digest_size=SIZE).digest()
    return int.from_bytes(digest, 'big') % buckets


def split(digests, buckets):
    "Return the list of the buckets of {identity: digest}."
    result = [{} for _ in range(buckets)]
    for identity, digest in digests.items():
        result[bucket_of(identity, buckets)][identity] = digest
    return result


def buckets_for(records):
    """Return how many buckets so many records need.

    Then the list of the digests of all buckets is as long as that of the
    records of one.
    """
    return min(MOST_BUCKETS, 1 << max(0, (records.bit_length() - 1) // 2))
