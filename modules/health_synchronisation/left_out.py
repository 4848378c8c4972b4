# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Which stored models do not travel, and why."
from trytond.pool import PoolMeta

_SCRIPT = "Each instance has the rows by the scripts of Tryton."
_MODULE = "Each instance has the rows by the module itself."
_RATE = "Each instance gets its rates itself, and no record needs one."
_COMPANY = ("A company is one database's own, with its logins and its books; "
    "its party travels.")
_PRICE = "A price belongs to a company, which belongs to one database."
_SETTING = "The settings of one database."
_SEQUENCE = "Each instance counts by its own sequences."

LEFT_OUT = {
    'company.company': _COMPANY,
    'company.employee': _COMPANY,
    'country.organization': _MODULE,
    'country.organization.member': _SCRIPT,
    'country.postal_code': _SCRIPT,
    'country.region': _MODULE,
    'currency.cron': _RATE,
    'currency.cron-currency.currency': _RATE,
    'currency.currency.rate': _RATE,
    'gnuhealth.command': _MODULE,
    'gnuhealth.federation.country.config': _SETTING,
    'gnuhealth.help': _MODULE,
    'gnuhealth.procedures.config': _SETTING,
    'gnuhealth.sequences': _SEQUENCE,
    'gnuhealth.sequences.ambulatory_care_sequence': _SEQUENCE,
    'gnuhealth.sequences.appointment_sequence': _SEQUENCE,
    'gnuhealth.sequences.imaging_req_seq': _SEQUENCE,
    'gnuhealth.sequences.imaging_test_sequence': _SEQUENCE,
    'gnuhealth.sequences.inpatient_meal_order_sequence': _SEQUENCE,
    'gnuhealth.sequences.inpatient_registration_sequence': _SEQUENCE,
    'gnuhealth.sequences.lab_request_sequence': _SEQUENCE,
    'gnuhealth.sequences.lab_test_sequence': _SEQUENCE,
    'gnuhealth.sequences.patient_evaluation_sequence': _SEQUENCE,
    'gnuhealth.sequences.patient_rounding_sequence': _SEQUENCE,
    'gnuhealth.sequences.patient_sequence': _SEQUENCE,
    'gnuhealth.sequences.prescription_sequence': _SEQUENCE,
    'gnuhealth.sequences.surgery_code_sequence': _SEQUENCE,
    'ir.note.read': "What a user has read stays with the user.",
    'party.configuration': _SETTING,
    'party.configuration.party_lang': _SETTING,
    'party.configuration.party_sequence': _SETTING,
    'product.configuration': _SETTING,
    'product.configuration.default_cost_price_method': _SETTING,
    'product.cost_price': _PRICE,
    'product.cost_price_method': _PRICE,
    'product.list_price': _PRICE,
    }

# What a country added to GNU Health before, and where it is now
ELSEWHERE = {
    "Identifiers of a country, such as a tax number or a voter's card":
    "GNU Health has gnuhealth.person_alternative_identification and "
    "party.identifier, which travel; how a number is checked is for a module "
    "of the country.",
    "Aliases, pet names and maiden names":
    "GNU Health has gnuhealth.person_name with its use, which travels.",
    "Communities and districts":
    "country.subdivision has levels of any depth and is known by its code, "
    "and gnuhealth.du has the district as a text; a list of one country is "
    "for a module of the country, which loads it at every instance.",
    "Post offices":
    "country.postal_code has them, which the scripts of Tryton load.",
    "Relatives":
    "party.address names a relative, and gnuhealth.family_member those of a "
    "family; both travel.",
    "Encounters with their components":
    "GNU Health has gnuhealth.patient.evaluation instead, which travels.",
    "Notifications of diseases":
    "GNU Health has no such model; a module that brings one binds it.",
    }


class Record(metaclass=PoolMeta):
    __name__ = 'synchronisation.record'

    @classmethod
    def left_out(cls):
        return {**super().left_out(), **LEFT_OUT}
