# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"Which instance may and should have which record; the hub decides."
from collections import defaultdict

from trytond import backend
from trytond.model import Index, ModelSQL, Unique, fields
from trytond.transaction import Transaction

from . import bulk
from .among import among, parts
from .field import Position
from .protocol import MEMBER, OUT, PARENT


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
        for part in parts(list(record_ids)):
            cursor.execute(*table.select(
                    table.record, table.instance, table.id, table.kind,
                    table.place, where=among(table.record, part)))
            for record, instance, *row in cursor:
                result[record][instance] = tuple(row)
        return result

    @classmethod
    def enter(cls, pairs, kind, place):
        "Bring (instance, record id) into scope at place, see enter_at."
        return cls.enter_at(dict.fromkeys(pairs, place), kind)

    @classmethod
    def enter_at(cls, places, kind):
        """Bring (instance, record id) into scope, {pair: place}.

        Return the pairs that were not yet in it, or only as a parent.
        """
        known = cls.of({record for _, record in places})
        new, old = [], []
        for (instance, record), place in sorted(places.items()):
            row = known[record].get(instance)
            if row is None:
                new.append((instance, record))
            elif row[1] == OUT or (row[1] == PARENT and kind == MEMBER):
                # A parent was sent already; becoming a member sends nothing
                old.append((instance, record, row[0],
                        place if row[1] == OUT else row[2]))
        bulk.append(cls, ['instance', 'record', 'place', 'kind'], [
                [*pair, places[pair], kind] for pair in new])
        bulk.update(cls, ['place', 'kind'], [
                [id_, at, kind] for _, _, id_, at in old])
        return new + [(instance, record) for instance, record, _, _ in old]

    @classmethod
    def leave(cls, pairs, place, kind=OUT):
        """Take (instance, record id) out of scope at place.

        With kind PARENT they stay, but nothing comes with them any more.
        """
        known = cls.of({record for _, record in pairs})
        rows = [known[record][instance] for instance, record in pairs
            if instance in known[record]]
        bulk.update(cls, ['place', 'kind'], [
                [id_, place if kind == OUT else before, kind]
                for id_, _, before in rows])
