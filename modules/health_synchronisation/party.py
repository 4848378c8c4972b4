# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMixin, SyncUUIDMixin
from trytond.pool import PoolMeta


class Party(SyncMixin, metaclass=PoolMeta):
    __name__ = 'party.party'
    unique_id_column = 'ref'
    # The login belongs to one database
    sync_local = {'internal_user'}


class PartyLanguage(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.party.lang'
    # Each site has its own company
    sync_local = {'company'}
    sync_owners = ('party',)


class Address(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.address'
    sync_owners = ('party',)


class ContactMechanism(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.contact_mechanism'
    sync_owners = ('party',)


class Identifier(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'party.identifier'
    sync_owners = ('party',)


class PersonName(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.person_name'
    sync_owners = ('party',)


class AlternativeIdentification(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.person_alternative_identification'
    sync_owners = ('party',)


class DeathCertificate(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.death_certificate'
    sync_owners = ('party',)


class DomiciliaryUnit(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.du'
    unique_id_column = 'name'


class Family(SyncMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.family'
    unique_id_column = 'name'
