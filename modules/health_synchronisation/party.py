# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from string import ascii_uppercase

from trytond.modules.synchronisation import (
    SyncMixin, SyncMode, SyncUUIDMixin, sequence)
from trytond.pool import PoolMeta
from trytond.transaction import inactive_records, without_check_access

from .policy import reviewed


def letters(instance):
    "Return the letters with which the PUIDs of an instance begin."
    return ''.join(
        ascii_uppercase[n] for n in divmod(instance, len(ascii_uppercase)))


class Party(SyncMixin, metaclass=PoolMeta):
    __name__ = 'party.party'
    sync_urgent = True
    unique_id_column = 'ref'
    # The login belongs to one database, the other is an order to the form
    sync_local = {'internal_user', 'create_target'}
    # A mistyped PUID must not make one patient of two persons
    sync_alike = ('gender', 'dob')
    sync_policy = reviewed(
        'name', 'lastname', 'gender', 'dob', 'unidentified', 'deceased',
        'death_certificate', 'replaced_by')

    @classmethod
    def generate_puid(cls):
        """Return a PUID of this instance that nobody has here.

        Two of its letters are those of the instance, so that two clinics
        never give one to two persons.
        """
        number = sequence.instance()
        while True:
            puid = super().generate_puid()
            if number is not None:
                puid = letters(number) + puid[len(letters(number)):]
            if not cls._has_puid(puid):
                return puid

    @classmethod
    def _has_puid(cls, puid):
        # As GNU Health writes it: also of the unidentified and of no person
        countries = {'XXX', cls.default_fed_country()}
        with inactive_records(), without_check_access():
            return bool(cls.search(['OR',
                        ('ref', 'in', [puid, f'NN-{puid}', f'NP-{puid}']),
                        ('federation_account', 'in', [
                                f'{country}{puid}' for country in countries]),
                        ], limit=1))


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
    sync_urgent = True
    sync_owners = ('party',)
