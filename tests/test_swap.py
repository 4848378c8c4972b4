# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Records that swap what no two may have alike."
import datetime as dt

import pytest

from .clinical_day import make_product
from .test_numbers import MODULES, patient, register

DOSE, INSURANCE = 'gnuhealth.vaccination', 'gnuhealth.insurance'


@pytest.fixture
def network(local):
    "A clinic with a patient and what the centre has in its catalogue"
    network = local(1, MODULES)
    hub, (one,) = network.hub, network.satellites
    make_product(hub, "BCG", is_vaccine=True, is_medicament=True)
    product, = hub.find('product.product', ('code', '=', "BCG"))
    hub.create('gnuhealth.medicament', product=product, is_vaccine=True)
    register(one, ref='TYP123PUI')
    synchronise(one)
    return network


def synchronise(one):
    for _ in range(2):
        assert one.synchronise().complete


def ann(node):
    party, = node.find('party.party', ('ref', '=', 'TYP123PUI'))
    return party


def turn(node, model, ids, name, values):
    "Write a field of some records, one after the other"
    for id_, value in zip(ids, values):
        node.write(model, id_, **{name: value})


def test_doses_in_another_order(network):
    "Test that two doses whose numbers are swapped arrive"
    hub, (one,) = network.hub, network.satellites
    vaccine, = one.find('gnuhealth.medicament')
    doses = [one.create(
            DOSE, patient=patient(one, ann(one)), vaccine=vaccine, dose=dose,
            date=dt.datetime(2026, dose, 1), amount=0.5) for dose in [1, 2]]
    synchronise(one)
    # No two of them may have one number at any time
    turn(one, DOSE, [*doses, doses[0]], 'dose', [3, 1, 2])
    synchronise(one)
    assert hub.values(DOSE, 'dose', 'date') == [
        (1, dt.datetime(2026, 2, 1)), (2, dt.datetime(2026, 1, 1))]
    assert not hub.find('synchronisation.quarantine')
    doses = hub.find(DOSE, ('dose', '=', 2)) + hub.find(
        DOSE, ('dose', '=', 1))
    turn(hub, DOSE, [*doses, doses[0]], 'dose', [3, 2, 1])
    synchronise(one)
    assert one.values(DOSE, 'dose', 'date') == [
        (1, dt.datetime(2026, 1, 1)), (2, dt.datetime(2026, 2, 1))]


def test_numbers_of_insurances(network):
    "Test the same for what is a text"
    hub, (one,) = network.hub, network.satellites
    company = register(one, name="Care", is_person=False, is_patient=False,
        create_target=False, is_insurance_company=True)
    cards = [one.create(
            INSURANCE, party=ann(one), company=company, number=number,
            insurance_type=kind)
        for number, kind in [("A1", 'state'), ("B2", 'private')]]
    synchronise(one)
    turn(one, INSURANCE, [*cards, cards[0]], 'number', ["C3", "A1", "B2"])
    synchronise(one)
    assert hub.values(INSURANCE, 'number', 'insurance_type') == [
        ("A1", 'private'), ("B2", 'state')]
    assert not hub.find('synchronisation.quarantine')
