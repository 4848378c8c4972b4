# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from trytond.pool import Pool

from . import country, institution, party, patient, product

__all__ = ['register']


def register():
    Pool.register(
        country.Country,
        country.Subdivision,
        institution.Institution,
        institution.InstitutionSpecialty,
        institution.Professional,
        institution.ProfessionalSpecialty,
        institution.Specialty,
        party.Address,
        party.AlternativeIdentification,
        party.ContactMechanism,
        party.DeathCertificate,
        party.DomiciliaryUnit,
        party.Family,
        party.Identifier,
        party.Party,
        party.PartyLanguage,
        party.PersonName,
        patient.Appointment,
        patient.Disease,
        patient.Ethnicity,
        patient.Pathology,
        patient.PathologyCategory,
        patient.Patient,
        patient.Procedure,
        patient.Vaccination,
        product.DoseUnit,
        product.DrugForm,
        product.DrugRoute,
        product.Medicament,
        product.MedicamentCategory,
        product.Product,
        product.Template,
        module='health_synchronisation', type_='model')
