# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Persons registered through GNU Health at a clinic."
import datetime as dt

COUNT = 500


def register(clinic, count):
    "Register patients as the form of GNU Health does, one by one"
    Party = clinic.pool.get('party.party')
    for number in range(count):
        Party.create([{
                    'name': f"Given{number}",
                    'lastname': f"Family{number % 37}",
                    'is_person': True,
                    'is_patient': True,
                    'create_target': True,
                    'fed_country': 'XXX',
                    'gender': 'mf'[number % 2],
                    'dob': dt.date(1940, 1, 1) + dt.timedelta(41 * number),
                    'addresses': [('create', [{
                                    'street': f"{number} Main Street"}])],
                    }])


def count_rows(node):
    "Return {model: number of rows} of every stored model of the business"
    from trytond.model import ModelSQL
    counts = {}
    with node.transaction(user=0) as transaction:
        cursor = transaction.connection.cursor()
        for name, Model in node.pool.iterobject():
            if (issubclass(Model, ModelSQL)
                    and not name.startswith(('ir.', 'res.', 'synchronisa'))
                    and not callable(getattr(Model, 'table_query', None))):
                cursor.execute(f'SELECT count(*) FROM "{Model._table}"')
                counts[name], = cursor.fetchone()
    return counts


def test_replicas_invent_nothing(local):
    "Test that the centre has what the clinic registered and nothing else"
    network = local(1, ('health_synchronisation',))
    clinic, = network.satellites
    before = count_rows(network.hub)
    with clinic.transaction() as transaction:
        register(clinic, COUNT)
        transaction.commit()
    made = {
        name: count - before[name]
        for name, count in count_rows(clinic).items()
        if count != before[name]}
    outcome = clinic.synchronise()
    assert outcome.complete, outcome.errors
    persons = clinic.values(
        'party.party', 'code', 'ref', 'name', 'lastname', 'gender', 'dob',
        'federation_account', 'create_date')
    assert len([p for p in persons if p[5]]) == COUNT
    assert [p[:-1] for p in persons] == [p[:-1] for p in network.hub.values(
            'party.party', 'code', 'ref', 'name', 'lastname', 'gender',
            'dob', 'federation_account', 'create_date')]
    assert clinic.values('gnuhealth.patient', 'puid') == network.hub.values(
        'gnuhealth.patient', 'puid')
    after = count_rows(network.hub)
    assert made['party.party'] == made['gnuhealth.patient'] == COUNT
    assert {name: count - before[name] for name, count in after.items()
        if count != before[name]} == made
