# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What is measured: the keys of latest.json."
from collections import namedtuple

from . import formula

HIGHER, LOWER = 'higher', 'lower'
# What is measured with, unless it is only tried
SIZES = {
    'records': 10_000,
    'few': 1_000,
    'changed': 1_000,
    'large': 1_000_000,
    'hundred': 100_000,
    'parties': 500,
    'cycles': 200,
    }

# The method is told to readers; the groups are what ONLY chooses from
Key = namedtuple('Key', 'unit bar better formula groups method')

PUSH = (
    "Push of {records} new records, each saved in a transaction of its own, "
    "by the task synchronise_push_all in a process that has the pool. "
    "The hub's table is compared with the sent records afterwards.")
PULL = (
    "Pull of {records} records that another satellite created, by the task "
    "synchronise_new in a process that has the pool. "
    "The satellite's table is compared with the sent records afterwards.")
MORANGO = (
    "Morango 0.8, its sleeps removed, does the same between two servers of "
    "Django with the same fields, session and certificates made before.")
POUCHDB = (
    "PouchDB 9 on leveldb replicates the same documents with express-pouchdb "
    "in its best batch size.")
INSERT = (
    "psycopg2 inserts the same rows by execute_values into the table of the "
    "same model without the mixin, in batches of 500, each with a commit.")


def times(group, peer, method, bar):
    "Return a Key of how many times slower a peer is."
    return Key('times', bar, HIGHER, formula.theirs_by_ours, {group, peer},
        method)


KEYS = {
    'push_vs_morango': times('push', 'morango', f"{PUSH} {MORANGO}", 8),
    'push_vs_morango_sqlite': times(
        'push', 'morango', f"{PUSH} {MORANGO} Both on SQLite.", 4),
    'push_vs_pouchdb': times('push', 'pouchdb', f"{PUSH} {POUCHDB}", 1),
    'push_vs_insert': Key(
        'times', 7, LOWER, formula.ours_by_theirs, {'push', 'insert'},
        f"{PUSH} {INSERT}"),
    'party_vs_rpc': times('push', 'rpc', (
            "Push of {parties} persons of GNU Health, registered one by one. "
            "The peer is the creation of the same persons by party.party "
            "create over XML-RPC with a session, one call each, at a server "
            "whose database has the same modules of GNU Health but none of "
            "ours."), 15),
    'pull_vs_morango': times('pull', 'morango', f"{PULL} {MORANGO}", 6),
    'pull_vs_morango_sqlite': times(
        'pull', 'morango', f"{PULL} {MORANGO} Both on SQLite.", 3),
    'pull_vs_pouchdb': times('pull', 'pouchdb', f"{PULL} {POUCHDB}", 1),
    'pull_vs_insert': Key(
        'times', 7, LOWER, formula.ours_by_theirs, {'pull', 'insert'},
        f"{PULL} {INSERT}"),
    'changed_scaling': Key(
        'times', 1.2, LOWER, formula.growth, {'changed'},
        "Push, then pull, of {changed} records of which one field changed, "
        "at a satellite that has {large} records and at one that has "
        "{records}, by turns; both were vacuumed and analysed before. "
        "The larger of the two ratios counts."),
    'noop_requests': Key(
        'requests', 1, LOWER, formula.largest, {'noop'},
        "TCP connections of a whole cycle, push, pull and what is new, with "
        "a session of an earlier run, when nothing changed. "
        "trytond answers one request on each."),
    'noop_requests_sign_in': Key(
        'requests', 3, LOWER, formula.largest, {'noop'},
        "The same when the session file is gone and it must sign in."),
    'noop_bytes_up': Key(
        'bytes', 1000, LOWER, formula.median, {'noop'},
        "TCP payload to the hub in such a cycle, with the HTTP headers."),
    'noop_bytes_down': Key(
        'bytes', 1000, LOWER, formula.median, {'noop'},
        "TCP payload from the hub in such a cycle, with the HTTP headers."),
    'noop_hub_cpu_ms': Key(
        'ms', 10, LOWER, formula.median, {'noop'},
        "User and system time of all processes of trytond at the hub and of "
        "the back ends of PostgreSQL that serve its database, by cycle, over "
        "{cycles} cycles, with {large} records at the hub."),
    'noop_hub_cpu_scaling': Key(
        'times', 1.2, LOWER, formula.growth, {'noop'},
        "The same time with {large} records at the hub, divided by that with "
        "{few}."),
    'bytes_per_new_pushed': Key(
        'bytes', 130, LOWER, formula.median, {'bytes'},
        "TCP payload at a proxy, both ways and with the HTTP headers, of the "
        "push of {records} new records, by record."),
    'bytes_per_new_pulled': Key(
        'bytes', 150, LOWER, formula.median, {'bytes'},
        "The same of their pull by another satellite."),
    'bytes_per_field_change': Key(
        'bytes', 60, LOWER, formula.median, {'bytes'},
        "The same of the push of 500 records of which one field changed."),
    'capture_create_ratio': Key(
        'times', 1.15, LOWER, formula.ours_by_theirs, {'capture'},
        "{records} records created by the ORM in transactions of 500, with "
        "the commit, of a model with the mixin and of the same model without "
        "it, by turns in one process."),
    'capture_write_ratio': Key(
        'times', 1.15, LOWER, formula.ours_by_theirs, {'capture'},
        "{records} records of which two fields are written by the ORM, each "
        "with values of its own, in transactions of 500, as above."),
    'hundred_thousand_peak_rss_mb': Key(
        'MB', 200, LOWER, formula.largest, {'memory'},
        "The largest VmHWM of the process of the hub and of those that push "
        "and pull {hundred} records, in a run of its own each, with and "
        "without 1 % of the records that wait in quarantine."),
    'hundred_thousand_rate_ratio': Key(
        'times', .9, HIGHER, formula.rate, {'memory'},
        "Records a second of a push and a pull of {hundred} records, divided "
        "by that of {records}, of databases that were copied as they were "
        "before. "
        "The same when 1 % of the records wait in quarantine, because the "
        "receiving database refuses them by a CHECK; the smallest of the "
        "four counts."),
    }


def holds(key, value):
    "Whether a value meets the bar of its key."
    if value is None:
        return False
    if key.better == HIGHER:
        return value >= key.bar
    return value <= key.bar


def chosen(only):
    "Return the names of the keys of these groups, of all if there are none."
    unknown = set(only) - groups()
    if unknown:
        raise ValueError(
            f"There is no group {', '.join(sorted(unknown))}; take some of "
            f"{', '.join(sorted(groups()))}.")
    return [name for name, key in KEYS.items()
        if not only or key.groups & set(only)]


def groups():
    return set().union(*(key.groups for key in KEYS.values()))
