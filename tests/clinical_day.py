# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What people enter on one day, with every module of GNU Health that is bound."
import datetime as dt
from decimal import Decimal

from trytond.modules.synchronisation import registry, row
from trytond.modules.synchronisation.capture import REPLICA

NOON = dt.datetime(2026, 3, 4, 12)
TODAY = NOON.date()
SCAN = b'%PDF-1.4 a scanned page'


def hours(count):
    return NOON + dt.timedelta(hours=count)


def make_product(node, name, **values):
    "Create a product that one has on the shelf."
    return node.create(
        'product.template', name=name, type='goods',
        default_uom=node.find('product.uom')[0],
        products=[('create', [{'suffix_code': name, **values}])])


class Catalogue:
    "The codes and goods that the centre keeps for all."

    def __init__(self, centre):
        self.centre = centre
        self.create('gnuhealth.pathology', code='A00', name="Cholera")
        self.create('gnuhealth.procedure', name='0DTJ', description="Removal")
        for name in ["Amoxicillin", "Soup", "Gauze", "Measles"]:
            make_product(
                centre, name,
                is_medicament=name in {"Amoxicillin", "Measles"},
                is_vaccine=name == "Measles",
                is_medical_supply=name == "Gauze")
        for name in ["Amoxicillin", "Measles"]:
            self.create(
                'gnuhealth.medicament', product=self.product(name),
                is_vaccine=name == "Measles")
        self.create('gnuhealth.specialty', name="Surgery Alone", code='SURGX')
        make_product(centre, "X-ray")
        self.create(
            'gnuhealth.imaging.test', name="X-ray", code='XR',
            product=self.product("X-ray"),
            test_type=centre.find('gnuhealth.imaging.test.type')[0])

    def create(self, model, **values):
        return self.centre.create(model, **values)

    def product(self, name):
        id_, = self.centre.find('product.product', ('code', '=', name))
        return id_


class Day:
    """A day at an instance, after which made has the ids by model.

    The user is a health professional of the institution with a code.
    """

    def __init__(self, node, code):
        self.node = node
        self.code = code
        self.made = {}

    def work(self):
        self.found_clinic()
        self.care()

    def care(self):
        self.register()
        self.see()
        self.prescribe()
        self.admit()
        self.operate()
        self.test()
        self.deliver()
        self.write_down()

    # How

    def create(self, model, **values):
        fields = self.node.pool.get(model)._fields
        id_ = self.node.create(model, **{
                name: value.date() if fields[name]._type == 'date'
                and isinstance(value, dt.datetime) else value
                for name, value in values.items()})
        self.made.setdefault(model, []).append(id_)
        return id_

    def known(self, model, *domain):
        "Return the first record of a model that was there before."
        return self.node.find(model, *domain)[0]

    def product(self, name):
        return self.known('product.product', ('code', '=', name))

    def medicament(self, name):
        return self.known('gnuhealth.medicament', (
                'product', '=', self.product(name)))

    def person(self, **values):
        return self.create('party.party', **{
                'name': "Ann", 'lastname': self.code, 'is_person': True,
                'gender': 'f', 'dob': dt.date(1990, 1, 2),
                'fed_country': 'XXX', **values})

    def patient_of(self, party):
        id_, = self.node.find('gnuhealth.patient', ('party', '=', party))
        return id_

    # What

    def found_clinic(self):
        party = self.create(
            'party.party', name=f"Hospital {self.code}", is_person=False,
            is_institution=True, fed_country='XXX')
        self.institution = self.create(
            'gnuhealth.institution', code=self.code, party=party,
            institution_type='hospital', public_level='public')
        doctor = self.person(
            name="Doctor", is_healthprof=True, internal_user=1)
        self.doctor = self.create(
            'gnuhealth.healthprofessional', party=doctor,
            institution=self.institution)
        building = self.create(
            'gnuhealth.hospital.building', name="Main", code='M',
            institution=self.institution)
        self.unit = self.create(
            'gnuhealth.hospital.unit', name="Archive", code='A',
            institution=self.institution)
        ward = self.create(
            'gnuhealth.hospital.ward', name="East", building=building,
            institution=self.institution, unit=self.unit)
        self.theatre = self.create(
            'gnuhealth.hospital.or', name="Theatre 1", building=building,
            institution=self.institution)
        # A bed is nobody else's
        make_product(self.node, f"Bed {self.code}", is_bed=True)
        self.bed = self.create(
            'gnuhealth.hospital.bed', ward=ward,
            product=self.product(f"Bed {self.code}"),
            institution=self.institution)

    def register(self):
        home = self.create('gnuhealth.du', name=f"House {self.code}")
        self.party = self.person(
            is_patient=True, create_target=True, du=home,
            addresses=[('create', [{'street': "1 Main Street"}])],
            contact_mechanisms=[
                ('create', [{'type': 'phone', 'value': '555'}])],
            alternative_identification=True, alternative_ids=[('create', [
                        {'code': f'P-{self.code}',
                            'alternative_id_type': 'passport'}])])
        self.patient = self.patient_of(self.party)
        family = self.create('gnuhealth.family', name=f"Lee {self.code}")
        self.create(
            'gnuhealth.family_member', family=family, party=self.party,
            role="Mother")
        self.create(
            'gnuhealth.patient.family.diseases', patient=self.patient,
            disease=self.known('gnuhealth.pathology'), relative='mother')
        self.create(
            'gnuhealth.patient.disease', patient=self.patient,
            pathology=self.known('gnuhealth.pathology'), is_allergy=True,
            allergy_type='da', institution=self.institution)

    def see(self):
        self.create(
            'gnuhealth.appointment', patient=self.patient,
            appointment_date=NOON, state='confirmed',
            institution=self.institution, healthprof=self.doctor)
        self.evaluation = self.create(
            'gnuhealth.patient.evaluation', patient=self.patient,
            evaluation_start=NOON, institution=self.institution,
            healthprof=self.doctor, discharge_reason='home',
            notes="Better", weight=61.5,
            signs_and_symptoms=[('create', [{
                            'sign_or_symptom': 'sign',
                            'clinical': self.known('gnuhealth.pathology')}])],
            secondary_conditions=[('create', [{
                            'pathology': self.known('gnuhealth.pathology')}])],
            diagnostic_hypothesis=[('create', [{
                            'pathology': self.known('gnuhealth.pathology')}])],
            actions=[('create', [{
                            'procedure': self.known('gnuhealth.procedure')}])])
        self.create(
            'gnuhealth.iss', evaluation=self.evaluation,
            code=f'INJ-{self.code}', injury_type='accidental', drugs='no',
            alcohol='no', disposition='treated_sent', injury_date=NOON,
            place_occurrance='home')
        self.create(
            'gnuhealth.patient.ecg', patient=self.patient, ecg_date=NOON,
            rate=70, rhythm='regular', axis='normal', pacemaker='sa',
            st_segment='normal', interpretation="Normal")
        with self.node.transaction():
            Evaluation = self.node.pool.get('gnuhealth.patient.evaluation')
            Evaluation.end_evaluation([Evaluation(self.evaluation)])

    def prescribe(self):
        order = self.create(
            'gnuhealth.prescription.order', patient=self.patient,
            healthprof=self.doctor, prescription_date=NOON,
            prescription_warning_ack=True,
            prescription_line=[('create', [{
                            'medicament': self.medicament("Amoxicillin"),
                            'dose': 500, 'quantity': 20,
                            'dose_unit': self.known('gnuhealth.dose.unit')}])])
        with self.node.transaction():
            Order = self.node.pool.get('gnuhealth.prescription.order')
            Order.create_prescription([Order(order)])
        self.create(
            'gnuhealth.vaccination', patient=self.patient,
            vaccine=self.medicament("Measles"), dose=1, date=NOON,
            institution=self.institution, healthprof=self.doctor)

    def admit(self):
        self.admission = self.create(
            'gnuhealth.inpatient.registration', patient=self.patient,
            admission_type='routine', hospitalization_date=NOON,
            discharge_date=hours(72), institution=self.institution,
            bed=self.bed, attending_physician=self.doctor)
        with self.node.transaction():
            Admission = self.node.pool.get('gnuhealth.inpatient.registration')
            Admission.confirmed([Admission(self.admission)])
            # The button asks for a company, and for the day of today
            Admission.write(
                [Admission(self.admission)], {'state': 'hospitalized'})
        self.create(
            'gnuhealth.inpatient.medication', registration=self.admission,
            medicament=self.medicament("Amoxicillin"), dose=500, qty=1,
            dose_unit=self.known('gnuhealth.dose.unit'),
            route=self.known('gnuhealth.drug.route'),
            form=self.known('gnuhealth.drug.form'), start_treatment=NOON,
            admin_times=[('create', [{
                            'admin_time': dt.time(8), 'dose': 500,
                            'dose_unit': self.known('gnuhealth.dose.unit')}])])
        self.create(
            'gnuhealth.patient.rounding', registration=self.admission,
            evaluation_start=hours(3), evolution='n', temperature=37.2,
            procedures=[('create', [{
                            'procedure': self.known('gnuhealth.procedure')}])])
        self.create(
            'gnuhealth.inpatient.diet', registration=self.admission,
            diet=self.known('gnuhealth.diet.therapeutic'))
        meal = self.create(
            'gnuhealth.inpatient.meal', meal=self.product("Soup"),
            institution=self.institution)
        self.create(
            'gnuhealth.inpatient.meal.order', registration=self.admission,
            mealtime='lunch', order_date=NOON,
            meal_item=[('create', [{'meal': meal}])])
        self.create(
            'gnuhealth.patient.ambulatory_care', patient=self.patient,
            session_start=NOON, evolution='n',
            procedures=[('create', [{
                            'procedure': self.known('gnuhealth.procedure')}])])

    def operate(self):
        risk = self.create(
            'gnuhealth.rcri', patient=self.patient, rcri_date=NOON,
            rcri_diabetes_history=True)
        self.create(
            'gnuhealth.preoperative_assessment', patient=self.patient,
            assessment_date=TODAY, preop_rcri=risk,
            institution=self.institution)
        self.create(
            'gnuhealth.surgery', patient=self.patient, surgery_date=hours(24),
            surgery_end_date=hours(25), surgeon=self.doctor,
            institution=self.institution, operating_room=self.theatre,
            surgery_team=[('create', [{'team_member': self.doctor}])],
            procedures=[('create', [{
                            'procedure': self.known('gnuhealth.procedure')}])],
            supplies=[('create', [{
                            'supply': self.product("Gauze"),
                            'qty': Decimal(3), 'qty_used': Decimal(2)}])])

    def test(self):
        kind = self.known('gnuhealth.lab.test_type')
        self.create(
            'gnuhealth.patient.lab.test', test_type=kind, date=NOON,
            patient_id=self.patient, doctor_id=self.doctor)
        self.create(
            'gnuhealth.lab', test=kind, patient=self.patient,
            requestor=self.doctor, date_requested=NOON,
            date_analysis=hours(4), results="As expected",
            critearea=[('create', [{'name': "Glucose", 'result': 5.1}])])
        image = self.known('gnuhealth.imaging.test')
        request = self.create(
            'gnuhealth.imaging.test.request', patient=self.patient,
            requested_test=image, doctor=self.doctor, date=NOON)
        self.create(
            'gnuhealth.imaging.test.result', patient=self.patient,
            requested_test=image, doctor=self.doctor, date=hours(2),
            request=request, comment="No fracture")

    def deliver(self):
        pregnancy = self.create(
            'gnuhealth.patient.pregnancy', patient=self.patient, gravida=1,
            fetuses=1, lmp=TODAY - dt.timedelta(days=270),
            current_pregnancy=True,
            institution=self.institution)
        self.create(
            'gnuhealth.patient.prenatal.evaluation', pregnancy=pregnancy,
            evaluation_date=NOON, fundal_height=30)
        perinatal = self.create(
            'gnuhealth.perinatal', pregnancy=pregnancy, admission_date=NOON)
        self.create(
            'gnuhealth.perinatal.monitor', perinatal=perinatal, date=hours(1),
            systolic=120)
        self.create(
            'gnuhealth.puerperium.monitor', pregnancy=pregnancy,
            date=hours(9), temperature=36.9)
        child = self.person(
            name="Baby", dob=TODAY, is_patient=True, create_target=True)
        self.create(
            'gnuhealth.newborn', patient=self.patient_of(child),
            mother=self.patient, birth_date=NOON, sex='f', weight=3200,
            apgar_scores=[('create', [{
                            'apgar_minute': 5, 'apgar_appearance': '2',
                            'apgar_pulse': '2', 'apgar_grimace': '1',
                            'apgar_activity': '2',
                            'apgar_respiration': '2'}])])
        self.node.write(
            'gnuhealth.patient.pregnancy', pregnancy, current_pregnancy=False,
            pregnancy_end_result='live_birth', pregnancy_end_date=NOON,
            reverse_weeks=39)
        self.create(
            'gnuhealth.pregnancy.result', pregnancy=pregnancy,
            newborn=child)
        self.create(
            'gnuhealth.birth_certificate', party=child,
            code=f'BIRTH-{self.code}', dob=TODAY, mother=self.party,
            institution=self.institution,
            country=self.known('country.country'))
        self.create(
            'gnuhealth.patient.psc', patient=self.patient_of(child),
            evaluation_start=hours(5))

    def write_down(self):
        self.create(
            'gnuhealth.paper_archive', patient=self.patient,
            location=self.unit, legacy=f'OLD-{self.code}',
            hc_status='archived')
        self.create(
            'gnuhealth.ses.assessment', patient=self.patient,
            ses='1', housing='1')
        self.create(
            'gnuhealth.patient.recreational_drugs', patient=self.patient,
            recreational_drug=self.known('gnuhealth.drugs_recreational'))
        self.create(
            'gnuhealth.patient.cage', patient=self.patient,
            evaluation_date=NOON)
        self.create(
            'ir.attachment', resource=f'gnuhealth.patient,{self.patient}',
            name='scan.pdf', data=SCAN)
        self.create(
            'ir.note', resource=f'gnuhealth.patient,{self.patient}',
            message="Call the sister")


def contents(node):
    "Return {(model, identity): wire values} of what a node has."
    with node.transaction(user=0, **{REPLICA: True, 'active_test': False}):
        Record = node.pool.get('synchronisation.record')
        found = {}
        by_model = {}
        for state in Record.select(None):
            if not state.dead and state.model in registry.models():
                by_model.setdefault(state.model, {})[
                    state.local] = state.identity
        for model, names in by_model.items():
            Model = registry.models()[model]
            for local, values in row.read(Model, list(names)).items():
                found[model, names[local]] = values
        return found


def names(node, made):
    "Return the keys of the records that somebody made."
    with node.transaction(user=0):
        states = node.pool.get('synchronisation.record').load('record', [
                (model, id_) for model, ids in made.items() for id_ in ids])
        return {state.key for state in states.values()}
