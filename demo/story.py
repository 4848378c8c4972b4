# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What happens in the demonstration, one step after the other."
from . import census, comparison, rivalry, snapshot, traffic
from .clinic import CALL, TASKS, WORKER
from .error import DemoError
from .instance import STEP
from .process import wait

MODULE = 'health_synchronisation'
ADMIN = 'admin'
# The password of those who work at the clinics; eight letters at least
PASSWORD = 'clinicians'
# With so many rounds of all tasks everything must have arrived
ROUNDS = 6


class Story:
    "The centre and its clinics, from their making to their comparison."

    def __init__(self, plan, centre, clinics, progress):
        self.plan = plan
        self.centre = centre
        self.clinics = clinics
        self.instances = [centre, *clinics]
        self.progress = progress
        self.say = progress.say
        self.problems = []

    def run(self):
        "Return the Comparison."
        self.prepare()
        self.start()
        self.enrol()
        self.load_master()
        self.load_patients()
        self.exchange()
        self.fetch()
        self.edit()
        self.check_idle(self.exchange())
        return self.compare()

    def prepare(self):
        self.say("Prepare a database with GNU Health and copy it")
        self.centre.prepare(MODULE, ADMIN).result(STEP)
        self.centre.remember_wal()
        for clinic in self.clinics:
            clinic.take(self.centre)

    def start(self):
        self.say("Start three servers, and a worker at each clinic:")
        self.say(f"  {WORKER}")
        for instance in self.instances:
            instance.start_server()
        for clinic in self.clinics:
            clinic.start_worker()
        for instance in self.instances:
            instance.wait_server()

    def enrol(self):
        self.say("Enrol the clinics at the centre")
        self.centre.job(
            'enrol', [clinic.enrolment() for clinic in self.clinics]).result()

    def load_master(self):
        self.say("Load the master data at the centre; each clinic takes it:")
        self.say(f"  {CALL}new")
        self.centre.load(self.plan.folder.path, 'master').result(STEP)
        self.call('new')

    def load_patients(self):
        self.say("Load the patients at both clinics at once")
        loads = [
            clinic.load(
                self.plan.folder.path, 'clinic',
                '--organization', clinic.number,
                '--part', f'{clinic.number}/{len(self.clinics)}')
            for clinic in self.clinics]

        def have_ended():
            self.progress.tell(self.count_patients)
            return all([load.has_ended() for load in loads])

        wait(have_ended, STEP, "To load the patients")
        for load in loads:
            load.result(STEP)
        for clinic in self.clinics:
            clinic.user = clinic.job('give_password', PASSWORD).result()

    def count_patients(self):
        return ", ".join(
            f"{len(census.read_puids(clinic.file))} of "
            f"{len(self.plan.patients(clinic.number))} at {clinic.name}"
            for clinic in self.clinics)

    def exchange(self):
        "Return the outcomes of a round of tasks in which nothing moved."
        self.say("Call the tasks as cron does, until nothing moves")
        for _ in range(ROUNDS):
            outcomes = [
                outcome for task in TASKS for outcome in self.call(task)]
            if not any(traffic.count(outcome) for _, outcome in outcomes):
                return outcomes
        raise DemoError(
            f"Records still move after {ROUNDS} rounds of the tasks.")

    def call(self, task):
        "Run a task at all clinics and return (clinic, outcome) of each."
        return self.collect([clinic.call(task) for clinic in self.clinics])

    def collect(self, runs):
        outcomes = []
        for run in runs:
            outcome = run.result()
            outcomes.append((run.clinic.name, outcome))
            self.say(f"  {run.clinic.name} {traffic.describe(outcome)}")
            for error in outcome['errors']:
                self.say(f"    {error}")
        return outcomes

    def fetch(self):
        self.say("Each clinic asks for patients of the other:")
        self.say("  trytond-synchronise fetch gnuhealth.patient PUID...")
        self.collect([
                clinic.fetch(self.find_puids(self.plan.asked(clinic.number)))
                for clinic in self.clinics])

    def find_puids(self, patients):
        return census.find_puids(self.centre.file, patients)

    def edit(self):
        clinic = self.clinics[0]
        different, same = map(self.find_puids, self.plan.edited())
        self.say(
            f"Edit {len(different + same)} patients at {clinic.name} and at "
            f"{self.centre.name} at once, {len(same)} in the same field")
        self.rivalry = rivalry.Rivalry(
            clinic.name, self.centre.name, different, same)
        jobs = [
            clinic.job('edit', clinic.user, self.rivalry.of_clinic()),
            self.centre.job('edit', ADMIN, self.rivalry.of_centre()),
            ]
        for job in jobs:
            job.result()

    def check_idle(self, outcomes):
        for name, outcome in outcomes:
            self.problems += traffic.check_complete(name, outcome)
            self.problems += traffic.check_idle(name, outcome)
        self.say("  A task with nothing to move needs at most "
            + traffic.describe_most([outcome for _, outcome in outcomes]))

    def compare(self):
        self.say("Compare every field of every record by fresh connections")
        schema = self.centre.job('describe').result()
        snapshots = {
            instance.name: snapshot.read(instance.file, schema)
            for instance in self.instances}
        result = comparison.compare(self.centre.name, snapshots)
        self.problems += result.problems
        self.check_counts(snapshots)
        self.check_rivalry(snapshots)
        return result

    def check_counts(self, snapshots):
        for instance in self.instances:
            expected = self.plan.expected(instance.number)
            counts = census.count(snapshots[instance.name])
            self.problems += census.check(instance.name, expected, counts)
            self.say(f"  {instance.name}: " + ", ".join(
                    f"{count:,} {kind}" for kind, count in counts.items()))

    def check_rivalry(self, snapshots):
        tables = {
            name: tables[rivalry.MODEL] for name, tables in snapshots.items()}
        problems = list(self.rivalry.check(tables))
        for instance in [self.centre, self.clinics[0]]:
            problems += self.rivalry.check_kept(
                instance.name, tables[instance.name],
                rivalry.read_conflicts(instance.file))
        self.problems += problems
        if not problems:
            self.say(f"  {self.rivalry.describe()}")
