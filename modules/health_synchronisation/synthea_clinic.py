# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The clinic itself: its institution, company, professionals and user."
from trytond.pool import Pool

__all__ = ['Clinic']

ETHNICITIES = {
    'white': 'WHITE',
    'black': 'BLACK',
    'asian': 'ASIAN',
    'native': 'NATIVEAMERICAN',
    'hispanic': 'HISPANIC',
    }
GENDERS = {'M': 'm', 'F': 'f', '': 'u'}
SPECIALTIES = {
    'ANESTHESIOLOGY': 'ANESTHESIO',
    'CARDIOVASCULAR DISEASE (CARDIOLOGY)': 'CARDIO',
    'CLINICAL PSYCHOLOGIST': 'PSYCHO',
    'CLINICAL SOCIAL WORKER': 'SOCIALSERVICE',
    'DERMATOLOGY': 'DS',
    'DIAGNOSTIC RADIOLOGY': 'RADIO',
    'EMERGENCY MEDICINE': 'EMERGENCY',
    'ENDOCRINOLOGY': 'ENDOCRINO',
    'FAMILY PRACTICE': 'FAMILY',
    'GASTROENTEROLOGY': 'GASTRO',
    'GENERAL PRACTICE': 'GP',
    'GENERAL SURGERY': 'GENERALSURG',
    'INTERNAL MEDICINE': 'INTERNAL',
    'NEPHROLOGY': 'NEPHRO',
    'NEUROLOGY': 'NEURO',
    'NURSE PRACTITIONER': 'NURSING',
    'OBSTETRICS/GYNECOLOGY': 'OBGYN',
    'OPHTHALMOLOGY': 'OPHTALMO',
    'ORTHOPEDIC SURGERY': 'ORTHOSURG',
    'OTOLARYNGOLOGY': 'ENT',
    'PATHOLOGY': 'PATHOLOGY',
    'PEDIATRIC MEDICINE': 'PEDIATRICS',
    'PSYCHIATRY': 'PSYCHIATRY',
    'PULMONARY DISEASE': 'PULMO',
    'UROLOGY': 'UROLOGY',
    }


def gender(text):
    return GENDERS.get(text.upper(), 'other')


def ethnicities():
    "Return the ids of the ethnicities by the words of the files."
    Ethnicity = Pool().get('gnuhealth.ethnicity')
    codes = {e.code: e.id for e in Ethnicity.search([])}
    return {w: codes[c] for w, c in ETHNICITIES.items() if c in codes}


class Clinic:
    """The ids of the records of an institution, created where they lack.

    An institution is known by its Id in the files, which is its code, and a
    professional by theirs, which is the licence: another part of the folder
    may be loaded at the same clinic.
    """

    def __init__(self, places, organization, providers):
        self.places = places
        self.institution = self._institution(organization)
        self.professionals = [self._professional(p) for p in providers]
        self.user = self._user()

    def _institution(self, organization):
        Institution = Pool().get('gnuhealth.institution')
        institutions = Institution.search([('code', '=', organization.id)])
        if not institutions:
            institutions = Institution.create([{
                        'party': self._institution_party(organization),
                        'code': organization.id,
                        'institution_type': 'clinic',
                        'public_level': 'public',
                        }])
        return institutions[0].id

    def _institution_party(self, organization):
        mechanisms = []
        if organization.phone:
            mechanisms.append({'type': 'phone', 'value': organization.phone})
        return _create_party({
                'name': organization.name,
                'is_institution': True,
                'is_person': False,
                'create_target': False,
                'addresses': [
                    ('create', [self.places.address(organization)])],
                'contact_mechanisms': [('create', mechanisms)],
                })

    def _professional(self, provider):
        Professional = Pool().get('gnuhealth.healthprofessional')
        professionals = Professional.search([('code', '=', provider.id)])
        if not professionals:
            professionals = Professional.create([{
                        'party': self._professional_party(provider),
                        'code': provider.id,
                        'institution': self.institution,
                        'specialties': self._specialties(provider),
                        }])
        return professionals[0].id

    def _professional_party(self, provider):
        name, _, lastname = provider.name.partition(' ')
        return _create_party({
                'name': name,
                'lastname': lastname or None,
                'gender': gender(provider.gender),
                'is_person': True,
                'is_healthprof': True,
                'create_target': False,
                'fed_country': 'USA',
                })

    def _specialties(self, provider):
        Specialty = Pool().get('gnuhealth.specialty')
        code = SPECIALTIES.get(provider.speciality.upper())
        return [('create', [{'specialty': s.id, 'mainsp': True}
                    for s in Specialty.search([('code', '=', code)])])]

    def _company(self):
        pool = Pool()
        Company = pool.get('company.company')
        Institution = pool.get('gnuhealth.institution')
        party = Institution(self.institution).party.id
        companies = Company.search([('party', '=', party)])
        if not companies:
            companies = Company.create([{
                        'party': party,
                        'currency': self.places.currency,
                        }])
            self._give_company(companies[0].id)
        return companies[0].id

    def _give_company(self, company):
        # As trytond's assistant does for the users who have none yet
        User = Pool().get('res.user')
        User.write(User.search([('companies', '=', None)]), {
                'companies': [('add', [company])],
                'company': company,
                })

    def _employee(self, party, company):
        Employee = Pool().get('company.employee')
        values = {'party': party, 'company': company}
        employees = Employee.search([
                (field, '=', value) for field, value in values.items()])
        if not employees:
            employees = Employee.create([values])
        return employees[0].id

    def _user(self):
        "Return the user who is the first professional."
        Professional = Pool().get('gnuhealth.healthprofessional')
        party = Professional(self.professionals[0]).party
        if not party.internal_user:
            company = self._company()
            employee = self._employee(party.id, company)
            party.internal_user = _create_user(party, company, employee)
            party.save()
        return party.internal_user.id


def _create_party(values):
    # Party.create repeats itself with the whole list for each of it
    party, = Pool().get('party.party').create([values])
    return party.id


def _create_user(party, company, employee):
    pool = Pool()
    User = pool.get('res.user')
    ModelData = pool.get('ir.model.data')
    user, = User.create([{
                'name': party.rec_name,
                'login': f'{party.name}.{party.lastname}'.lower(),
                'groups': [('add', [
                            ModelData.get_id('health', 'group_health_doctor'),
                            ])],
                'companies': [('add', [company])],
                'company': company,
                'employees': [('add', [employee])],
                'employee': employee,
                }])
    return user.id
