# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
from .app import app


@app.task(bind=True, name='celery_synchronisation.synchronise_push_all')
def synchronise_push_all(self):
    "Send to the hub all that was changed here."
    return self.synchronise('push_all')


@app.task(bind=True, name='celery_synchronisation.synchronise_pull_all')
def synchronise_pull_all(self):
    "Fetch from the hub what has changed in the records known here."
    return self.synchronise('pull_all')


@app.task(bind=True, name='celery_synchronisation.synchronise_new')
def synchronise_new(self):
    "Fetch from the hub the records offered to every instance."
    return self.synchronise('new')


@app.task(bind=True, name='celery_synchronisation.synchronise')
def synchronise(self):
    "Push, pull, then fetch what is new."
    return self.synchronise('synchronise')
