# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.

# gunicorn as the server of the centre.  Start it with
#   gunicorn --config gunicorn.conf.py
# behind a web server that has the certificate, see docs/howto/serve-the-hub.
# What is set here is what differs from gunicorn's own defaults.

wsgi_app = 'trytond.application:app'

# Where the web server finds it.
bind = '127.0.0.1:8000'

# Where trytond finds its settings, which databases it loads before the first
# request, and what it logs: 20 is INFO, 30 WARNING.
raw_env = [
    'TRYTOND_CONFIG=/etc/trytond.conf',
    'TRYTOND_DATABASE_NAMES=health',
    'TRYTOND_LOGGING_LEVEL=20',
    ]

# One process for each core, each with some connections to the database, see
# max_connections of PostgreSQL.
workers = 4

# Threads, for a request may take long: a large message of a clinic, or a
# report.  With the default class a process that answers one request for half
# a minute would be killed.
worker_class = 'gthread'
threads = 8

# Seconds after which a process that hangs with all its threads is replaced.
timeout = 300

# Seconds that a request has to end when the server is stopped.
graceful_timeout = 300

# Seconds that a connection stays open for the next request, which saves a
# clinic on a slow line the beginning of another one.
keepalive = 75

# After so many requests, or some more that they do not all do it at once, a
# process is replaced by a fresh one.
max_requests = 10000
max_requests_jitter = 1000
