# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"The instances that this one exchanges with."
from collections import defaultdict, namedtuple

from sql import Column

from trytond.model import ModelSQL, ModelView, Unique, fields
from trytond.pool import Pool
from trytond.pyson import Eval
from trytond.transaction import Transaction

from . import bulk, configuration
from .configuration import BOTH, INSTANCES, RECEIVES, SENDS
from .errors import ConfigurationError
from .exceptions import InstanceNumberError
from .failpoint import reach
from .field import Position
from .protocol import OUT

# What an exchange reads of an instance
Peer = namedtuple('Peer', [
        'id', 'number', 'state', 'direction', 'database', 'epoch', 'at',
        'since', 'known', 'told', 'early', 'again', 'at_life',
        'known_life', 'lacks', 'owes', 'pace', 'contact', 'proved'])


class Instance(ModelSQL, ModelView):
    "Synchronisation Instance"
    __name__ = 'synchronisation.instance'

    number = fields.Integer(
        "Number", required=True,
        states={'readonly': Eval('id', -1) >= 0},
        help="The synchronisation_id of the instance.")
    name = fields.Char("Name", required=True)
    user = fields.Many2One(
        'res.user', "User", ondelete='RESTRICT',
        states={'invisible': Eval('hub', False)},
        help="Who the instance signs in as; it can do nothing else.")
    state = fields.Selection([
            ('active', "Active"),
            ('suspended', "Suspended"),
            ], "State", required=True, sort=False)
    direction = fields.Selection([
            (BOTH, "Both Ways"),
            (SENDS, "Only Sends"),
            (RECEIVES, "Only Receives"),
            ], "Direction", required=True, sort=False,
        states={'invisible': Eval('hub', False)},
        help="What the instance may do here.")
    hub = fields.Boolean(
        "Hub", readonly=True,
        help="This database sends its changes to that instance.")
    database = fields.Char("Database", readonly=True)
    epoch = Position("Epoch", readonly=True)
    at = Position(
        "Read To", readonly=True,
        help="How far the satellite has read the feed of the hub.")
    since = Position(
        "Level At", readonly=True,
        help="The last place at which the satellite had everything.")
    known = Position(
        "Offers Taken To", readonly=True,
        help="How far the satellite took what is offered to all.")
    told = Position(
        "Offers Told At", readonly=True,
        help="What was offered since may have changed from here on.")
    early = fields.Char(
        "Told Early", readonly=True,
        help="How far what is urgent was told before its turn.")
    again = fields.Boolean(
        "Reads Again", readonly=True,
        help="What this database sent itself is read, too.")
    at_life = fields.Integer(
        "Level In Life", readonly=True,
        help="The life of this database that had everything last.")
    known_life = fields.Integer(
        "Offers Taken In Life", readonly=True,
        help="The life of this database that took all last that is offered.")
    lacks = fields.Text(
        "Fields Lacking", readonly=True,
        help="What the hub does not know yet and is not sent to it.")
    owes = fields.Boolean(
        "Asks for Files", readonly=True,
        help="The hub waits for files of which it has the records.")
    pace = fields.Text(
        "Pace", readonly=True,
        help="What is known of the line to the hub.")
    contact = fields.Timestamp("Last Contact", readonly=True)
    proved = fields.Timestamp(
        "Proved Equal", readonly=True,
        help="When satellite and hub were last proved to have the same.")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        table = cls.__table__()
        cls._sql_constraints += [
            ('number_unique', Unique(table, table.number),
                'synchronisation.msg_instance_number_unique'),
            ('user_unique', Unique(table, table.user),
                'synchronisation.msg_instance_user_unique'),
            ]
        cls._order.insert(0, ('number', 'ASC'))

    @classmethod
    def default_state(cls):
        return 'active'

    @classmethod
    def default_direction(cls):
        return BOTH

    @classmethod
    def validate_fields(cls, instances, field_names):
        super().validate_fields(instances, field_names)
        if 'number' in field_names:
            for instance in instances:
                instance.check_number()

    def check_number(self):
        from trytond.i18n import gettext
        if not 0 <= self.number < INSTANCES:
            raise InstanceNumberError(gettext(
                    'synchronisation.msg_instance_number',
                    number=self.number, last=INSTANCES - 1))

    @classmethod
    def create(cls, vlist):
        instances = super().create(vlist)
        cls._forget_users()
        return instances

    @classmethod
    def write(cls, *args):
        super().write(*args)
        cls._forget_users()

    @classmethod
    def delete(cls, instances):
        super().delete(instances)
        cls._forget_users()

    @classmethod
    def _forget_users(cls):
        Pool().get('ir.model.access')._synchronisation_users.clear()

    @classmethod
    def note(cls, instance, values):
        "Store what an exchange learnt of an instance."
        names = sorted(values)
        bulk.update(cls, names, [
                [instance.id] + [
                    cls._fields[name].sql_format(values[name])
                    for name in names]])
        transaction = Transaction()
        for cache in transaction.cache.values():
            if cls.__name__ in cache:
                cache[cls.__name__].pop(instance.id, None)
        reach('instance.noted')

    @classmethod
    def of_user(cls, user):
        "Return the Peer that signs in as a user, or None."
        table = cls.__table__()
        return cls._peer(table, table.user == user)

    @classmethod
    def of_database(cls, name):
        "Return the Peer that is a database, or None."
        table = cls.__table__()
        return cls._peer(table, table.database == name)

    @classmethod
    def has_satellites(cls):
        "Whether this database is a hub."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.id, where=table.hub == False,  # noqa: E712
                limit=1))
        return cursor.fetchone() is not None

    @classmethod
    def is_enrolled(cls, number):
        "Whether a number is that of a satellite of this hub."
        table = cls.__table__()
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                table.hub, where=table.number == number))
        row = cursor.fetchone()
        return row is not None and not row[0]

    @classmethod
    def of_hub(cls):
        "Return the Peer that is the hub, None before the first contact."
        table = cls.__table__()
        return cls._peer(table, table.hub == True)  # noqa: E712

    @classmethod
    def _peer(cls, table, where):
        # By SQL, as each transaction of an exchange asks for it
        cursor = Transaction().connection.cursor()
        cursor.execute(*table.select(
                *(Column(table, name) for name in Peer._fields),
                where=where, limit=1))
        row = cursor.fetchone()
        return row and Peer._make(row)

    @classmethod
    def meet_hub(cls, number, name, epoch, database):
        "Return the Peer of the new instance that is the hub."
        cls.create([{
                    'number': number, 'name': name, 'hub': True,
                    'epoch': epoch, 'database': database}])
        return cls.of_hub()

    @classmethod
    def holders(cls, states):
        "Return {record id: numbers of the instances that have it}."
        result = defaultdict(set)
        try:
            own = configuration.load(
                Transaction().database.name).synchronisation_id
        except ConfigurationError:
            return result
        instances = cls.search([])
        scopes = Pool().get('synchronisation.scope').of(
            [state.id for state in states])
        for state in states:
            if not state.dead:
                result[state.id].add(own)
            for instance in instances:
                if instance._holds(state, scopes[state.id]):
                    result[state.id].add(instance.number)
        return result

    def _holds(self, state, scopes):
        if self.hub:
            return bool(state.hubplace)
        if state.has_pushed(self.number):
            return not state.dead
        _, kind, place = scopes.get(self.number, (None, OUT, 0))
        if kind != OUT:
            return max(place, state.created) <= (self.since or 0)
        return (state.opened is not None
            and state.opened <= (self.known or 0))
