# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The files of what was recorded, one for each story and version."
import json
from pathlib import Path

FOLDER = Path(__file__).parent.parent / 'fixtures' / 'wire'
WIDTH = 79


def folder(version):
    return FOLDER / str(version)


def versions():
    "Return the versions of the wire that were recorded."
    return sorted(int(path.name) for path in FOLDER.iterdir())


def names(version):
    return sorted(path.stem for path in folder(version).glob('*.json'))


def satellites(version, name):
    "Return the numbers of the satellites in a story."
    return sorted({run['from'] for run in load(version, name)['runs']})


def load(version, name):
    return json.loads(
        (folder(version) / f'{name}.json').read_text(encoding='utf-8'))


def save(version, name, recording):
    (folder(version) / f'{name}.json').write_text(
        text(recording) + '\n', encoding='utf-8')


def text(value, indent=0):
    "Return a value as JSON in which what fits stays on one line."
    line = json.dumps(value, ensure_ascii=False)
    if (len(line) + indent < WIDTH or not value
            or not isinstance(value, (list, dict))):
        return line
    if isinstance(value, dict):
        parts = [f'{json.dumps(name, ensure_ascii=False)}: '
            f'{text(part, indent + 1)}' for name, part in value.items()]
        return '{' + _lines(parts, indent) + '}'
    return '[' + _lines(
        [text(part, indent + 1) for part in value], indent,
        not any(isinstance(part, (list, dict)) for part in value)) + ']'


def _lines(parts, indent, filled=False):
    "Return parts on lines of their own, or as many on a line as fit."
    lines = []
    for part in parts:
        if (filled and lines
                and len(lines[-1]) + len(part) + indent < WIDTH - 3):
            lines[-1] += f', {part}'
        else:
            lines.append(part)
    start = '\n' + ' ' * (indent + 1)
    return start + f',{start}'.join(lines) + start[:-1]
