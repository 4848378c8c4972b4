# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""What was measured: latest.json, and a line for each commit in history.

Both are beside this file.
"""
import datetime as dt
import json
from pathlib import Path

from .key import KEYS, SIZES, holds
from tests.long_run import commit

FOLDER = Path(__file__).parent
LATEST = FOLDER / 'latest.json'
HISTORY = FOLDER / 'history.jsonl'
MINIMUM = 5


def entry(name, runs, sizes, seed=None, why=None):
    "Return what latest.json has of a key; why says why it has no runs."
    key = KEYS[name]
    value = round(key.formula(runs), 4) if runs else None
    made = {
        'value': value,
        'unit': key.unit,
        'bar': key.bar,
        'better': key.better,
        'holds': holds(key, value) and len(runs) >= MINIMUM,
        'runs': runs,
        'method': key.method.format(**sizes),
        'seed': seed,
        'commit': commit(),
        'date': dt.date.today().isoformat(),
        }
    if not runs:
        made['why'] = why
    return made


def load(path=LATEST):
    if not path.exists():
        return {}
    return json.loads(path.read_text(encoding='utf-8'))


def merge(entries, path=LATEST):
    "Put entries into the file and return all it has, which is every key."
    known = load(path) | entries
    found = {
        name: known.get(name) or entry(
            name, [], SIZES, why="It was not measured yet.")
        for name in KEYS}
    new = path.with_suffix('.new')
    new.write_text(json.dumps(found, indent=1) + '\n', encoding='utf-8')
    new.replace(path)
    return found


def remember(entries, path=HISTORY):
    "Keep the values of a commit in its line of the history."
    lines = [json.loads(line) for line in read(path)]
    for name, made in entries.items():
        line = find(lines, made)
        line['values'][name] = made['value']
    path.write_text(''.join(
            json.dumps(line) + '\n' for line in lines), encoding='utf-8')


def read(path):
    return path.read_text(encoding='utf-8').splitlines() if (
        path.exists()) else []


def find(lines, made):
    "Return the line of the commit, which is added if there is none."
    for line in lines:
        if line['commit'] == made['commit']:
            line['date'] = made['date']
            return line
    lines.append(
        {'commit': made['commit'], 'date': made['date'], 'values': {}})
    return lines[-1]
