# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import reviewed


class Party(SyncMixin, metaclass=PoolMeta):
    __name__ = 'party.party'
    unique_id_column = 'ref'
    # The login belongs to one database, the other is an order to the form
    sync_local = {'internal_user', 'create_target'}
    sync_policy = reviewed(
        'name', 'lastname', 'gender', 'dob', 'unidentified', 'deceased',
        'death_certificate', 'replaced_by')


class PartyLanguage(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.party.lang'
    # Each site has its own company
    sync_local = {'company'}
    sync_owners = ('party',)


class Category(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.category'
    sync_mode = SyncMode.update


class PartyCategory(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.party-party.category'
    sync_owners = ('party',)
    sync_key_fields = ('party', 'category')


class Address(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.address'
    sync_owners = ('party',)


class AddressFormat(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.address.format'
    sync_mode = SyncMode.update


class SubdivisionType(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.address.subdivision_type'
    sync_mode = SyncMode.update


class ContactMechanism(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.contact_mechanism'
    sync_owners = ('party',)


class ContactMechanismLanguage(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.contact_mechanism.language'
    # Each site has its own company
    sync_local = {'company'}
    sync_owners = ('contact_mechanism',)


class Identifier(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.identifier'
    sync_owners = ('party',)
