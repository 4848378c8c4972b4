# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.modules.synchronisation import SyncMode, SyncUUIDMixin
from trytond.pool import PoolMeta

from .policy import SIGNATURE, reviewed


class PersonName(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.person_name'
    sync_urgent = True
    sync_owners = ('party',)
    # A person has one official name, or GNU Health lets nobody edit her; of
    # the others each clinic may know some
    sync_key_fields = ('party', 'use')
    sync_key_if = {'use': {'official'}}
    sync_policy = reviewed('given', 'family', 'use')


class AlternativeIdentification(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.person_alternative_identification'
    sync_urgent = True
    sync_owners = ('party',)
    sync_policy = reviewed('code', 'alternative_id_type')


class BirthCertificate(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.birth_certificate'
    sync_owners = ('party',)
    sync_place = 'institution'
    # A person is born once
    sync_key_fields = ('party',)
    sync_policy = reviewed('code', 'dob', 'mother', 'father', *SIGNATURE)


class DeathCertificate(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.death_certificate'
    sync_owners = ('party',)
    sync_place = 'institution'
    # A person dies once
    sync_key_fields = ('party',)
    sync_policy = reviewed('code', 'dod', 'cod', 'type_of_death', *SIGNATURE)


class UnderlyingCondition(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.death_underlying_condition'
    sync_owners = ('death_certificate',)
    sync_policy = reviewed('condition', 'interval', 'unit_of_time')


class PageOfLife(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.pol'
    sync_owners = ('person',)
    sync_policy = reviewed('health_condition', 'relevance')


class DomiciliaryUnit(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.du'
    # The code is typed: "1" is another home at each clinic.  The second one
    # with a code waits in quarantine until it has another.


class Family(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.family'
    # As with homes: the "Smith" of two clinics are not one family


class FamilyMember(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.family_member'
    # Who has one member need not have the others
    sync_owners = ('party',)
    sync_key_fields = ('family', 'party')


class Insurance(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.insurance'
    sync_owners = ('party',)
    # With the person: a mistyped number must not move the insurance of one
    # to another; it waits in quarantine
    sync_key_fields = ('party', 'company', 'number')


class InsurancePlan(SyncUUIDMixin, metaclass=PoolMeta):
    __name__ = 'gnuhealth.insurance.plan'
    sync_mode = SyncMode.full
    sync_key_fields = ('company', 'product')
