# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The log of the runs."
import datetime as dt
from collections import defaultdict

from trytond.model import ModelSQL, ModelView, fields
from trytond.pool import Pool
from trytond.transaction import Transaction

from . import bulk
from .field import Wide

# How long the log is kept
DAYS = 90
COUNTS = ['pushed', 'pulled', 'waiting']
LINES = [*COUNTS, 'differing', 'repaired']


class Run(ModelSQL, ModelView):
    "Synchronisation Run"
    __name__ = 'synchronisation.run'

    task = fields.Char("Task", required=True, readonly=True)
    started = fields.Timestamp("Started", required=True, readonly=True)
    ended = fields.Timestamp("Ended", readonly=True)
    state = fields.Selection([
            ('running', "Running"),
            ('done', "Done"),
            ('part', "Done in Part"),
            ('failed', "Failed"),
            ('interrupted', "Interrupted"),
            ], "State", required=True, readonly=True, sort=False)
    requests = fields.Integer("Requests", readonly=True)
    breaks = fields.Integer(
        "Breaks", readonly=True,
        help="How often the line broke and the run went on.")
    bytes_up = Wide("Bytes Sent", readonly=True)
    bytes_down = Wide("Bytes Received", readonly=True)
    code = fields.Char("Code", readonly=True)
    error = fields.Text("Error", readonly=True)
    lines = fields.One2Many(
        'synchronisation.run.line', 'run', "Models", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._order.insert(0, ('started', 'DESC'))

    @classmethod
    def begin(cls, database, task):
        """Log the beginning of a run and return its id.

        The caller holds the lock of the runs: one that still is running was
        killed.
        """
        now, table = dt.datetime.utcnow(), cls.__table__()
        with Transaction().start(database, 0) as transaction:
            cursor = transaction.connection.cursor()
            old = cls.started.sql_format(now - dt.timedelta(days=DAYS))
            cursor.execute(*table.select(
                    table.id, where=table.started < old))
            cls.delete(cls.browse([id_ for id_, in cursor]))
            cursor.execute(*table.update(
                    [table.state], ['interrupted'],
                    where=table.state == 'running'))
            id_, = bulk.insert(cls, ['task', 'started', 'state'], [
                    [task, cls.started.sql_format(now), 'running']])
            return id_

    @classmethod
    def end(cls, database, id_, outcome, error=None):
        "Log what became of a run."
        with Transaction().start(database, 0):
            names, values = zip(*{
                    'ended': cls.ended.sql_format(dt.datetime.utcnow()),
                    'state': outcome.state(error),
                    'requests': outcome.requests,
                    'breaks': outcome.breaks,
                    'bytes_up': outcome.bytes_up,
                    'bytes_down': outcome.bytes_down,
                    'code': getattr(error, 'code', None),
                    'error': str(error) if error else (
                        '\n'.join(outcome.errors) or None),
                    }.items())
            # By SQL, as the log must not cost more than what is logged
            bulk.update(cls, names, [[id_, *values]])
            bulk.insert(
                Pool().get('synchronisation.run.line'),
                ['run', 'model', *LINES], [
                    [id_, model, *(counts.get(name) for name in LINES)]
                    for model, counts in sorted(outcome.moved.items())])

    @classmethod
    def covers(cls, database, task, since):
        """Whether a run that began since then did all that a task does.

        since are seconds since 1970; a run that seems to begin later than now
        began before the clock was set.
        """
        since = dt.datetime.utcfromtimestamp(since)
        with Transaction().start(database, 0, readonly=True):
            return bool(cls.search([
                        ('task', 'in', [task, 'synchronise']),
                        ('state', 'in', ['done', 'part']),
                        ('started', '>=', since),
                        ('started', '<=', dt.datetime.utcnow()),
                        ], limit=1))

    @classmethod
    def last(cls):
        "Return the last run as a dictionary, None before the first."
        runs = cls.search([], limit=1)
        if not runs:
            return None
        run, = runs
        return {
            'task': run.task,
            'started': run.started.isoformat(),
            'ended': run.ended.isoformat() if run.ended else None,
            'state': run.state,
            'error': run.error,
            }


class Line(ModelSQL, ModelView):
    "Synchronisation Run Model"
    __name__ = 'synchronisation.run.line'

    run = fields.Many2One(
        'synchronisation.run', "Run", required=True, readonly=True,
        ondelete='CASCADE')
    model = fields.Char("Model", required=True, readonly=True)
    pushed = fields.Integer("Pushed", readonly=True)
    pulled = fields.Integer("Pulled", readonly=True)
    waiting = fields.Integer("Waiting", readonly=True)
    differing = fields.Integer("Differing", readonly=True)
    repaired = fields.Integer("Repaired", readonly=True)


class Outcome:
    """What a run did.

    complete is False when something waits or was refused; moved is
    {model: {'pushed': n, 'pulled': n, 'waiting': n}}, details what a task has
    to tell besides.
    """

    def __init__(self, task):
        self.task = task
        self.complete = True
        self.moved = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
        self.requests = self.bytes_up = self.bytes_down = self.breaks = 0
        self.files_sent = self.files_received = 0
        self.seconds = 0.0
        self.errors = []
        self.missing = []
        self.details = {}

    def count(self, model, what, number=1):
        row = self.moved[model]
        row[what] = row.get(what, 0) + number

    def state(self, error=None):
        "Return the state of the run, which an error has ended."
        return 'failed' if error else 'done' if self.complete else 'part'

    def totals(self):
        "Return how many records were moved."
        return {
            name: sum(counts.get(name, 0) for counts in self.moved.values())
            for name in COUNTS}

    def as_dict(self):
        return {
            'task': self.task,
            'complete': self.complete,
            'moved': {m: dict(c) for m, c in sorted(self.moved.items())},
            'requests': self.requests,
            'breaks': self.breaks,
            'bytes_up': self.bytes_up,
            'bytes_down': self.bytes_down,
            'files_sent': self.files_sent,
            'files_received': self.files_received,
            'seconds': round(self.seconds, 3),
            'errors': self.errors,
            'missing': self.missing,
            **self.details,
            }
