# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Whether all that people saved, see users.py, is there, and once."
import json
from collections import Counter
from contextlib import closing

TABLES = {
    'test_synchronisation_mode_full': "SELECT code, name FROM {}",
    'test_synchronisation_parent': "SELECT uuid, name FROM {}",
    'test_synchronisation_child': (
        "SELECT c.uuid, c.name, p.uuid FROM {} c "
        "JOIN test_synchronisation_parent p ON p.id = c.parent"),
    }
# What is meant for all
OFFERED = {'test_synchronisation_mode_full'}


class Ledger:
    "What is written in the files of the users."

    def __init__(self, paths):
        self.before = {}
        # What may be there
        self.doubtful = set()
        self.buried = set()
        self.transactions = 0
        for path in paths:
            for line in path.read_text().splitlines():
                saved, buried, certain = json.loads(line)
                self.before.update(saved)
                if not certain:
                    self.doubtful.update(saved)
                self.buried.update(buried)
                self.transactions += 1

    def check(self, instances):
        """Return sentences about what is wrong at the end.

        The first instance is the hub.  With several satellites each has what
        is meant for all, and what was made there.
        """
        hub, *satellites = books = [Book(instance) for instance in instances]
        problems = []
        for book in books:
            whole = book is hub or len(satellites) == 1
            problems += [f"{book.name}: {problem}" for problem in [
                    *self.check_values(book),
                    *(self.check_lost(book) if whole else ()),
                    *book.problems()]]
        for table in TABLES:
            if table in OFFERED:
                parts = [(b.name, set(b.rows[table])) for b in satellites]
            else:
                parts = [("its satellites", set().union(*(
                                b.rows[table] for b in satellites)))]
            for name, rows in parts:
                if different := rows ^ set(hub.rows[table]):
                    problems.append(
                        f"{hub.name} and {name} differ in {table}: "
                        f"{sorted(different)[:5]}")
        return problems

    def check_lost(self, book):
        found = book.values.keys() | book.conflicts | self.buried
        for value in list(found):
            while (value := self.before.get(value)) and value not in found:
                found.add(value)
        if lost := self.before.keys() - found - self.doubtful:
            yield f"lost {sorted(lost)[:5]}, {len(lost)} in all"

    def check_values(self, book):
        if twice := [v for v, count in book.values.items() if count > 1]:
            yield f"twice {sorted(twice)[:5]}, {len(twice)} in all"
        if strange := book.values.keys() - self.before.keys():
            yield f"saved by nobody {sorted(strange)[:5]}"


class Book:
    "What an instance has at the end."

    def __init__(self, instance):
        self.name = instance.name
        self.rows = {}
        with closing(instance.database.connect()) as connection:
            self.cursor = connection.cursor()
            for table, statement in TABLES.items():
                self.rows[table] = self.query(statement.format(table))
            self.conflicts = {
                value for row in self.query(
                    "SELECT winner, loser FROM synchronisation_conflict")
                for value in self.flat(row)}
            self.waiting = self.query(
                "SELECT place, model, reason FROM synchronisation_quarantine")
            self.pending = self.query(
                "SELECT model, identity FROM synchronisation_record "
                "WHERE pending")
        self.values = Counter(
            row[1] for rows in self.rows.values() for row in rows)

    def query(self, statement):
        self.cursor.execute(statement)
        return self.cursor.fetchall()

    def flat(self, row):
        "Yield the texts of what a conflict keeps, be it a value or a row."
        for text in row:
            value = json.loads(text) if text else None
            values = value.values() if isinstance(value, dict) else [value]
            yield from (v for v in values if isinstance(v, str))

    def problems(self):
        if self.waiting:
            yield f"waiting {self.waiting[:5]}, {len(self.waiting)} in all"
        if self.pending:
            yield f"pending {self.pending[:5]}, {len(self.pending)} in all"
