# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.cache import Cache
from trytond.pool import Pool, PoolMeta
from trytond.transaction import Transaction

from . import registry
from .capture import REPLICA, WRITE, Buffer, hold_transaction, is_replica

NOTHING = dict.fromkeys(['read', 'write', 'create', 'delete'], False)
NAMES = {'ir.model', 'ir.model.field'}


class Translation(metaclass=PoolMeta):
    __name__ = 'ir.translation'

    @classmethod
    def create(cls, vlist):
        translations = super().create(vlist)
        cls._capture(translations)
        return translations

    @classmethod
    def write(cls, *args):
        super().write(*args)
        cls._capture(sum(args[::2], []))

    @classmethod
    def delete(cls, translations):
        cls._capture(translations)
        super().delete(translations)

    @classmethod
    def translation_import(cls, lang, module, po_path):
        # Every instance loads the same files
        with Transaction().set_context({REPLICA: True}):
            return super().translation_import(lang, module, po_path)

    @classmethod
    def _capture(cls, translations):
        """Note that the records of translations changed.

        A translation can be edited by itself, beside its record.
        """
        if is_replica() or not translations:
            return
        models = registry.models()
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        ids = [t.id for t in translations]
        for i in range(0, len(ids), 200):
            cursor.execute(*table.select(
                    table.name, table.res_id, where=(
                        (table.type == 'model') & (table.res_id >= 0)
                        & table.id.in_(ids[i:i + 200]))))
            for name, id_ in cursor.fetchall():
                model, _, field = name.partition(',')
                if (model in models
                        and field in models[model].synchronised_fields()):
                    Buffer.get().add(model, id_, WRITE, {field})


class ModelAccess(metaclass=PoolMeta):
    __name__ = 'ir.model.access'
    _synchronisation_users = Cache(
        'synchronisation.instance.users', context=False)

    @classmethod
    def check(cls, model_name, mode='read', raise_exception=True):
        if mode != 'read':
            # For every model: what belongs to a record may be deleted first
            hold_transaction()
        return super().check(model_name, mode, raise_exception)

    @classmethod
    def get_access(cls, models):
        access = super().get_access(models)
        if Transaction().user in cls._users_of_instances():
            # It may call the methods of the hub, which check by themselves
            return {
                # The names of models and fields are in the error itself
                model: {**NOTHING, 'read': model in NAMES}
                for model in access}
        return access

    @classmethod
    def _users_of_instances(cls):
        users = cls._synchronisation_users.get('users')
        if users is None:
            table = Pool().get('synchronisation.instance').__table__()
            cursor = Transaction().connection.cursor()
            cursor.execute(*table.select(
                    table.user, where=table.user != None))  # noqa: E711
            users = [user for user, in cursor]
            cls._synchronisation_users.set('users', users)
        return users
