# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Settings of the Celery worker and of "celery call" at one satellite.

Copy it to celeryconfig.py in the folder from which both are started, mode
0600, for the broker's address has a password in it.  A line that is commented
out shows the default.  Celery refuses a file that has both names of this form
and the upper-case names of Celery 3 (BROKER_URL, CELERYD_CONCURRENCY).
"""

# --- broker: who carries the calls to the worker

# RabbitMQ.  Change it to the user, password and virtual host of this database;
# with two databases on one RabbitMQ give each its own virtual host.
broker_url = 'amqp://synchronisation:secret@localhost:5672/synchronisation'

# Change it to False for a worker that shall end when it starts before the
# broker.
# broker_connection_retry_on_startup = True

# Change both to the lines below for a trial without RabbitMQ, for which a
# folder carries the calls; it forgets what a killed worker held, so never use
# it at a clinic.  The two data folders are one, and all folders must exist.
#
#     broker_url = 'filesystem://'
#     broker_transport_options = {
#         'data_folder_in': 'broker',
#         'data_folder_out': 'broker',
#         'control_folder': 'broker/control',
#         }
#     result_backend = 'file://results'
#
# With RabbitMQ leave it at this: a call has not been made before the broker
# has it.
# broker_transport_options = {'confirm_publish': True}

# --- task: what becomes of a call

# Change it to 'rpc://' or to 'file:///an/existing/folder' for a program that
# waits for the result of a task; cron does not, and the runs are listed in
# the database anyway.
# result_backend = None

# Seconds.  Change it when results are kept and pile up.
# result_expires = 86400

# Change it when two databases share one virtual host of the broker, to a name
# of its own for each.
# task_default_queue = 'synchronisation'

# Change it to 'quorum' for a RabbitMQ of several nodes, before the first call.
# task_default_queue_type = 'classic'

# Seconds.  Leave it alone: the first synchronisation over a poor line may well
# take days, and "stalled" in trytond.conf ends a run that moves nothing.
# task_time_limit = None

# --- worker: who runs the tasks

# Leave it at 1: two runs on one database never overlap, the second would only
# be told so.
# worker_concurrency = 1

# Leave it at 1: a worker has nothing to gain from calls held in reserve.
# worker_prefetch_multiplier = 1

# Change it to a number of tasks after which the process that runs them is
# replaced, when its memory grows.
# worker_max_tasks_per_child = None

# Seconds.  Change it to half of the consumer_timeout of a RabbitMQ that has a
# shorter one than 30 minutes: a run that takes longer than this is
# acknowledged before its end.
# TRYTON_ACKNOWLEDGE_AFTER = 600

# --- tryton: which database is synchronised

# No default.  The name of the database, as for trytond-admin -d.
TRYTON_DATABASE = 'clinic'

# No default.  The path of the trytond.conf that names the database and has
# the section [synchronisation].
TRYTON_CONFIG = '/etc/trytond.conf'
