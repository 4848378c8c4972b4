# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"How Sphinx builds the documentation: sphinx-build -W -n docs var/docs."
from configparser import ConfigParser
from pathlib import Path

_config = ConfigParser()
_config.read(
    Path(__file__).parents[1] / 'modules' / 'synchronisation' / 'tryton.cfg')

project = "Tryton Synchronisation"
copyright = "its contributors, see COPYRIGHT"
release = _config['tryton']['version']
version = '.'.join(release.split('.')[:2])
language = 'en'
root_doc = 'index'
exclude_patterns = ['build']
highlight_language = 'none'
html_theme = 'alabaster'
html_theme_options = {
    'description': "Clinics offline, one register",
    'page_width': '70em',
    }
