# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Trees of Tryton, of which no record may be below itself."
import pytest

from trytond.modules.synchronisation import trees

MODELS = ['tree', 'tree_mptt', 'tree_path']


@pytest.mark.parametrize('name', MODELS)
def test_two_edits_that_make_a_circle(local, name):
    "Test that the names of the records can be shown afterwards"
    net = local(2)
    hub, (one, _) = net.hub, net.satellites
    model = f'test_synchronisation.{name}'
    first, second = [one.create(model, name=text) for text in 'ab']
    one.synchronise()
    there, = hub.find(model, ('name', '=', 'b'))
    here, = hub.find(model, ('name', '=', 'a'))
    one.write(model, first, parent=second)
    hub.write(model, there, parent=here)
    for _ in range(2):
        one.synchronise()
    for site, child, parent in [(hub, there, here), (one, second, first)]:
        with site.transaction():
            Model = site.pool.get(model)
            assert Model(child).parent == Model(parent)
            assert Model(parent).parent is None
            assert Model(parent).rec_name == 'a'
        assert len(site.find('synchronisation.conflict')) == 1
        assert site.find('synchronisation.quarantine') == []


def test_what_is_a_tree(local):
    "Test that it is known of which models trytond asks it"
    hub = local(1).hub
    with hub.transaction():
        for name, names in [
                *[(f'test_synchronisation.{name}', {'parent'})
                    for name in MODELS],
                ('test_synchronisation.node', set())]:
            assert trees.fields_of(hub.pool.get(name)) == names
