# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The master data that a folder of Synthea files names but GNU Health lacks."
from functools import cached_property

from trytond.pool import Pool
from trytond.tools import grouped_slice

from .synthea import DEATH, SyntheaError

__all__ = ['Catalogue', 'Places', 'create_pathologies', 'create_vaccines']

# patients.csv has the names of the states and organizations.csv their codes
STATES = {
    'AL': "Alabama", 'AK': "Alaska", 'AZ': "Arizona", 'AR': "Arkansas",
    'CA': "California", 'CO': "Colorado", 'CT': "Connecticut",
    'DE': "Delaware", 'FL': "Florida", 'GA': "Georgia", 'HI': "Hawaii",
    'ID': "Idaho", 'IL': "Illinois", 'IN': "Indiana", 'IA': "Iowa",
    'KS': "Kansas", 'KY': "Kentucky", 'LA': "Louisiana", 'ME': "Maine",
    'MD': "Maryland", 'MA': "Massachusetts", 'MI': "Michigan",
    'MN': "Minnesota", 'MS': "Mississippi", 'MO': "Missouri",
    'MT': "Montana", 'NE': "Nebraska", 'NV': "Nevada",
    'NH': "New Hampshire", 'NJ': "New Jersey", 'NM': "New Mexico",
    'NY': "New York", 'NC': "North Carolina", 'ND': "North Dakota",
    'OH': "Ohio", 'OK': "Oklahoma", 'OR': "Oregon", 'PA': "Pennsylvania",
    'RI': "Rhode Island", 'SC': "South Carolina", 'SD': "South Dakota",
    'TN': "Tennessee", 'TX': "Texas", 'UT': "Utah", 'VT': "Vermont",
    'VA': "Virginia", 'WA': "Washington", 'WV': "West Virginia",
    'WI': "Wisconsin", 'WY': "Wyoming",
    }
_CODES = {name.casefold(): code for code, name in STATES.items()}


class Places:
    "The ids of the country, its states and its currency by ISO codes."

    def __init__(self):
        self._subdivisions = {}

    @cached_property
    def country(self):
        return self._get('country.country', 'US', {
                'name': "United States",
                'code3': 'USA',
                'code_numeric': '840',
                })

    @cached_property
    def currency(self):
        return self._get('currency.currency', 'USD', {
                'name': "US Dollar",
                'symbol': '$',
                'numeric_code': '840',
                'digits': 2,
                })

    def subdivision(self, state):
        "Return the subdivision, None when the text is no state's."
        code = state.upper()
        if code not in STATES:
            code = _CODES.get(state.casefold())
        if code and code not in self._subdivisions:
            self._subdivisions[code] = self._get(
                'country.subdivision', f'US-{code}', {
                    'country': self.country,
                    'name': STATES[code],
                    'type': 'state',
                    })
        return self._subdivisions.get(code)

    def address(self, record):
        "Return the values of the address of a patient or organisation."
        return {
            'street': record.address or None,
            'postal_code': record.zip or None,
            'city': record.city or None,
            'country': self.country,
            'subdivision': self.subdivision(record.state),
            }

    @staticmethod
    def _get(name, code, values):
        # Sites have them from trytond_import_countries and _currencies
        Model = Pool().get(name)
        records = Model.search([('code', '=', code)], limit=1)
        if not records:
            records = Model.create([{'code': code, **values}])
        return records[0].id


class Catalogue:
    "The ids of the pathologies and vaccines by their codes in the files."

    def __init__(self, folder):
        self.pathologies = _find_pathologies(folder)
        self.vaccines = _find_vaccines(folder)

    @property
    def death(self):
        return self.pathologies[DEATH[0]]

    def check(self, database, folder):
        for kind, found, named in [
                ("pathologies", self.pathologies, folder.pathologies),
                ("vaccines", self.vaccines, folder.vaccines)]:
            if missing := sorted(named.keys() - found.keys()):
                raise SyntheaError(
                    f'The database "{database}" lacks {len(missing)} of the '
                    f'{len(named)} {kind}, "{named[missing[0]]}" for one; '
                    "load the master data at the centre and run "
                    "synchronise_new here first.")


def _find_pathologies(folder):
    Pathology = Pool().get('gnuhealth.pathology')
    codes = {f'SCT-{code}': code for code in folder.pathologies}
    found = {}
    for some in grouped_slice(sorted(codes)):
        for record in Pathology.search([('code', 'in', list(some))]):
            found[codes[record.code]] = record.id
    return found


def _find_vaccines(folder):
    Medicament = Pool().get('gnuhealth.medicament')
    codes = {f'CVX-{code}': code for code in folder.vaccines}
    return {
        codes[record.product.code]: record.id
        for record in Medicament.search([('product.code', 'in', list(codes))])}


def create_pathologies(folder):
    "Create the pathologies that lack and return how many they were."
    Pathology = Pool().get('gnuhealth.pathology')
    names = folder.pathologies
    missing = sorted(names.keys() - _find_pathologies(folder).keys())
    Pathology.create([
            {'code': f'SCT-{code}', 'name': names[code]} for code in missing])
    return len(missing)


def create_vaccines(folder):
    "Create the vaccines that lack and return how many they were."
    Medicament = Pool().get('gnuhealth.medicament')
    names = folder.vaccines
    missing = sorted(names.keys() - _find_vaccines(folder).keys())
    Medicament.create([{
                'product': _create_product(f'CVX-{code}', names[code]),
                'active_component': names[code],
                'is_vaccine': True,
                }
            for code in missing])
    return len(missing)


def _create_product(code, name):
    pool = Pool()
    Template = pool.get('product.template')
    ModelData = pool.get('ir.model.data')
    template, = Template.create([{
                'code': code,
                'name': name,
                'type': 'goods',
                'default_uom': ModelData.get_id('product', 'uom_unit'),
                'products': [('create', [{
                                'is_medicament': True,
                                'is_vaccine': True,
                                }])],
                }])
    return template.products[0].id
