# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Which records an instance is to have, as the administrator of its hub says."
from trytond.transaction import Transaction

from . import closure, configuration, lock, registry
from .errors import ConfigurationError
from .mixin import SyncMode
from .store import Store


def grant(database, number, model, keys):
    """Let an instance have records, with all that belongs to them.

    keys are natural keys.  Return {'complete', 'records', 'missing',
    'errors'}: how many came into its scope, and the keys that nothing has.
    Raise ConfigurationError for an unknown instance or model.
    """
    return _change(database, number, model, keys, lambda store, time, states:
        closure.grant(store, number, states, time.next(), time.next))


def withdraw(database, number, model, keys):
    """Take records from an instance, with all that belongs to them.

    It sends first what it changed in them and drops them then; what its other
    records refer to stays.  As grant().
    """
    return _change(database, number, model, keys, lambda store, time, states:
        closure.withdraw(store, number, states, time.next()))


def _change(database, number, model, keys, work):
    settings = configuration.load(database)
    with Transaction().start(database, 0) as transaction:
        lock.exclusive()
        store = Store()
        _check(store, number, model)
        time = store.fold(settings)
        found = store.find_by_key(model, keys)
        states = [
            state for state in store.records.load(
                'record', [(model, local) for local, _ in found]).values()
            if not state.dead]
        moved = work(store, time, states)
        store.clock.write_clock(time)
        transaction.commit()
    missing = sorted(set(keys) - {str(key) for _, key in found})
    return {
        'complete': not missing,
        'records': len(moved),
        'missing': missing,
        'errors': [
            f'There is no "{model}" with the key "{key}"; check the key.'
            for key in missing],
        }


def _check(store, number, model):
    if model not in store.models:
        raise ConfigurationError(
            f'The model "{model}" does not synchronise; name one that does.')
    if (store.models[model].sync_mode in {SyncMode.update, SyncMode.full}
            and not registry.happenings(model)):
        raise ConfigurationError(
            f'The records of "{model}" are meant for every instance; name a '
            "model whose records are not.")
    if not store.instances.search([
                ('number', '=', number), ('hub', '=', False)]):
        raise ConfigurationError(
            f"There is no instance {number} below this one; create it in "
            "Administration > Synchronisation > Instances.")
