# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Which instance may and should have which record; the hub decides."
from collections import defaultdict

from sql import Column

from trytond import backend
from trytond.model import Index, ModelSQL, Unique, fields
from trytond.pool import Pool
from trytond.tools import grouped_slice
from trytond.transaction import Transaction, inactive_records

from . import bulk, registry
from .field import Position
from .mixin import SyncMode

# A member brings what belongs to it, a parent is there for a reference only
MEMBER, PARENT, OUT = 'member', 'parent', 'out'


class Scope(ModelSQL):
    "Scope"
    __name__ = 'synchronisation.scope'

    instance = fields.Integer("Instance", required=True)
    record = fields.Many2One(
        'synchronisation.record', "Record", required=True,
        ondelete='CASCADE')
    place = Position("Place", required=True)
    kind = fields.Char("Kind", required=True)

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        if backend.name != 'sqlite':
            cls._sql_constraints = [
                ('record_unique', Unique(table, table.record, table.instance),
                    'synchronisation.msg_identity_unique'),
                ]
        cls._sql_indexes |= {
            Index(
                table, (table.instance, Index.Equality()),
                (table.place, Index.Range())),
            }

    @classmethod
    def __register__(cls, module):
        super().__register__(module)
        if backend.name == 'sqlite':
            Transaction().connection.cursor().execute(
                'CREATE UNIQUE INDEX IF NOT EXISTS '
                '"synchronisation_scope_record_unique" ON '
                '"synchronisation_scope" ("record", "instance")')

    @classmethod
    def of(cls, record_ids):
        "Return {record id: {instance: (id, kind, place)}}."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        result = defaultdict(dict)
        for part in grouped_slice(list(record_ids)):
            cursor.execute(*table.select(
                    table.record, table.instance, table.id, table.kind,
                    table.place, where=table.record.in_(list(part))))
            for record, instance, *row in cursor:
                result[record][instance] = tuple(row)
        return result

    @classmethod
    def enter(cls, pairs, kind, place):
        """Bring (instance, record id) into scope at place.

        Return the pairs that were not yet in it, or only as a parent.
        """
        pairs = set(pairs)
        known = cls.of({record for _, record in pairs})
        new, old = [], []
        for instance, record in sorted(pairs):
            row = known[record].get(instance)
            if row is None:
                new.append((instance, record))
            elif row[1] == OUT or (row[1] == PARENT and kind == MEMBER):
                # A parent was sent already; becoming a member sends nothing
                old.append((instance, record, row[0],
                        place if row[1] == OUT else row[2]))
        bulk.insert(cls, ['instance', 'record', 'place', 'kind'], [
                [instance, record, place, kind] for instance, record in new])
        bulk.update(cls, ['place', 'kind'], [
                [id_, at, kind] for _, _, id_, at in old])
        return new + [(instance, record) for instance, record, _, _ in old]


def links(states, owners=False):
    """Return {record id: {State of a record it refers to}}.

    With owners, only what it belongs to.
    """
    Record = Pool().get('synchronisation.record')
    found = defaultdict(set)
    for name, members in _by_model(states).items():
        for local, target in _pairs(
                registry.models()[name], list(members), owners):
            found[members[local].id].add(target)
    targets = Record.load('record', set().union(*found.values()))
    return {id_: {targets[pair] for pair in pairs if pair in targets}
        for id_, pairs in found.items()}


def _by_model(states):
    result = defaultdict(dict)
    for state in states:
        if state.model in registry.models():
            result[state.model][state.local] = state
    return result


def _pairs(Model, ids, owners):
    "Yield (local id, (model, local id)) for what the rows refer to."
    relations = registry.relations(Model)
    references = registry.references(Model)
    if owners:
        relations = {n: t for n, t in relations.items()
            if n in Model.sync_owners}
        references = references & set(Model.sync_owners)
    names = [n for n, target in relations.items()
        if target in registry.models()] + sorted(references)
    if not names:
        return
    table = Model.__table__()
    cursor = Transaction().connection.cursor()
    for part in grouped_slice(ids):
        cursor.execute(*table.select(
                table.id, *(Column(table, name) for name in names),
                where=table.id.in_(list(part))))
        for local, *values in cursor:
            for name, value in zip(names, values):
                if value is None:
                    continue
                if name in relations:
                    yield local, (relations[name], value)
                else:
                    model, _, id_ = value.partition(',')
                    if id_.isdigit():
                        yield local, (model, int(id_))


def settle(states, next_place):
    """Bring records that changed into the scopes they belong to.

    What belongs to a member is a member for the same instances; what is
    meant for all is opened; and all they refer to follows.  next_place gives
    positions.
    """
    if not states:
        return
    _open([s for s in states if s.opened is None and is_offered(s)])
    close(states + _enter_with_owners(states, next_place), next_place)


def _enter_with_owners(states, next_place):
    "Let states into the scopes of their owners and return who follows."
    Scope = Pool().get('synchronisation.scope')
    followers, place = [], None
    while states:
        owners = links(states, owners=True)
        scopes = Scope.of({o.id for found in owners.values() for o in found})
        entered = set()
        for at, pairs in _by_place(states, owners, scopes, place).items():
            entered.update(id_ for _, id_ in Scope.enter(pairs, MEMBER, at))
        entering = [state for state in states if state.id in entered]
        states = belongings(entering) if entering else []
        followers += states
        place = next_place() if states else None
    return followers


def _by_place(states, owners, scopes, place):
    result = defaultdict(set)
    for state in states:
        if registry.models()[state.model].sync_mode == SyncMode.push_update:
            # It stays with who made it
            continue
        for owner in owners.get(state.id, ()):
            for instance, (_, kind, _) in scopes[owner.id].items():
                if kind == MEMBER:
                    result[place or state.position].add((instance, state.id))
    return result


def is_offered(state):
    "Whether a record of this database is meant for every instance."
    if state.identity.startswith('#'):
        # Every instance has the row, so every instance wants its edits
        return True
    Model = registry.models()[state.model]
    if not registry.is_offered(Model):
        return False
    domain = Model.get_unsync_domain()
    if not domain:
        return True
    with inactive_records():
        return bool(Model.search(
                [('id', '=', state.local), domain], limit=1, order=[]))


def _open(states, place=None):
    Record = Pool().get('synchronisation.record')
    for state in states:
        state.opened = place or state.position
    bulk.update(Record, ['opened'], [[s.id, s.opened] for s in states])


def close(states, next_place):
    "Bring all that records refer to into the scopes of those records."
    Scope = Pool().get('synchronisation.scope')
    while states:
        parents = links(states)
        scopes = Scope.of(parents)
        known = Scope.of({p.id for ps in parents.values() for p in ps})
        pairs, opened = set(), {}
        for state in states:
            for parent in parents.get(state.id, ()):
                if parent.opened is not None:
                    # It is in the scope of all
                    continue
                if state.opened is not None:
                    opened[parent.id] = parent
                    continue
                for instance, (_, kind, _) in scopes[state.id].items():
                    if (kind != OUT
                            and known[parent.id].get(
                                instance, (0, OUT))[1] == OUT):
                        pairs.add((instance, parent.id))
        if not pairs and not opened:
            break
        place = next_place()
        entered = {id_ for _, id_ in Scope.enter(pairs, PARENT, place)}
        _open(list(opened.values()), place)
        every = {p.id: p for ps in parents.values() for p in ps}
        states = [every[id_] for id_ in entered | opened.keys()]


def grant(instance, states, place, next_place):
    """Bring records with all that belongs to them into an instance's scope.

    What they belong to comes too: asking for a patient gives the person.
    """
    Scope = Pool().get('synchronisation.scope')
    every = {state.id: state for state in states}
    frontier = list(states)
    while frontier:
        above = {o.id: o for found in links(frontier, owners=True).values()
            for o in found if o.id not in every}
        every.update(above)
        frontier = list(above.values())
    frontier = list(every.values())
    while frontier:
        below = {s.id: s for s in belongings(frontier) if s.id not in every}
        every.update(below)
        frontier = list(below.values())
    Scope.enter({(instance, id_) for id_ in every}, MEMBER, place)
    close(list(every.values()), next_place)
    return list(every.values())


def belongings(states):
    "Return the states of the records that belong to these."
    Record = Pool().get('synchronisation.record')
    cursor = Transaction().connection.cursor()
    pairs = set()
    for model, members in _by_model(states).items():
        for name, Model in registry.models().items():
            if Model.sync_mode == SyncMode.push_update:
                # Its records stay with who made them
                continue
            table = Model.__table__()
            for column in _owner_columns(Model, model):
                for part in grouped_slice(list(members)):
                    cursor.execute(*table.select(table.id, where=Column(
                                table, column).in_(list(part))))
                    pairs.update((name, id_) for id_, in cursor)
    return [s for s in Record.load('record', pairs).values() if not s.dead]


def _owner_columns(Model, target):
    relations = registry.relations(Model)
    return [name for name in Model.sync_owners
        if relations.get(name) == target]
