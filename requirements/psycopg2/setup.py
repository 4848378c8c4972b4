# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""An empty distribution that stands for psycopg2 in a test environment.

GNU Health requires psycopg2, which is published as source only and needs a
compiler.  psycopg2-binary is the same code under another name, so this tells
pip that what GNU Health requires is there.
"""

from setuptools import setup

setup(
    name='psycopg2',
    version='2.9',
    description="psycopg2 by psycopg2-binary",
    license='GPL-3.0-or-later',
    py_modules=[],
    install_requires=['psycopg2-binary >= 2.9, < 3'],
    )
