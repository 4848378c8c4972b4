# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Which models are synchronised, which are not, and what they lack."
from trytond.model import ModelSQL
from trytond.pool import Pool

from . import registry
from .mixin import SyncMixin

BOUND, LEFT_OUT, UNBOUND = 'bound', 'left out', 'unbound'
# Tryton's own and those of this engine: they are bound one by one, or not
INTERNAL = ('ir.', 'res.', 'synchronisation.')


def describe(module=None, loaded=None):
    """Return a list with a dictionary for each stored model, by name.

    With module, only of the models that this module brings.  loaded are the
    names of the models of which the XML of the modules loads rows; they are
    looked up in the database if they are not given.
    """
    if loaded is None:
        from .reference import XMLRows
        loaded = XMLRows.get().names.keys()
    reasons = Pool().get('synchronisation.record').left_out()
    return [
        _describe(name, Model, reasons, loaded)
        for name, Model in sorted(Pool().iterobject())
        if _is_told(name, Model, reasons)
        and module in {None, module_of(Model)}]


def is_stored(Model):
    "Whether the model has a table of its own."
    return (issubclass(Model, ModelSQL)
        and not callable(getattr(Model, 'table_query', None)))


def module_of(Model):
    "Return the name of the module that brings a model."
    first = next(
        cls for cls in reversed(Model.__mro__)
        if cls.__name__ == Model.__name__)
    names = first.__module__.split('.')
    return names[2] if names[1] == 'modules' else names[1]


def _is_told(name, Model, reasons):
    return is_stored(Model) and (
        not name.startswith(INTERNAL)
        or issubclass(Model, SyncMixin) or name in reasons)


def _describe(name, Model, reasons, loaded):
    row = {'model': name, 'module': module_of(Model)}
    if issubclass(Model, SyncMixin):
        return {
            **row,
            'state': BOUND,
            'mode': Model.sync_mode.value,
            'urgent': Model.sync_urgent,
            'key': key(Model),
            'alike': list(Model.sync_alike),
            'key_if': {name: sorted(values)
                for name, values in Model.sync_key_if.items()},
            'owners': list(Model.sync_owners),
            'place': Model.sync_place,
            'local': sorted(Model.sync_local),
            'review': [f for f, policy in Model.sync_policy.items()
                if policy == 'review'],
            'missing': missing(Model, loaded),
            }
    elif name in reasons:
        return {**row, 'state': LEFT_OUT, 'reason': reasons[name]}
    return {**row, 'state': UNBOUND}


def key(Model):
    "Return the names of the fields by which two new records are one."
    name = registry.key_field(Model)
    return [name] if name else list(registry.key_fields(Model))


def missing(Model, loaded):
    "Return sentences about what a bound model lacks."
    return [*_unknown(Model), *_owners(Model), *_references(Model, loaded)]


def _unknown(Model):
    for attribute in [
            'sync_local', 'sync_key_fields', 'sync_key_if', 'sync_alike',
            'sync_policy']:
        for name in sorted({*getattr(Model, attribute)} - {''}):
            if name not in Model._fields:
                yield f'{attribute} names "{name}", which is no field.'


def _owners(Model):
    relations = registry.relations(Model)
    for name in Model.sync_owners:
        if name in registry.references(Model):
            continue
        target = relations.get(name)
        if target is None:
            yield (f'sync_owners names "{name}", which is no reference '
                'that travels.')
        elif target not in registry.models():
            yield (f'It belongs to "{target}" by "{name}", which does not '
                'travel.')


def _references(Model, loaded):
    # A login is another person's in each database, whatever it is called
    known = registry.models().keys() | registry.keyed().keys() | {
        name for name in loaded if not name.startswith('res.')}
    if Model.__name__ in registry.keyed():
        # Its rows do not travel
        return
    for name, target in sorted(registry.relations(Model).items()):
        if target not in known:
            required = Model._fields[name].required
            yield (f'{"It needs" if required else "It refers to"} '
                f'"{target}" by "{name}", which does not travel.')
