# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"What this database knows of each record it shares."
import json
from collections import defaultdict
from operator import attrgetter

from sql import Column
from sql.aggregate import Count
from sql.conditionals import Case, Coalesce, Greatest

from trytond import backend
from trytond.model import Index, ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction, without_check_access

from . import bulk, undelete
from .among import among, parts
from .failpoint import reach
from .field import Position
from .protocol import OUT, State

COLUMNS = ['model', 'identity', 'local', 'position', 'created', 'unit',
    'opened', 'dead', 'via']
# The columns of a State, and the one of the rest
KEPT = ['record' if name == 'local' else name for name in COLUMNS] + ['state']
# What is like no row
UNKNOWN = [object()] * len(KEPT)


class Record(ModelSQL, ModelView):
    "Synchronised Record"
    __name__ = 'synchronisation.record'

    model = fields.Char("Model", required=True, readonly=True)
    identity = fields.Char(
        "Identity", required=True, readonly=True,
        help="How the record is known at every instance.")
    record = fields.Integer("Record", readonly=True)
    position = Position(
        "Position", required=True, readonly=True,
        help="The last place of the record in the feed of this database.")
    created = Position("Created", readonly=True)
    unit = Position(
        "Unit", readonly=True,
        help="The place of the transaction that created the record.")
    opened = Position(
        "Opened", readonly=True,
        help="The place at which it was offered to every instance.")
    dead = fields.Boolean("Deleted", readonly=True)
    pending = fields.Boolean(
        "Pending", readonly=True,
        help="The hub has not acknowledged all of it yet.")
    via = fields.Char(
        "Via", readonly=True,
        help="The life of the instance that brought the last change.")
    state = fields.Text("State", readonly=True)
    exchanged = fields.Timestamp("Last Synchronisation", readonly=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        cls._buttons['undelete'] = {
            'invisible': ~Eval('dead', False),
            'depends': ['dead'],
            }
        table = cls.__table__()
        if backend.name != 'sqlite':
            # Checked by a scan of the whole table on SQLite
            cls._sql_constraints = [
                ('identity_unique', Unique(
                        table, table.model, table.identity),
                    'synchronisation.msg_identity_unique'),
                ('record_unique', Unique(
                        table, table.model, table.record),
                    'synchronisation.msg_identity_unique'),
                ]
        cls._sql_indexes |= {
            Index(table, (table.position, Index.Range())),
            Index(table, (table.unit, Index.Range())),
            Index(
                # Most are offered to nobody, and many equal keys are slow
                table, (table.opened, Index.Range()),
                where=table.opened != None),  # noqa: E711
            Index(
                table, (table.position, Index.Range()),
                where=table.pending == True),  # noqa: E712
            }

    @classmethod
    def __register__(cls, module):
        super().__register__(module)
        if backend.name == 'sqlite':
            cursor = Transaction().connection.cursor()
            for column in ['identity', 'record']:
                cursor.execute(
                    'CREATE UNIQUE INDEX IF NOT EXISTS '
                    f'"synchronisation_record_{column}_unique" ON '
                    f'"synchronisation_record" ("model", "{column}")')

    @classmethod
    @ModelView.button
    def undelete(cls, records):
        "Bring deleted records back from their last values."
        table = cls.__table__()
        undelete.undelete(cls.select(
                among(table.id, [record.id for record in records]),
                table=table))

    @classmethod
    def left_out(cls):
        """Return {model: reason} of the models that are not to travel.

        Override it to say so of the models of a module.
        """
        return {}

    @classmethod
    def dead_at(cls, position):
        "Return the states of what was deleted at a position."
        table = cls.__table__()
        return cls.select(
            (table.position == position)
            & (table.dead == True), table=table)  # noqa: E712

    @classmethod
    def load(cls, column, pairs):
        """Return {(model, value): State} by 'record' or 'identity'.

        pairs are (model, value) of the wanted records.
        """
        wanted = defaultdict(list)
        for model, value in pairs:
            wanted[model].append(value)
        result = {}
        table = cls.__table__()
        for model, values in wanted.items():
            for part in parts(values):
                where = ((table.model == model)
                    & among(Column(table, column), part))
                for state in cls.select(where, table=table):
                    key = (state.local if column == 'record'
                        else state.identity)
                    result[model, key] = state
        return result

    @classmethod
    def every(cls, size=2000):
        "Yield all the states, a part at a time."
        table, last = cls.__table__(), 0
        while states := cls.select(
                table.id > last, table=table, order=[table.id.asc],
                limit=size):
            yield from states
            last = states[-1].id

    @classmethod
    def after(cls, position):
        "Return the states whose place in the feed is after a position."
        table = cls.__table__()
        return cls.select(table.position > position, table=table)

    @classmethod
    def known(cls, model, names):
        "Return those of some identities that a record has or had."
        keys = {(model, name) for name in names}
        Alias = Pool().get('synchronisation.alias')
        return {name for _, name in [
                *cls.load('identity', keys), *Alias.resolve(keys)]}

    @classmethod
    def open(cls, states):
        "Store at which place states were offered to every instance."
        bulk.update(cls, ['opened'], [[s.id, s.opened] for s in states])

    @classmethod
    def pending_after(cls, models, last, limit):
        """Return pending states, the oldest first.

        last is the position and the id after which they are.
        """
        table = cls.__table__()
        position, id_ = last
        where = (cls._pending(table, models) & (table.position >= position)
            & ((table.position > position) | (table.id > id_)))
        return cls.select(
            where, table=table, limit=limit,
            order=[table.position.asc, table.id.asc])

    @classmethod
    def count_pending(cls, models):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                Count(table.id), where=cls._pending(table, models)))
        count, = cursor.fetchone()
        return count

    @classmethod
    def is_changed(cls, models, position):
        "Whether a record of some models changed after a position."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.id, limit=1, where=among(table.model, models)
                & (table.position > position)))
        return cursor.fetchone() is not None

    @classmethod
    def pending_mates(cls, models, positions, units, since=0):
        """Return the pending states at positions and those of units.

        None before the position since.
        """
        table = cls.__table__()
        pending = cls._pending(table, models)
        if since:
            pending &= table.position >= since
        mates = []
        for column, places in [
                (table.position, positions), (table.unit, units)]:
            for part in parts(sorted(places)):
                mates += cls.select(
                    pending & among(column, part), table=table)
        return mates

    @classmethod
    def _pending(cls, table, models):
        return ((table.pending == True)  # noqa: E712
            & among(table.model, models))

    @classmethod
    def mates(cls, units):
        "Return the live states of units."
        table = cls.__table__()
        mates = []
        for part in parts(sorted(units)):
            mates += cls.select(
                among(table.unit, part)
                & (table.dead == False), table=table)  # noqa: E712
        return mates

    @classmethod
    def offered(cls, after, link, limit):
        "Return what was offered to all after a place, by that place."
        table = cls.__table__()
        return cls.select(
            # The dead, too: it may have come as a parent, before its turn
            (table.opened > after) & (Coalesce(table.via, '') != link),
            table=table, order=[table.opened.asc, table.id.asc], limit=limit)

    @classmethod
    def members(cls, instance, after, link, limit, models=None):
        """Return (State, place in the feed of an instance, place, kind).

        The last two are those of the instance's scope; models are all if
        None.
        """
        record = cls.__table__()
        member = Pool().get('synchronisation.scope').__table__()
        place = Case(
            ((member.kind == OUT) & (record.opened == None),  # noqa: E711
                member.place),
            else_=Greatest(record.position, member.place))
        query = record.join(member, condition=member.record == record.id)
        # Leaving matters only to who had it; the rest came from there
        where = ((member.instance == instance)
            & ((record.via == None) | (record.via != link)  # noqa: E711
                | (member.place > record.position)))
        if models is not None:
            where &= record.model.in_(models)
        cursor = Transaction().connection.cursor()
        rows = []
        # One query would read all that the instance has each time
        for changed in [
                member.place > after,
                (record.position > after) & (member.place <= after) & (
                    (member.kind != OUT)
                    | (record.opened != None))]:  # noqa: E711
            cursor.execute(*query.select(
                    place, record.id, member.place, member.kind,
                    where=where & changed,
                    order_by=[place.asc, record.id.asc], limit=limit))
            rows += cursor.fetchall()
        rows = sorted(rows)[:limit]
        found = {id_: (at, *row) for at, id_, *row in rows}
        return [(state, *found[state.id]) for state in cls._by_id(found)]

    @classmethod
    def opened_and_changed(
            cls, instance, after, link, known, told, limit, models=None):
        "Return what an instance has as an offer and that changed after."
        record = cls.__table__()
        member = Pool().get('synchronisation.scope').__table__()
        query = record.join(member, 'LEFT', condition=(
                (member.record == record.id)
                & (member.instance == instance)))
        # What came as an offer after at came as it was at told or later
        where = ((record.opened <= known) & (record.position > after)
            & ((record.opened <= after) | (record.position > told))
            & (member.id == None)  # noqa: E711
            & (Coalesce(record.via, '') != link))
        if models is not None:
            where &= record.model.in_(models)
        cursor = Transaction().connection.cursor()
        cursor.execute(*query.select(
                record.id, where=where,
                order_by=[record.position.asc, record.id.asc], limit=limit))
        return cls._by_id([id_ for id_, in cursor])

    @classmethod
    def alive_or_pending(cls, model):
        "Return the states of what is here or was deleted and not sent yet."
        table = cls.__table__()
        return cls.select(
            (table.model == model) & (
                (table.dead == False)  # noqa: E712
                | (table.pending == True)),  # noqa: E712
            table=table, order=[table.id.asc])

    @classmethod
    def held(cls, instance, model, at):
        """Return (State, place in the scope or None) of what is for one.

        Of the dead only those that died after at.
        """
        record = cls.__table__()
        member = Pool().get('synchronisation.scope').__table__()
        query = record.join(member, 'LEFT', condition=(
                (member.record == record.id) & (member.kind != OUT)
                & (member.instance == instance)))
        cursor = Transaction().connection.cursor()
        cursor.execute(*query.select(
                record.id, member.place, where=(record.model == model)
                & ((member.id != None)  # noqa: E711
                    | (record.opened != None))  # noqa: E711
                & ((record.dead == False)  # noqa: E712
                    | (record.position > at))))
        places = dict(cursor.fetchall())
        return [(state, places[state.id]) for state in cls._by_id(places)]

    @classmethod
    def _by_id(cls, ids):
        table = cls.__table__()
        states = []
        for part in parts(list(ids)):
            states += cls.select(among(table.id, part), table=table)
        return states

    @classmethod
    def select(cls, where, order=None, limit=None, table=None):
        "Return the states that a condition selects."
        table = cls.__table__() if table is None else table
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.id, table.model, table.identity, table.record,
                table.position, table.created, table.unit, table.opened,
                table.dead, table.via, table.state,
                where=where, order_by=order, limit=limit))
        states = []
        while rows := cursor.fetchmany(bulk.ROWS):
            states += _states(rows)
        return states

    @classmethod
    def keep(cls, states, exchanged=None):
        """Store states, new ones and changed ones.

        exchanged is the time of the exchange that moved them, None if they
        changed here.
        """
        new, old = [], []
        for state in states:
            row = (*_columns(state), state.pack())
            (new if state.id is None else old).append((state, row))
        more, extra = [], []
        if exchanged:
            more = ['exchanged']
            extra = [bulk.moment(cls.exchanged.sql_format(exchanged))]
        cls._update(old, more, extra)
        ids = bulk.insert(cls, [*KEPT, 'pending', *more], [
                [*row, state.pending, *extra] for state, row in new])
        for (state, row), id_ in zip(new, ids):
            state.id, state.kept = id_, row
        reach('records.kept')

    @classmethod
    def _update(cls, rows, more, extra):
        "Write those columns of (State, row) that changed, and more."
        columns = zip(
            zip(*(row for _, row in rows)),
            zip(*(state.kept or UNKNOWN for state, _ in rows)))
        places = [i for i, (new, kept) in enumerate(columns) if new != kept]
        names = [KEPT[i] for i in places]
        pending = 'state' in names
        if names or more:
            bulk.update(cls, [*names, *['pending'] * pending, *more], [
                    [state.id, *(row[i] for i in places),
                        *[state.pending] * pending, *extra]
                    for state, row in rows])
        for state, row in rows:
            state.kept = row

    @classmethod
    def forget(cls, states):
        "Remove what is known of records that left the scope."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for part in parts([s.id for s in states]):
            cursor.execute(*table.delete(where=among(table.id, part)))

    @classmethod
    @without_check_access
    def describe(cls, model, ids, names):
        "Return the values of the Function fields of SyncMixin."
        states = cls.load('record', [(model, id_) for id_ in ids])
        result = {name: dict.fromkeys(ids) for name in names}
        if 'synchronised_instances' in names:
            Instance = Pool().get('synchronisation.instance')
            holders = Instance.holders(list(states.values()))
            for (_, id_), state in states.items():
                result['synchronised_instances'][id_] = ', '.join(
                    map(str, sorted(holders[state.id])))
        if 'last_synchronisation' in names:
            result['last_synchronisation'].update(
                cls._exchanged(list(states.values())))
        return result

    @classmethod
    def _exchanged(cls, states):
        rows = cls.browse([state.id for state in states])
        return {row.record: row.exchanged for row in rows}


_columns = attrgetter(*COLUMNS)


def _states(rows):
    # One text is read faster than hundreds
    packed = json.loads(f"[{','.join(row[-1] for row in rows)}]")
    return [_state(row, values) for row, values in zip(rows, packed)]


def _state(row, packed):
    id_, model, identity, local, *places, text = row
    state = State(model, identity, local)
    state.id = id_
    (state.position, state.created, state.unit, state.opened, dead,
        state.via) = places
    state.dead = bool(dead)
    state.unpack(packed)
    state.kept = (
        model, identity, local, *places[:4], state.dead, state.via, text)
    return state


class Alias(ModelSQL):
    "Merged Identity"
    __name__ = 'synchronisation.alias'

    model = fields.Char("Model", required=True)
    former = fields.Char("Former Identity", required=True)
    identity = fields.Char("Identity", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints = [
            ('former_unique', Unique(table, table.model, table.former),
                'synchronisation.msg_identity_unique'),
            ]
        cls._sql_indexes |= {
            Index(table, (table.former, Index.Equality())),
            Index(table, (table.identity, Index.Equality())),
            }

    @classmethod
    def resolve(cls, keys):
        "Return {(model, alias): identity} of the keys that are aliases."
        result = {}
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for part in parts([alias for _, alias in keys]):
            cursor.execute(*table.select(
                    table.model, table.former, table.identity,
                    where=among(table.former, part)))
            result.update(
                ((model, alias), identity) for model, alias, identity
                in cursor)
        return {key: result[key] for key in keys if key in result}

    @classmethod
    def forget(cls, keys):
        "Forget that records had these (model, name)."
        table, cursor = cls.__table__(), Transaction().connection.cursor()
        for model, name in keys:
            cursor.execute(*table.delete(
                    where=(table.model == model) & (table.former == name)))

    @classmethod
    def store(cls, aliases):
        "Remember {(model, alias): identity}."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        for (model, alias), identity in aliases.items():
            # What was merged into the alias is the same
            cursor.execute(*table.update(
                    [table.identity], [identity],
                    where=(table.model == model)
                    & (table.identity == alias)))
            # It may have been an alias itself, or be known already: what was
            # merged may have come again
            cursor.execute(*table.delete(
                    where=(table.model == model)
                    & table.former.in_([identity, alias])))
        bulk.insert(cls, ['model', 'former', 'identity'], [
                [model, alias, identity]
                for (model, alias), identity in aliases.items()])
        reach('aliases.stored')


class Author(ModelSQL):
    "Author"
    __name__ = 'synchronisation.author'

    instance = fields.Integer("Instance", required=True)
    login = fields.Char("Login", required=True)
    name = fields.Char("Name")

    @classmethod
    def ids(cls, authors):
        "Return the ids of (instance, login, name), in the same order."
        authors = [tuple(author) for author in authors]
        if not authors:
            return []
        known = cls._find(authors)
        new = sorted(set(authors) - known.keys(), key=str)
        known.update(zip(new, bulk.insert(
                    cls, ['instance', 'login', 'name'],
                    [list(author) for author in new])))
        return [known[author] for author in authors]

    @classmethod
    def _find(cls, authors):
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        logins = list({login for _, login, _ in authors})
        known = {}
        for part in parts(logins):
            cursor.execute(*table.select(
                    table.instance, table.login, table.name, table.id,
                    where=among(table.login, part)))
            for *author, id_ in cursor:
                known[tuple(author)] = id_
        return known

    @classmethod
    def tell(cls, ids):
        "Return [instance, login, name] of the ids, in the same order."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        found = {}
        for part in parts(ids):
            cursor.execute(*table.select(
                    table.id, table.instance, table.login, table.name,
                    where=among(table.id, part)))
            for id_, *author in cursor:
                found[id_] = author
        return [found[id_] for id_ in ids]

    def get_rec_name(self, name):
        return f'{self.name or self.login} ({self.login}, {self.instance})'
