# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What happened when the messages were recorded.

A story that was recorded is never changed: one that tells something else gets
a name of its own.
"""
import datetime as dt
from decimal import Decimal

from .actor import To

P = 'test_synchronisation.'
FIELD, KEYED, TALLY = P + 'field', P + 'keyed', P + 'tally'
PARENT, CHILD, FULL = P + 'parent', P + 'child', P + 'mode_full'
NONE, DEFAULT = P + 'mode_none', P + 'mode_default'
PARTY, PATIENT = P + 'party_like', P + 'patient_like'
STORIES = {}


def story(play):
    STORIES[play.__name__] = play
    return play


def uuid(number):
    return f'00000000-0000-4000-8000-{number:012x}'


@story
def new_records(hub, one, two):
    "New records with their units, which another satellite asks for"
    one.create(KEYED, code="A", name="first")
    one.create(PARENT, uuid=uuid(1), name="parent", lines=[('create', [
                    {'uuid': uuid(2), 'name': "line", 'quantity': 2},
                    {'uuid': uuid(3), 'name': "other", 'quantity': -1}])])
    hub.create(NONE, code="N", name="not sent")
    one.create(NONE, code="N", name="not sent")
    one.create(DEFAULT, code="D", none=To(NONE, "N"))
    one.push()
    two.fetch(KEYED, "A", "B")
    two.fetch(PARENT, uuid(1))
    one.synchronise()


@story
def every_type(hub, one, two):
    "A record with a field of every type"
    one.create(KEYED, code="A", name="first")
    one.create(
        FIELD, uuid=uuid(1), boolean=True, integer=-5, float=.5,
        float_digits=1.125, numeric=Decimal('1234567890.0100'),
        numeric_digits=Decimal('-0.50'), char="Zoë “quoted”",
        char_unstripped=" a ", char_translated="Fever",
        text="two\nlines\t", text_translated="Water",
        date=dt.date(2024, 2, 29), time=dt.time(23, 59, 58, 999),
        time_minute=dt.time(12, 30), datetime=dt.datetime(2024, 2, 29, 1, 2),
        timestamp=dt.datetime(2024, 2, 29, 1, 2, 3, 456),
        timedelta=dt.timedelta(days=-1, microseconds=1), selection='red',
        selection_method='1', multiselection=['red', 'blue'],
        dict={'b': Decimal('0.10'), 'a': [dt.date(2024, 1, 1), None]},
        binary=b'\x00\xff', file=b'in the file store',
        many2one=To(KEYED, "A"), many2one_data=To('ir.lang', 'es'),
        many2many=[('add', [To(KEYED, "A")])])
    one.translate(FIELD, uuid(1), char_translated="Fiebre")
    one.refer(FIELD, uuid(1), 'reference', To(KEYED, "A"))
    one.push()
    two.fetch(FIELD, uuid(1))
    two.write(FIELD, uuid(1), reference=KEYED + ',-1', many2one=None,
        boolean=False, many2many=[('remove', [To(KEYED, "A")])])
    two.push()
    one.pull()


@story
def loaded_rows(hub, one, two):
    "Edits of a row that a module loads at every instance"
    one.write(KEYED, "FREE", name="of one")
    two.synchronise()
    one.synchronise()
    hub.write(KEYED, "FREE", note="of the hub")
    one.synchronise()
    two.fetch(KEYED, "FREE")


@story
def edits(hub, one, two):
    "Edits of several people, of different fields and of the same"
    hub.create(KEYED, code="A", name="first", note="first")
    for clinic in [one, two]:
        clinic.fetch(KEYED, "A")
    one.write(KEYED, "A", name="of one")
    two.write(KEYED, "A", note="of two")
    one.push()
    two.push()
    hub.write(KEYED, "A", name="of the hub")
    two.write(KEYED, "A", name="of two")
    two.write(KEYED, "A", note="again")
    two.synchronise()
    one.synchronise()
    one.decide('take')
    one.synchronise()
    two.synchronise()


@story
def lost_answer(hub, one, two):
    "What is sent again, as its answer did not arrive"
    one.create(KEYED, code="A", name="first")
    one.push(lost=True)
    one.write(KEYED, "A", note="later")
    one.push()
    one.pull(lost=True)
    hub.write(KEYED, "A", name="of the hub")
    one.synchronise()


@story
def deletions(hub, one, two):
    "Deletions at both ends, one that is refused and one that is undone"
    for code in "ABCD":
        hub.create(KEYED, code=code, name="first")
    for clinic in [one, two]:
        clinic.fetch(KEYED, *"ABCD")
    one.delete(KEYED, "A")
    hub.delete(KEYED, "B")
    one.delete(KEYED, "C")
    hub.write(KEYED, "C", name="newer")
    hub.delete(KEYED, "D")
    two.write(KEYED, "D", name="newer")
    one.synchronise()
    two.synchronise()
    one.synchronise()


@story
def keys(hub, one, two):
    "Records that turn out to be one, and two that want one key"
    one.create(KEYED, code="A", name="of one")
    two.create(KEYED, code="A", note="of two")
    one.create(KEYED, code="B")
    two.create(KEYED, code="C")
    one.synchronise()
    two.synchronise()
    one.synchronise()
    hub.write(KEYED, "B", code="D")
    two.write(KEYED, "C", code="D")
    two.synchronise()
    one.synchronise()


@story
def sums(hub, one, two):
    "Changes that are added up"
    hub.create(TALLY, code="A", amount=10, weight=Decimal('1.5'))
    for clinic in [one, two]:
        clinic.fetch(TALLY, "A")
    one.write(TALLY, "A", amount=13)
    two.write(TALLY, "A", amount=8, weight=Decimal('1.75'))
    one.push()
    one.write(TALLY, "A", amount=14)
    one.push()
    two.synchronise()
    one.synchronise()


@story
def offers(hub, one, two):
    "What is meant for every instance"
    hub.create(FULL, code="A", name="first")
    one.synchronise()
    one.create(FULL, code="B", name="of one")
    one.synchronise()
    two.new()
    hub.write(FULL, "A", name="second")
    one.synchronise()
    two.synchronise()


@story
def withdrawn(hub, one, two):
    "What leaves the scope, with an edit on its way and without"
    for code in "AB":
        hub.create(PARTY, code=code, name="first")
        hub.create(PATIENT, party=To(PARTY, code))
    one.fetch(PATIENT, *"AB")
    one.write(PARTY, "A", name="second")
    hub.withdraw(1, PATIENT, ["A", "B"])
    one.pull()
    one.synchronise()
    one.pull()


@story
def waiting(hub, one, two):
    "What the database of the hub refuses, and what it refuses to a satellite"
    hub.forbid(KEYED, 'name')
    two.forbid(TALLY, 'amount')
    one.create(KEYED, code="A", name="same")
    one.push()
    two.create(KEYED, code="B", name="same")
    two.create(KEYED, code="C", name="another")
    two.push()
    two.write(KEYED, "B", name="another one")
    two.push()
    two.create(TALLY, code="T", amount=1)
    hub.create(TALLY, code="U", amount=1)
    two.fetch(TALLY, "U")
    two.synchronise()


@story
def proof(hub, one, two):
    "What was written past Tryton at either end is found and put right"
    one.create(KEYED, code="A", name="first")
    one.create(KEYED, code="B", name="first")
    one.synchronise()
    one.verify()
    one.damage(KEYED, "A", name="past Tryton")
    hub.damage(KEYED, "B", note="past Tryton")
    hub.insert(FULL, code="C", name="past Tryton")
    one.verify()
    one.verify([], True)
    one.synchronise()
    one.verify()


@story
def restored_satellite(hub, one, two):
    "A satellite comes back from its backup and begins a new life"
    one.create(KEYED, code="A", name="first")
    one.synchronise()
    one.backup()
    one.create(KEYED, code="B", name="of the lost life")
    one.synchronise()
    one.restore()
    one.create(KEYED, code="C", name="of the new life")
    one.synchronise()
    one.synchronise()


@story
def restored_hub(hub, one, two):
    "The hub comes back from its backup and gets back what it lost"
    one.create(KEYED, code="A", name="first")
    one.synchronise()
    hub.create(KEYED, code="C", name="of the hub")
    hub.backup()
    one.write(KEYED, "A", name="second")
    one.create(KEYED, code="B", name="lost")
    one.fetch(KEYED, "C")
    one.synchronise()
    hub.restore()
    hub.restored()
    one.synchronise()
    hub.write(KEYED, "C", name="of the new life")
    one.synchronise()


@story
def refusals(hub, one, two):
    "Answers that say no"
    one.create(KEYED, code="A", name="first")
    one.synchronise()
    one.ask('pull', versions=[2])
    one.ask('pull', versions=[])
    one.ask('pull', database="another")
    one.ask('pull', hub=1)
    one.ask('pull', hub=1000)
    one.ask('pull', at=(1 << 61))
    one.ask('fetch', model='res.user', keys=["admin"])
    one.ask('pull', lanes=None)
    one.ask('verify')
