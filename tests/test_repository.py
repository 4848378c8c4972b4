# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The files of the repository themselves."
from . import environment

NOTICE = ''.join(open(__file__).readlines()[:2])


def test_notice():
    "Test that each Python file begins with the notice of its licence"
    skipped = {'.venv', '.cache', 'build', 'var'}
    for path in environment.ROOT.rglob('*.py'):
        if skipped & set(path.relative_to(environment.ROOT).parts):
            continue
        text = path.read_text().removeprefix('#!/usr/bin/env python3\n')
        assert text.startswith(NOTICE), path
