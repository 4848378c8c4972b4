# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Who goes where, and how many of each kind, computed from the files."
from pathlib import Path

from trytond.modules.health_synchronisation.synthea import (
    Folder, SyntheaError, expected)

CLINICS = [1, 2]
PROFESSIONALS = 10
# As many as there must be for an edit of each kind
PATIENTS = 6
ASKED = 50
EDITED = 20
# The kinds that every instance has in full
MASTER = {'pathologies', 'vaccines'}


class Plan:
    "The plan for a folder of Synthea files and two clinics."

    def __init__(self, path):
        self.folder = Folder(Path(path).resolve())
        self.check()

    def check(self):
        "Refuse a folder that would be refused later."
        self.expected(0)
        for number in CLINICS:
            self.folder.professionals(number, PROFESSIONALS)
        if len(self.folder.patients) < PATIENTS:
            raise SyntheaError(
                f'The folder "{self.folder.path}" has '
                f"{len(self.folder.patients)} patients; give one with "
                f"{PATIENTS} or more.")

    def patients(self, number):
        "Return the patients who are entered at a clinic."
        return self.folder.part((number, len(CLINICS)))

    def asked(self, number):
        "Return the patients of the other clinic that this one asks for."
        others = self.patients(sum(CLINICS) - number)
        # Of few patients some stay unknown here, too
        return others[:min(ASKED, len(others) * 2 // 3)]

    def edited(self):
        """Return two lists of patients whom two instances edit at once.

        The first are edited in different fields, the others in the same.
        They are of clinic 1, and clinic 2 asked for them.
        """
        asked = self.asked(2)
        half = min(EDITED, len(asked)) // 2
        return asked[:half], asked[half:2 * half]

    def expected(self, number):
        "Return how many of each kind an instance ends with."
        everything = expected(self.folder)
        if not number:
            return everything
        chosen = Folder(self.folder.path)
        chosen.patients = self.patients(number) + self.asked(number)
        return expected(chosen) | {
            kind: everything[kind] for kind in MASTER}
