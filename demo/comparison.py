# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Whether the instances have the same."
from dataclasses import dataclass, field


@dataclass
class Result:
    "How much of a model at an instance was compared, and was equal."
    records: int = 0
    compared: int = 0
    equal: int = 0
    values: int = 0


@dataclass
class Comparison:
    "What was found in all models at all instances."
    # {model: {instance: Result}}
    results: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    def total(self, instance):
        "Return the Result of all models of an instance."
        results = [found[instance] for found in self.results.values()]
        return Result(*(
                sum(getattr(result, name) for result in results)
                for name in Result.__dataclass_fields__))


def compare(hub, snapshots):
    """Compare {instance: {model: Table}}, each record with that of the hub.

    A record of the hub is compared with that of all others who have it.
    """
    comparison = Comparison()
    for model in snapshots[hub]:
        tables = {name: tables[model] for name, tables in snapshots.items()}
        central = tables[hub]
        results = comparison.results[model] = {hub: Result(size(central))}
        seen, different = set(), set()
        for name, table in tables.items():
            comparison.problems += check_known(model, name, table)
            if name == hub:
                continue
            shared = table.rows.keys() & central.rows.keys()
            unequal = {
                key for key in shared if table.rows[key] != central.rows[key]}
            results[name] = get_result(table, shared, unequal)
            comparison.problems += check_shared(
                model, hub, name, central, table, unequal)
            seen |= shared
            different |= unequal
        results[hub] = get_result(central, seen, different)
        comparison.problems += check_invented(model, hub, central, seen)
    for name in snapshots:
        if not comparison.total(name).values:
            comparison.problems.append(f"Nothing was compared at {name}.")
    return comparison


def size(table):
    return len(table.rows) + len(table.unknown)


def get_result(table, compared, unequal):
    return Result(
        size(table), len(compared), len(compared) - len(unequal),
        len(compared) * len(table.columns))


def check_known(model, name, table):
    if table.unknown:
        yield (f'{len(table.unknown)} of "{model}" at {name} cannot be told '
            f"from others, the record {table.unknown[0]} for one.")


def check_shared(model, hub, name, central, table, unequal):
    if missing := sorted(table.rows.keys() - central.rows.keys()):
        yield (f'{len(missing)} of "{model}" at {name} are not at {hub}, '
            f'"{missing[0]}" for one.')
    if unequal:
        key = min(unequal)
        values = '; '.join(
            f'{column} is {one!r} at {name} and {other!r} at {hub}'
            for column, one, other in zip(
                table.columns, table.rows[key], central.rows[key])
            if one != other)
        yield (f'{len(unequal)} of "{model}" differ between {name} and '
            f'{hub}, "{key}" for one: {values}.')


def check_invented(model, hub, central, seen):
    if invented := sorted(central.rows.keys() - seen):
        yield (f'{len(invented)} of "{model}" at {hub} are of no clinic, '
            f'"{invented[0]}" for one.')
