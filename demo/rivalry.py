# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Edits of the same patients at two instances at once."
import json
import sqlite3
from contextlib import closing

MODEL = 'gnuhealth.patient'
ONE, OTHER = 'general_info', 'critical_info'


class Rivalry:
    """The edits of a clinic and of the centre.

    The instances write into different fields of the patients of the first
    list of PUIDs, and into the same field of those of the second.
    """

    def __init__(self, clinic, centre, different, same):
        self.names = clinic, centre
        self.different = different
        self.same = same

    def of_clinic(self):
        "Return {PUID: values} to write at the clinic."
        return {puid: {ONE: self.text(0, puid)}
            for puid in self.different + self.same}

    def of_centre(self):
        "Return {PUID: values} to write at the centre."
        return {
            **{puid: {OTHER: self.text(1, puid)} for puid in self.different},
            **{puid: {ONE: self.text(1, puid)} for puid in self.same}}

    def describe(self):
        "Return what is the case when nothing is wrong."
        return (
            f"{len(self.different)} patients have both edits everywhere; of "
            f"{len(self.same)} one value is everywhere, the other is kept")

    def text(self, side, puid):
        return f"Written at {self.names[side]} for {puid}"

    def check(self, tables):
        "Yield what is wrong with {instance: Table of the patients}."
        for name, table in tables.items():
            one, other = table.column(ONE), table.column(OTHER)
            lost = [puid for puid in self.different
                if (one.get(puid), other.get(puid)) != (
                    self.text(0, puid), self.text(1, puid))]
            if lost:
                yield (f"Edits of different fields are lost at {name}, for "
                    f"{len(lost)} patients, {lost[0]} for one.")
        for puid in self.same:
            values = {table.column(ONE).get(puid) for table in tables.values()}
            if len(values) != 1 or not values & self.both(puid):
                yield (f"{ONE} of the patient {puid}, edited twice, is "
                    f"{' and '.join(map(repr, sorted(values, key=str)))}.")

    def both(self, puid):
        return {self.text(0, puid), self.text(1, puid)}

    def check_kept(self, name, table, conflicts):
        "Yield what is wrong with the (model, field, value) that were kept."
        values = table.column(ONE)
        lost = [puid for puid in self.same
            if not {(MODEL, ONE, text) for text in
                self.both(puid) - {values.get(puid)}} & conflicts]
        if lost:
            yield (f"The other value of {ONE} is not kept at {name}, for "
                f"{len(lost)} patients, {lost[0]} for one.")


def read_conflicts(file):
    "Return the (model, field, value) that a database keeps as conflicts."
    with closing(sqlite3.connect(f'file:{file}?mode=ro', uri=True)) as base:
        return {
            (model, name, json.loads(text))
            for model, name, text in base.execute(
                'SELECT model, field, loser FROM synchronisation_conflict '
                'WHERE loser IS NOT NULL')}
